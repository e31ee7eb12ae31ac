import { overrideAnswer, type PullReport } from '../report/github-texts.ts'
import { marker, type Speaker, sayOnce, syncInlineComments, syncSummaryComment, wantedComments } from './comments.ts'
import type { Decided } from './decide.ts'
import { failureSentence, GitHubError } from './failure.ts'
import type { CheckRun, PullRequest, RepositoryClient } from './port.ts'

export interface SayDeps {
  client: RepositoryClient
  /** Login of the app's bot: who writes its comments. */
  bot: string
  log: { info(facts: object, message: string): void; error(facts: object, message: string): void }
}

/** What became of the comments. */
export interface Said {
  /** What the check should tell of it; sentences. */
  notes: string[]
  /** When what could not be said is to be tried again, ms since 1970. */
  retryAt: number | null
}

/** How long GitHub is left alone when it did not answer, ms. */
export const soonMs = 30_000

/** The verdict does not wait for comments: what GitHub does not take is noted in the check, and tried again later. */
export async function say(
  deps: SayDeps,
  decided: Extract<Decided, { report: PullReport }>,
  pull: PullRequest,
  run: CheckRun,
): Promise<Said> {
  const notes: string[] = []
  try {
    await answerLabel(deps, decided, pull)
    const { review, sources, disclosure } = decided.judged
    const wanted = wantedComments(review, sources, disclosure, 'lockcast')
    notes.push(...(await syncInlineComments(deps.client, speaker(deps), pull, wanted)))
    const report = { ...decided.report, notes: [...decided.report.notes, ...notes] }
    await syncSummaryComment(deps.client, speaker(deps), pull, report, run.url)
    return { notes, retryAt: null }
  } catch (error) {
    if (!(error instanceof GitHubError) || error.failure.kind === 'stale') throw error
    const { failure, call } = error
    deps.log.error({ call, failure }, 'comments could not be posted')
    const later = failure.kind === 'rate limited' || failure.kind === 'unavailable'
    notes.push(`Not every comment could be posted${later ? ' yet' : ''}. ${failureSentence(failure)}`)
    if (!later) return { notes, retryAt: null }
    return { notes, retryAt: failure.kind === 'rate limited' ? failure.retryAt : Date.now() + soonMs }
  }
}

async function answerLabel(
  deps: SayDeps,
  { decision, judged }: Extract<Decided, { report: PullReport }>,
  pull: PullRequest,
): Promise<void> {
  if (decision.kind === 'none' || decision.kind === 'granted') return
  const { label } = judged.policy.override
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

function speaker({ bot }: SayDeps): Speaker {
  return { login: bot, marks: 'lockcast' }
}
