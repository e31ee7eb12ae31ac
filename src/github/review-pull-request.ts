import { randomUUID } from 'node:crypto'
import { failureTexts } from '../report/github-texts.ts'
import { type Change, pullChange } from './change.ts'
import { failCheck, openCheck } from './check.ts'
import { type Failure, failureSentence, GitHubError } from './failure.ts'
import type { JobEnd, PullJob } from './job.ts'
import type { KeyedLock } from './keyed-lock.ts'
import type { Told } from './override.ts'
import type { CheckRun } from './port.ts'
import { type ReviewDeps, reviewHead } from './review-head.ts'
import { soonMs } from './say.ts'

export interface AttemptDeps extends ReviewDeps {
  /** Held by `owner/name` and head: what shares a check takes turns. */
  lock: KeyedLock
}

/** Reviews a pull request as it is now. Every way out that is not `again` leaves a completed check. Never throws. */
export function reviewPullRequest(job: PullJob, deps: AttemptDeps): Promise<JobEnd> {
  return attempt(deps, job, { pull: job.number }, job, async () => {
    const pull = await deps.client.pullRequest(job.number)
    return pull.open ? pullChange(pull) : null
  })
}

/** Finds what is to be reviewed (null: nothing any more) and reviews it, in turn with whatever shares its check. */
async function attempt(
  deps: AttemptDeps,
  place: { owner: string; repo: string },
  named: object,
  told: Told,
  find: () => Promise<Change | null>,
): Promise<JobEnd> {
  const repository = `${place.owner}/${place.repo}`
  const about: About = { reference: randomUUID().slice(0, 8), repository, ...named }
  try {
    const change = await find()
    if (!change) return { kind: 'done', outcome: 'closed' }
    return await deps.lock.run(`${repository}@${change.head}`, async () => {
      const run = await openCheck(deps.client, change)
      return await reviewed(deps, about, change, told, run)
    })
  } catch (error) {
    const failure = failureIn(deps, about, error)
    if (failure?.kind === 'rate limited') return { kind: 'again', at: failure.retryAt, reason: 'rate limited' }
    // The installation lost the repository, or the pull request is gone: there is nowhere to say anything.
    return failure && failure.kind !== 'unavailable' ? { kind: 'done', outcome: failure.kind } : soon()
  }
}

interface About {
  /** Names this run in the check and in the log. */
  reference: string
  repository: string
}

/** Reviews under an open check, and turns whatever goes wrong into a completed failure. */
async function reviewed(deps: AttemptDeps, about: About, change: Change, told: Told, run: CheckRun): Promise<JobEnd> {
  try {
    const { outcome, commentsAt } = await reviewHead(deps, change, told, run, () => {})
    deps.log.info({ ...about, head: change.head, outcome }, 'reviewed')
    return commentsAt === null ? { kind: 'done', outcome } : { kind: 'again', at: commentsAt, reason: 'comments' }
  } catch (error) {
    const failure = failureIn(deps, about, error)
    if (failure?.kind === 'rate limited') return { kind: 'again', at: failure.retryAt, reason: 'rate limited' }
    return completeAsFailed(deps, { change, run }, about.reference, failure)
  }
}

function failureIn(deps: AttemptDeps, about: About, error: unknown): Failure | null {
  const { failure, call } = error instanceof GitHubError ? error : { failure: null, call: null }
  deps.log.error({ ...about, call, failure, err: failure ? undefined : described(error) }, 'review failed')
  return failure
}

async function completeAsFailed(
  deps: AttemptDeps,
  { change, run }: { change: Change; run: CheckRun },
  id: string,
  failure: Failure | null,
): Promise<JobEnd> {
  const sentence = failure ? failureSentence(failure) : 'An error in Lockcast itself stopped it.'
  try {
    await failCheck(deps.client, run, change, failureTexts(sentence, id))
    // The check says so already; when GitHub is back it heals without anybody's help.
    if (failure?.kind === 'unavailable') return soon()
    return { kind: 'done', outcome: `could not review (${failure?.kind ?? 'internal'})` }
  } catch (error) {
    deps.log.error({ reference: id, err: described(error) }, 'the check could not be completed')
    return soon()
  }
}

function soon(): JobEnd {
  return { kind: 'again', at: Date.now() + soonMs, reason: 'GitHub did not answer' }
}

/** An error's kind and stack for the log. Messages of foreign errors can hold SQL or connection strings. */
function described(error: unknown): { name: string; stack: string[] } {
  const known = error instanceof Error ? error : new Error('not an Error')
  const frames = (known.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return { name: known.name, stack: frames.slice(0, 8).map((line) => line.trim()) }
}
