import { randomUUID } from 'node:crypto'
import { blocksMerge } from '../hazards/severity.ts'
import type { Policy } from '../policy/policy.ts'
import {
  checkSummary,
  checkText,
  checkTitle,
  failureTexts,
  overrideAnswer,
  type PullReport,
  passes,
  policyFailureTexts,
} from '../report/github-texts.ts'
import { conduct } from '../review/conduct.ts'
import type { Facts } from '../review/facts.ts'
import type { Review } from '../review/result.ts'
import type { BlobCache } from './blobs.ts'
import { completeCheck, openCheck } from './check.ts'
import { marker, type Speaker, sayOnce, syncInlineComments, syncSummaryComment, wantedComments } from './comments.ts'
import type { CatalogSource, Core } from './core.ts'
import { type Failure, failureSentence, GitHubError } from './failure.ts'
import type { JobEnd, PullJob } from './job.ts'
import type { KeyedLock } from './keyed-lock.ts'
import { decideOverride, type OverrideDecision } from './override.ts'
import { readPolicy } from './policy-file.ts'
import type { CheckRun, PullRequest, RepositoryClient } from './port.ts'
import { covers, type HeadRecord, readRecord, recordBlock, type Seen } from './record.ts'
import { committedSnapshot } from './snapshot-file.ts'
import { type PullSources, readBaseMigrations, readPullSources } from './sources.ts'

export interface ReviewDeps {
  client: RepositoryClient
  core: Core
  /** The database this repository may be compared with; null when the server's config lists none. */
  catalog: CatalogSource | null
  blobs: BlobCache
  lock: KeyedLock
  /** Login of the app's bot: who writes its comments. */
  bot: string
  log: { info(facts: object, message: string): void; error(facts: object, message: string): void }
}

/** Reviews a pull request as it is now. Every way out that is not `again` leaves a completed check. Never throws. */
export async function reviewPullRequest(job: PullJob, deps: ReviewDeps): Promise<JobEnd> {
  const id = randomUUID().slice(0, 8)
  const about = { reference: id, repository: `${job.owner}/${job.repo}`, pull: job.number }
  let opened: { pull: PullRequest; run: CheckRun } | null = null
  try {
    const pull = await deps.client.pullRequest(job.number)
    if (!pull.open) return { kind: 'done', outcome: 'closed' }
    const run = await openCheck(deps.client, deps.lock, pull.head.sha, pull.number)
    opened = { pull, run }
    const { outcome, commentsAt } = await reviewHead(job, deps, pull, run)
    deps.log.info({ ...about, head: pull.head.sha, outcome }, 'reviewed')
    return commentsAt === null ? { kind: 'done', outcome } : { kind: 'again', at: commentsAt, reason: 'comments' }
  } catch (error) {
    const failure = error instanceof GitHubError ? error.failure : null
    const call = error instanceof GitHubError ? error.call : null
    deps.log.error({ ...about, call, failure, err: failure ? undefined : described(error) }, 'review failed')
    if (failure?.kind === 'rate limited') return { kind: 'again', at: failure.retryAt, reason: 'rate limited' }
    // The installation lost the repository, or the pull request is gone: there is nowhere to say anything.
    if (!opened) return failure && failure.kind !== 'unavailable' ? { kind: 'done', outcome: failure.kind } : soon()
    return completeAsFailed(deps, opened.pull, opened.run, id, failure)
  }
}

interface HeadReviewed {
  outcome: string
  /** When what could not be said in comments is to be tried again, ms since 1970. */
  commentsAt: number | null
}

async function reviewHead(job: PullJob, deps: ReviewDeps, pull: PullRequest, run: CheckRun): Promise<HeadReviewed> {
  const { client } = deps
  const read = await readPolicy(client, pull)
  if (read.kind === 'broken') {
    const texts = policyFailureTexts(read.problems, pull.base.ref)
    await complete(deps, pull, run, { passes: false, texts })
    return { outcome: 'broken policy', commentsAt: null }
  }
  const { policy } = read
  const sources = await readPullSources(client, deps.blobs, deps.core, policy, pull)
  const disclosure = pull.public || pull.fork ? policy.numbers.public : policy.numbers.private
  const review = await judged(deps, policy, pull, sources, disclosure)
  const report: PullReport = {
    review,
    override: null,
    blockers: read.proposed.map(
      ({ path, line, message }) => `This pull request would break the policy file. \`${path}:${line}\`: ${message}`,
    ),
    notes: [...read.notes, ...sources.notes],
    failOn: policy.fail_on,
    disclosure,
    label: policy.override.label,
    url: pull.url,
  }
  if (sources.incomplete) report.blockers.push(sources.incomplete)

  const accepted = acceptable(policy, review, sources)
  const decision: OverrideDecision =
    review?.verdict === 'fail'
      ? await decideOverride(client, job, pull, policy.override.label, { ...accepted, run })
      : { kind: 'none' }
  if (decision.kind === 'granted') report.override = decision.override

  const now = await client.pullRequest(pull.number)
  if (now.base.ref !== pull.base.ref) return { outcome: 'stale', commentsAt: null }
  let commentsAt: number | null = null
  if (now.open && now.head.sha === pull.head.sha) {
    commentsAt = await inComments(deps, report, async () => {
      await answerLabel(deps, pull, policy, decision)
      const wanted = wantedComments(review, sources, disclosure, 'lockcast')
      report.notes.push(...(await syncInlineComments(client, speaker(deps), pull, wanted)))
      await syncSummaryComment(client, speaker(deps), pull, report, run.url)
    })
  }
  // A verdict is right for its commit even when the branch has moved on, and another pull request may stand there.
  const seen = seenOn(run, pull, accepted, client.now())
  await complete(deps, pull, run, { passes: passes(report), report, seen })
  return { outcome: passes(report) ? 'passed' : 'failed', commentsAt }
}

/** The verdict does not wait for comments: what GitHub does not take is noted in the check, and tried again later. */
async function inComments(deps: ReviewDeps, report: PullReport, say: () => Promise<void>): Promise<number | null> {
  try {
    await say()
    return null
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error
    const { failure, call } = error
    deps.log.error({ call, failure }, 'comments could not be posted')
    const later = failure.kind === 'rate limited' || failure.kind === 'unavailable'
    report.notes.push(`Not every comment could be posted${later ? ' yet' : ''}. ${failureSentence(failure)}`)
    if (!later) return null
    return failure.kind === 'rate limited' ? failure.retryAt : Date.now() + soonMs
  }
}

async function judged(
  deps: ReviewDeps,
  policy: Policy,
  pull: PullRequest,
  sources: PullSources,
  disclosure: Facts['disclosure'],
): Promise<Review | null> {
  if (sources.files.length === 0) return null
  const { catalog } = deps
  return conduct(
    {
      migrations: sources.migrations,
      policy,
      catalog: (needs) => (catalog ? catalog(needs, policy) : committedSnapshot(deps.client, deps.blobs, policy, pull)),
      base: () => readBaseMigrations(deps.client, deps.blobs, deps.core, policy, pull),
      postgresVersion: null,
      now: deps.client.now(),
      disclosure,
      unread: [],
    },
    deps.core,
  )
}

function speaker({ bot }: ReviewDeps): Speaker {
  return { login: bot, marks: 'lockcast' }
}

/** What an override would accept: the migrations as they are and the findings that block. */
function acceptable(policy: Policy, review: Review | null, sources: PullSources) {
  const blocking = (review?.findings ?? []).filter((finding) => blocksMerge(finding, policy.fail_on))
  return { blobs: sources.blobs, fingerprints: blocking.map((finding) => finding.fingerprint).sort() }
}

/** Since when these findings stand on this head: as recorded when they did before, now when they are new. */
function seenOn(
  run: CheckRun,
  pull: PullRequest,
  accepted: { blobs: Record<string, string>; fingerprints: string[] },
  now: string,
): Seen {
  const before = readRecord(run.text).pulls[String(pull.number)]?.seen
  return { ...accepted, at: before && covers(before, accepted) ? before.at : now }
}

async function answerLabel(
  deps: ReviewDeps,
  pull: PullRequest,
  policy: Policy,
  decision: OverrideDecision,
): Promise<void> {
  if (decision.kind === 'none' || decision.kind === 'granted') return
  const { label } = policy.override
  const name = `override-${decision.kind}-${decision.event}`
  const body = overrideAnswer(decision, label, marker(name, 'lockcast'))
  await sayOnce(deps.client, speaker(deps), pull.number, name, body)
  if (decision.kind !== 'void' && decision.kind !== 'unseen') return
  try {
    await deps.client.removeLabel(pull.number, label)
  } catch (error) {
    if (!(error instanceof GitHubError) || error.failure.kind !== 'not found') throw error
  }
}

type Completion =
  | { passes: boolean; report: PullReport; seen: Seen }
  /** Nothing was judged; what is on record of the pull request is kept, and it counts as failing. */
  | { passes: false; texts: { title: string; summary: string } }

async function complete(deps: ReviewDeps, pull: PullRequest, run: CheckRun, completion: Completion): Promise<void> {
  const before = readRecord(run.text).pulls[String(pull.number)] ?? null
  const verdict = completion.passes ? 'pass' : 'fail'
  const record =
    'report' in completion
      ? { base: pull.base.ref, verdict, seen: completion.seen, override: recorded(completion.report) }
      : { base: pull.base.ref, verdict, seen: before?.seen ?? null, override: before?.override ?? null }
  await completeCheck(deps.client, deps.lock, pull.head.sha, run, {
    number: pull.number,
    passes: completion.passes,
    record: { ...record, verdict },
    output(head: HeadRecord, failing: number[]) {
      const block = recordBlock(head)
      if (!('report' in completion)) return { ...completion.texts, text: block }
      const others = failing.map(
        (number) => `Pull request ${number} has the same head commit and is blocked. Press Re-run here once it is not.`,
      )
      const report = { ...completion.report, blockers: [...completion.report.blockers, ...others] }
      return { title: checkTitle(report), summary: checkSummary(report), text: checkText(report, block) }
    },
  })
}

function recorded(report: PullReport) {
  if (!report.override) return null
  const { actor, role, at, event } = report.override
  return { actor, role, at, event }
}

async function completeAsFailed(
  deps: ReviewDeps,
  pull: PullRequest,
  run: CheckRun,
  id: string,
  failure: Failure | null,
): Promise<JobEnd> {
  const sentence = failure ? failureSentence(failure) : 'An error in Lockcast itself stopped it.'
  try {
    await complete(deps, pull, run, { passes: false, texts: failureTexts(sentence, id) })
    // The check says so already; when GitHub is back it heals without anybody's help.
    if (failure?.kind === 'unavailable') return soon()
    return { kind: 'done', outcome: `could not review (${failure?.kind ?? 'internal'})` }
  } catch (error) {
    deps.log.error({ reference: id, err: described(error) }, 'the check could not be completed')
    return soon()
  }
}

/** How long GitHub is left alone when it did not answer, ms. */
const soonMs = 30_000

function soon(): JobEnd {
  return { kind: 'again', at: Date.now() + soonMs, reason: 'GitHub did not answer' }
}

/** An error's kind and stack for the log. Messages of foreign errors can hold SQL or connection strings. */
function described(error: unknown): { name: string; stack: string[] } {
  const known = error instanceof Error ? error : new Error('not an Error')
  const frames = (known.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return { name: known.name, stack: frames.slice(0, 8).map((line) => line.trim()) }
}
