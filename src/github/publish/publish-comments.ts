import type { PullReport } from '../../report/github-texts.ts'
import { overrideAnswer } from '../../report/override-texts.ts'
import { failureSentence, GitHubError, retryAt, unless } from '../client/failure.ts'
import type { CheckRun, PullRequest, RepositoryClient } from '../client/port.ts'
import type { Clock } from '../clock.ts'
import type { Decided } from '../decide/decide.ts'
import {
  commentOnce,
  marker,
  type Speaker,
  syncInlineComments,
  syncSummaryComment,
  wantedComments,
} from './comments.ts'

export interface PublishDeps {
  client: RepositoryClient
  /** Login of the app's bot: who writes its comments. */
  bot: string
  clock: Clock
  log: { info(facts: object, message: string): void; error(facts: object, message: string): void }
}

/** What became of the comments. */
interface Published {
  /** What the check should tell of it; sentences. */
  notes: string[]
  /** When what could not be said is to be tried again, ms since 1970. */
  retryAt: number | null
}

/** The verdict does not wait for comments: what GitHub does not take is noted in the check, and tried again later. */
export async function publishComments(
  deps: PublishDeps,
  decided: Extract<Decided, { report: PullReport }>,
  pull: PullRequest,
  run: CheckRun,
): Promise<Published> {
  const notes: string[] = []
  try {
    await answerLabels(deps, decided, pull)
    const { review, sources, disclosure } = decided.reviewed
    const wanted = wantedComments(review, sources, disclosure, 'lockcast')
    notes.push(...(await syncInlineComments(deps.client, speaker(deps), pull, wanted)))
    const report = { ...decided.report, notes: [...decided.report.notes, ...notes] }
    await syncSummaryComment(deps.client, speaker(deps), pull, report, run.url)
    return { notes, retryAt: null }
  } catch (error) {
    if (!(error instanceof GitHubError) || error.failure.kind === 'stale') throw error
    const { failure, call } = error
    deps.log.error({ call, failure }, 'comments could not be posted')
    const later = retryAt(failure, deps.clock.now())
    notes.push(`Not every comment could be posted${later === null ? '' : ' yet'}. ${failureSentence(failure)}`)
    return { notes, retryAt: later }
  }
}

/** Says why a label does not count, once for each time it was set, and takes off what is over. */
async function answerLabels(
  deps: PublishDeps,
  { labels, reviewed }: Extract<Decided, { report: PullReport }>,
  pull: PullRequest,
): Promise<void> {
  for (const { answer, decision } of labels) {
    if (answer === null) continue
    const { event, label } = decision
    const name = `override-${answer.kind}-${event}`
    const body = marker(name, 'lockcast') + overrideAnswer(answer, label, reviewed.policy.override)
    await commentOnce(deps.client, speaker(deps), pull.number, name, body)
    if (answer.kind !== 'void' && answer.kind !== 'unseen') continue
    await unless(['not found'], () => deps.client.removeLabel(pull.number, label))
  }
}

function speaker({ bot }: PublishDeps): Speaker {
  return { login: bot, marks: 'lockcast' }
}
