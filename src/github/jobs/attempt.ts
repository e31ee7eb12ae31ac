import { randomUUID } from 'node:crypto'
import { failureTexts } from '../../report/github-texts.ts'
import type { Change } from '../change.ts'
import { type Failure, failureSentence, GitHubError, retryAt } from '../client/failure.ts'
import type { CheckRun } from '../client/port.ts'
import type { Heard } from '../decide/override.ts'
import { failCheck, openCheck } from '../publish/check.ts'
import { startProgress } from '../publish/progress.ts'
import { type ReviewDeps, reviewHead } from '../review-head.ts'
import type { JobEnd, Place } from './job.ts'
import type { KeyedLock } from './keyed-lock.ts'

export interface AttemptDeps extends ReviewDeps {
  /** Held by `owner/name` and head: what shares a check takes turns. */
  lock: KeyedLock
}

interface About {
  /** Names this run in the check and in the log. */
  reference: string
  repository: string
}

/**
 * Finds what is to be reviewed (null: nothing any more) and reviews it, in turn with whatever shares its check. Every
 * way out that is not `again` leaves a completed check. Never throws.
 */
export async function attempt(
  deps: AttemptDeps,
  place: Place,
  named: object,
  heard: Heard,
  find: () => Promise<Change | null>,
): Promise<JobEnd> {
  const repository = `${place.owner}/${place.repo}`
  const about: About = { reference: randomUUID().slice(0, 8), repository, ...named }
  try {
    const change = await find()
    if (!change) return { kind: 'done', outcome: 'closed' }
    return await deps.lock.run(`${repository}@${change.head}`, async () => {
      const run = await openCheck(deps.client, change)
      return await reviewed(deps, about, change, heard, run)
    })
  } catch (error) {
    const failure = failureIn(deps, about, error)
    // An error of ours before there was a check: what stands on GitHub tells nothing of it, so it has to be tried again.
    const at = failure ? retryAt(failure, deps.clock.now()) : soon(deps)
    if (at !== null) return { kind: 'again', at, reason: failure?.kind ?? 'error' }
    // The installation lost the repository, or the pull request is gone: there is nowhere to say anything.
    return { kind: 'done', outcome: failure?.kind ?? 'error' }
  }
}

/** Reviews under an open check, and turns whatever goes wrong into a completed failure. */
async function reviewed(deps: AttemptDeps, about: About, change: Change, heard: Heard, run: CheckRun): Promise<JobEnd> {
  const progress = startProgress(deps.client, deps.clock, run)
  try {
    const { outcome, againAt } = await reviewHead(deps, change, heard, run, progress)
    deps.log.info({ ...about, head: change.head, outcome }, 'reviewed')
    return againAt === null ? { kind: 'done', outcome } : { kind: 'again', at: againAt, reason: 'not all was said' }
  } catch (error) {
    const failure = failureIn(deps, about, error)
    await progress.end()
    if (failure?.kind === 'rate limited') return { kind: 'again', at: failure.retryAt, reason: 'rate limited' }
    return completeAsFailed(deps, { change, run }, about.reference, failure)
  } finally {
    await progress.end()
  }
}

function failureIn(deps: AttemptDeps, about: About, error: unknown): Failure | null {
  const { failure, call } = error instanceof GitHubError ? error : { failure: null, call: null }
  deps.log.error({ ...about, call, failure, err: failure ? undefined : error }, 'review failed')
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
    const at = retryAt(failure, deps.clock.now())
    if (at !== null) return { kind: 'again', at, reason: 'GitHub did not answer' }
    return { kind: 'done', outcome: `could not review (${failure?.kind ?? 'internal'})` }
  } catch (error) {
    deps.log.error({ reference: id, err: error }, 'the check could not be completed')
    return { kind: 'again', at: soon(deps), reason: 'the check could not be completed' }
  }
}

function soon({ clock }: AttemptDeps): number {
  return clock.now() + 30_000
}
