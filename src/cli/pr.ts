import { appendFileSync } from 'node:fs'
import { unguarded } from '../github/analysis-guard.ts'
import { pullChange } from '../github/change.ts'
import { GitHubError } from '../github/client/failure.ts'
import type { PullRequest, RepositoryClient } from '../github/client/port.ts'
import { waitingClock } from '../github/clock.ts'
import type { CatalogSource, RepositoryDatabase } from '../github/core.ts'
import { createBlobCache } from '../github/gather/blobs.ts'
import { createGuard } from '../github/guard.ts'
import {
  type Placed,
  type Speaker,
  syncInlineComments,
  syncSummaryComment,
  wantedComments,
  wantedSummary,
} from '../github/publish/comment-sync.ts'
import { type ChangeReview, reviewChange } from '../github/review-change.ts'
import { blocksMerge } from '../hazards/severity.ts'
import { problemText } from '../policy/policy.ts'
import { checkTitle, type PullReport, passes, withoutMigration } from '../report/github-texts.ts'
import { cutToBytes, oneLine, visible } from '../report/hostile.ts'
import { type Disclosure, reviewMarkdown } from '../report/markdown.ts'
import { sarif } from '../report/sarif.ts'
import { emptyReview, type Review, type Severity } from '../review/result.ts'
import { core } from '../server/review-core.ts'
import { loadParser } from '../sql/parse.ts'
import { type ActivityUrlOptions, activityOf } from './activity-source.ts'
import { type CatalogOptions, catalogSource } from './catalog-source.ts'
import { UsageError } from './errors.ts'
import type { Format } from './formats.ts'
import { onGitHub, repositoryParts, tokenClient } from './github.ts'
import { writeNamed } from './named-file.ts'
import { printReview } from './print.ts'

export interface PrOptions extends CatalogOptions, ActivityUrlOptions {
  post?: boolean
  failOn?: Severity | 'never'
  /** With the format `text`. */
  detail?: boolean
  format: Format | 'comments'
  /** Where the findings are also written as SARIF. */
  sarif?: string
}

/**
 * `lockcast pr OWNER/REPO#N`: the review of a pull request as the app makes it, by the policy of its base branch; prints
 * the comments it would write, or with `--post` writes them as whoever the token belongs to. Exit code as of `review`.
 */
export async function prCommand(target: string, options: PrOptions): Promise<number> {
  await loadParser()
  const { owner, repo, number } = targetParts(target)
  const github = tokenClient(process.env)
  return onGitHub(async () => {
    const client = github.repository(owner, repo)
    const pull = await client.pullRequest(number)
    if (options.post && !pull.open) throw new UsageError(`${pull.url} is closed: nothing is posted there`)
    const databases = databasesOf(options)
    const reviewed = await reviewChange(
      { client, core, databases, blobs: createBlobCache(), analysis: unguarded },
      pullChange(pull),
      () => {},
    )
    if (reviewed.kind === 'broken policy') throw new UsageError(reviewed.problems.map(problemText).join('\n'))
    const report = reportOf(reviewed, pull, options.failOn)
    const speaker = { login: options.post ? await github.login() : '', marks: 'lockcast-pr' } as const
    const wanted = wantedComments(reviewed.review, reviewed.sources, reviewed.disclosure, speaker.marks)
    if (options.format !== 'comments') {
      printReview(printable(report), options.format, options.detail ?? false)
    } else if (!options.post) process.stdout.write(preview(report, wanted, speaker))
    alsoWritten(printable(report), reviewed.disclosure, options)
    if (options.post) await post(client, pull, report, wanted, speaker)
    if ((report.review?.unread.length ?? 0) > 0) return 2
    return passes(report) ? 0 : 1
  })
}

/** `owner/name#12`, or the address of a pull request's page. */
function targetParts(target: string): { owner: string; repo: string; number: number } {
  const [, repository = '', number = ''] =
    /^(?:https?:\/\/[^/]+\/)?([^/\s]+\/[^/\s#]+)(?:#|\/pull\/)(\d+)(?:[/?#].*)?$/.exec(target) ?? []
  if (number === '') throw new UsageError(`${target}: write OWNER/REPO#NUMBER, or the address of the pull request`)
  const [owner, repo] = repositoryParts(repository, target)
  return { owner, repo, number: Number(number) }
}

/** None when no option says where the catalog is: then a snapshot that the base branch's policy names counts. */
function databasesOf(options: PrOptions): RepositoryDatabase[] {
  const given = options.databaseUrl ?? options.snapshot ?? process.env.LOCKCAST_DATABASE_URL
  const activity = activityOf(options)
  if (!given && options.profile) throw new UsageError('--profile goes with --database-url or --snapshot')
  if (!given && !activity) return []
  const catalog: CatalogSource | null = given
    ? (needs, policy) => catalogSource(options, policy, 'is a finding')(needs)
    : null
  return [{ name: 'database', migrations: null, catalog, activity }]
}

function reportOf(
  reviewed: Extract<ChangeReview, { kind: 'reviewed' }>,
  pull: PullRequest,
  failOn: PrOptions['failOn'],
): PullReport {
  const { policy, review, blockers, notes, disclosure, sources } = reviewed
  const threshold = failOn ?? policy.fail_on
  const fails = review?.findings.some((finding) => blocksMerge(finding, threshold)) ?? false
  return {
    review: review && { ...review, verdict: fails ? 'fail' : 'pass' },
    // The label is the app's to weigh: it needs the signed event and a record that only the app can write.
    overrides: [],
    rules: null,
    blockers,
    skipped: sources.skipped,
    notices: sources.notices,
    notes,
    failOn: threshold,
    disclosure,
    url: pull.url,
  }
}

/**
 * The review as the other formats print it: other reasons why the pull request does not pass are in the notes,
 * and where no migration changed it says so.
 */
function printable(report: PullReport): Review {
  const own = report.review ?? emptyReview(17, [withoutMigration(report).sentence], report.skipped)
  const notes = [...report.blockers, ...report.notices, ...report.notes, ...own.notes]
  return { ...own, verdict: passes(report) ? 'pass' : 'fail', notes }
}

/** A workflow of a fork has a token that only reads: its review is printed where it runs, and its verdict counts. */
async function post(
  client: RepositoryClient,
  pull: PullRequest,
  report: PullReport,
  wanted: Placed[],
  speaker: Speaker,
): Promise<void> {
  const current = createGuard(client, waitingClock, pull).client
  try {
    const notes = await syncInlineComments(current, speaker, pull, wanted)
    await syncSummaryComment(
      current,
      speaker,
      pull,
      { ...report, notes: [...report.notes, ...notes] },
      runUrl(process.env),
    )
    const told =
      wantedSummary(report, null, speaker, null) === null ? 'nothing to comment' : `comments: ${wanted.length}`
    process.stderr.write(`lockcast: ${told} on ${pull.url}\n`)
  } catch (error) {
    if (!(error instanceof GitHubError) || error.failure.kind !== 'forbidden') throw error
    process.stderr.write('lockcast: the token may not write comments, so there are none\n')
  }
}

/** A job's page on GitHub takes a mebibyte. */
const mostStepSummaryBytes = 1024 * 1024

function alsoWritten(review: Review, disclosure: Disclosure, options: PrOptions): void {
  if (options.sarif !== undefined) writeNamed(options.sarif, sarif(review))
  const { GITHUB_STEP_SUMMARY: page } = process.env
  if (page && options.format === 'github')
    appendFileSync(page, cutToBytes(reviewMarkdown(review, disclosure), mostStepSummaryBytes / 2, '\n\nCut here.\n'))
}

/** The page of the workflow's run, whose log has everything; null at a terminal. */
function runUrl({ GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID }: NodeJS.ProcessEnv): string | null {
  if (!GITHUB_RUN_ID) return null
  return `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`
}

/** The comments that would be posted, place by place. */
function preview(report: PullReport, wanted: Placed[], speaker: Speaker): string {
  const shown = (markdown: string) => visible(markdown.replace(/^(<!--.*-->\n)+/, '')).replace(/^/gm, '  ')
  const blocks = wanted.map(({ comment }) => `On ${oneLine(comment.path)}:${comment.line}\n\n${shown(comment.body)}`)
  const summary = wantedSummary(report, null, speaker, null)
  if (summary !== null) blocks.push(`As the summary\n\n${shown(summary)}`)
  const nothing = blocks.length === 0 ? ['Nothing would be posted.'] : []
  return `${[...blocks, ...nothing, `${passes(report) ? 'pass' : 'fail'}  ${checkTitle(report)}`].join('\n\n')}\n`
}
