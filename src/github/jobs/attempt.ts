import { failureTexts } from '../../report/github-texts.ts'
import { TooMuchToAnalyze } from '../analysis-guard.ts'
import type { Change } from '../change.ts'
import { type Failure, failureSentence, GitHubError, retryAt } from '../client/failure.ts'
import type { RepositoryContext } from '../context.ts'
import { startProgress } from '../publish/progress.ts'
import { failCheck, type OpenCheck, openCheck } from '../publish/write-check.ts'
import { reviewHead } from '../review-head.ts'
import type { JobEnd } from './job.ts'

/** The subject of a review. */
interface Found {
  change: Change
  isNewHead: boolean
  /** Whether the green check with this text may be over. */
  mayEnd(text: string): boolean
  /** Somebody wants a new run. */
  asked: boolean
}

/** Tries in which the process died before the change is held to be the reason. */
const mostDeaths = 6

/**
 * Finds what is to be reviewed (null: nothing any more) and reviews it, in turn with whatever shares its check. Every
 * way out that is not `again` leaves a completed check. Never throws.
 */
export async function attempt(
  context: RepositoryContext,
  named: object,
  find: () => Promise<Found | null>,
): Promise<JobEnd> {
  const about = { reference: context.reference, repository: context.repository, ...named }
  try {
    const readAt = context.clock.now()
    const found = await find()
    if (!found) return { kind: 'done', outcome: 'closed' }
    return await context.locks.run(`${context.repository}@${found.change.head}`.toLowerCase(), async () => {
      const check = await openCheck(context, found)
      return await reviewed(context, about, found, check, readAt)
    })
  } catch (error) {
    const failure = failureIn(context, about, error)
    if (failure?.kind === 'stopping') return { kind: 'again', at: context.clock.now(), reason: 'stopping' }
    // An error of ours before there was a check: nothing on GitHub tells of it, so it has to be tried again.
    if (failure === null) return { kind: 'fault', reason: 'error' }
    const at = retryAt(failure, context.clock.now())
    if (at !== null) return { kind: 'again', at, reason: failure.kind }
    // The installation lost the repository, or the pull request is gone: there is nowhere to say anything.
    return { kind: 'done', outcome: failure.kind }
  }
}

/** Reviews under an open check, and turns whatever goes wrong into a completed failure. */
async function reviewed(
  context: RepositoryContext,
  about: object,
  { change, asked }: Found,
  check: OpenCheck,
  readAt: number,
): Promise<JobEnd> {
  if (context.attempt > mostDeaths) return giveUp(context, change, check)
  const progress = startProgress(context, change, check, { asked })
  try {
    const { outcome, againAt } = await reviewHead(context, change, check, progress, { asked, readAt })
    context.log.info({ ...about, head: change.head, outcome }, 'reviewed')
    return againAt === null ? { kind: 'done', outcome } : { kind: 'again', at: againAt, reason: 'an event may arrive' }
  } catch (error) {
    await progress.end()
    if (error instanceof TooMuchToAnalyze) return tooMuch(context, change, check, error)
    const failure = failureIn(context, about, error)
    const now = context.clock.now()
    if (failure?.kind === 'stopping') return { kind: 'again', at: now, reason: 'stopping' }
    if (failure?.kind === 'rate limited') return { kind: 'again', at: failure.retryAt, reason: 'rate limited' }
    return completeAsFailed(context, change, check, failure)
  } finally {
    await progress.end()
  }
}

function failureIn({ log }: RepositoryContext, about: object, error: unknown): Failure | null {
  const { failure, call } = error instanceof GitHubError ? error : { failure: null, call: null }
  if (failure?.kind === 'stopping') return failure
  // A limit or a missing answer of GitHub is no fault of the review.
  const level = failure === null ? 'error' : 'warn'
  log[level]({ ...about, call, failure, err: failure ? undefined : error }, 'review failed')
  return failure
}

async function completeAsFailed(
  context: RepositoryContext,
  change: Change,
  check: OpenCheck,
  failure: Failure | null,
): Promise<JobEnd> {
  const sentence = failure ? failureSentence(failure) : 'An error in Lockcast itself stopped it.'
  try {
    await failCheck(context, check, change, failureTexts(sentence, context.reference))
    await rememberUnfinished(context, change)
  } catch (error) {
    const inWriting = error instanceof GitHubError ? error.failure : null
    if (inWriting?.kind === 'stopping') return { kind: 'again', at: context.clock.now(), reason: 'stopping' }
    context.log.error({ reference: context.reference, failure: inWriting }, 'the check could not be completed')
    const at = retryAt(inWriting, context.clock.now())
    return at === null
      ? { kind: 'fault', reason: 'the check could not be completed' }
      : { kind: 'again', at, reason: 'unavailable' }
  }
  if (failure === null) return { kind: 'fault', reason: 'error' }
  // The check says so already; when GitHub is back it heals without anybody's help.
  const at = retryAt(failure, context.clock.now())
  return at === null
    ? { kind: 'done', outcome: `could not review (${failure.kind})` }
    : { kind: 'again', at, reason: failure.kind }
}

async function rememberUnfinished({ records, repository }: RepositoryContext, { from, head, base }: Change) {
  if (from.kind !== 'pull') return
  const { number, labels, changedAt } = from.pull
  const known = (await records.pull(repository, number))?.verdict
  await records.saveVerdict(repository, number, {
    head,
    base,
    labels,
    changedAt,
    label: known?.label ?? 'lockcast:override',
    policy: known?.policy ?? null,
    conclusion: 'failure',
    unfinished: true,
  })
}

/** Its analysis was ended for the time or memory it took: trying again would end the same way. */
async function tooMuch(
  context: RepositoryContext,
  change: Change,
  check: OpenCheck,
  { message }: TooMuchToAnalyze,
): Promise<JobEnd> {
  const sentence = `These migrations are more than one review may take: ${message}. Please split the pull request; the same files are not tried again.`
  context.log.warn(
    { reference: context.reference, repository: context.repository, head: change.head },
    'too much to analyze',
  )
  await failCheck(context, check, change, failureTexts(sentence, context.reference))
  return { kind: 'done', outcome: 'too much to analyze' }
}

/** The process died again and again while it reviewed this: whatever is in it, it must not take the others along. */
async function giveUp(context: RepositoryContext, change: Change, check: OpenCheck): Promise<JobEnd> {
  const sentence = `Reviewing it ended Lockcast's process ${mostDeaths} times, so it is not tried again by itself.`
  await failCheck(context, check, change, failureTexts(sentence, context.reference))
  return { kind: 'buried', reason: 'the process died while reviewing it' }
}
