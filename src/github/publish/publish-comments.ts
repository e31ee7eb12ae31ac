import { overrideAnswer } from '../../report/override-texts.ts'
import { failureSentence, GitHubError, retryAt, unless } from '../client/failure.ts'
import type { PullRequest } from '../client/port.ts'
import type { RepositoryContext } from '../context.ts'
import { commentOnce, marker, type Speaker, syncInlineComments, syncSummaryComment } from './comment-sync.ts'
import type { WantedComments } from './wanted-comments.ts'
import { noteInCheck } from './write-check.ts'

/**
 * Writes the comments that the last review asks for. The verdict is there already; a comment that GitHub does not take is
 * noted in the check. Returns when to try again, ms since 1970; null: nothing is left to write.
 */
export async function publishComments(
  context: RepositoryContext,
  wanted: WantedComments,
  pull: PullRequest,
): Promise<number | null> {
  const { client, clock, log, repository } = context
  try {
    await answerLabels(context, wanted, pull)
    const notes = await syncInlineComments(client, speakerOf(context), pull, wanted.inline)
    for (const note of notes) await noteInCheck(context, wanted.head, note)
    const report = { ...wanted.report, notes: [...wanted.report.notes, ...notes] }
    await syncSummaryComment(client, speakerOf(context), pull, report, wanted.details)
    return null
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error
    const { failure, call } = error
    if (failure.kind === 'stale') return null
    if (failure.kind === 'stopping') return clock.now()
    const later = retryAt(failure, clock.now())
    // Waiting for a budget is nothing to be told.
    if (failure.kind !== 'rate limited')
      log.warn({ repository, pull: pull.number, call, failure }, 'comments could not be posted')
    if (later !== null) return later
    await noteInCheck(context, wanted.head, `Not every comment could be posted. ${failureSentence(failure)}`)
    return null
  }
}

/** Says why a label does not count, once for each time it was set, and takes off what is over. */
async function answerLabels(context: RepositoryContext, { labels, report }: WantedComments, pull: PullRequest) {
  const { rules } = report
  for (const { answer, decision } of labels) {
    if (answer === null || rules === null) continue
    const { event, label } = decision
    const name = `override-${answer.kind}-${event}`
    const body = marker(name, 'lockcast') + overrideAnswer(answer, label, rules)
    await commentOnce(context.client, speakerOf(context), pull.number, name, body)
    if (answer.kind !== 'void' && answer.kind !== 'unseen' && answer.kind !== 'unreadable') continue
    await unless(['not found'], () => context.client.removeLabel(pull.number, label))
  }
}

/** The app as it speaks on GitHub. */
export function speakerOf({ bot }: RepositoryContext): Speaker {
  return { login: bot, marks: 'lockcast' }
}
