import {
  checkSummary,
  checkText,
  checkTitle,
  inProgressTexts,
  type PullReport,
  passes,
  policyFailureTexts,
} from '../../report/github-texts.ts'
import type { Change } from '../change.ts'
import { createOnce } from '../client/calls.ts'
import type { CheckOutput, CheckRun, RepositoryClient } from '../client/port.ts'
import { type Decided, recordOf } from '../decide/decide.ts'
import { emptyRecord, type HeadRecord, readRecord, recordBlock } from '../decide/record.ts'

/**
 * The app's check run on a head: one for each SHA, used again by later runs. It is in progress from here on, unless it
 * stands completed for this very change: then it stays until there is another verdict.
 */
export async function openCheck(client: RepositoryClient, change: Change): Promise<CheckRun> {
  const find = async () => (await client.checkRuns(change.head))[0] ?? null
  const existing = await find()
  if (!existing) {
    return createOnce(find, () => client.createCheckRun(change.head, externalId(change), inProgressTexts))
  }
  if (existing.completed && recordOf(existing, change)?.base === change.base) return existing
  // The texts stay: they hold the record.
  return client.updateCheckRun(existing.id, { status: 'in_progress', output: null })
}

/**
 * Completes the check with the worst verdict over everything that has this head. A check belongs to a commit and not to
 * a pull request, so another one with the same head would borrow its green. Never `neutral`: GitHub lets neutral pass.
 * Null when there was something to write and it does not hold any more.
 */
export async function completeCheck(
  client: RepositoryClient,
  run: CheckRun,
  decided: Decided[],
  stillHolds: () => Promise<boolean>,
): Promise<CheckRun | null> {
  const sorted = decided.toSorted((a, b) => numberOf(a) - numberOf(b))
  const told = sorted.find((item) => !passesAlone(item)) ?? sorted[0]
  if (!told) return run
  const record: HeadRecord = { ...emptyRecord, pulls: {} }
  for (const { reviewed, record: own } of sorted) {
    const { from } = reviewed.change
    if (from.kind === 'pull') record.pulls[String(from.pull.number)] = own
    else record.group = from.group
  }
  const conclusion = passesAlone(told) ? 'success' : 'failure'
  const output = outputOf(told, sorted, record)
  if (run.completed && run.conclusion === conclusion && sameOutput(run, output)) return run
  if (!(await stillHolds())) return null
  const id = externalId(told.reviewed.change)
  return client.updateCheckRun(run.id, { status: 'completed', conclusion, externalId: id, output })
}

/** Completes the check as failed with these texts. What is on record stays: nothing was judged. */
export async function failCheck(
  client: RepositoryClient,
  run: CheckRun,
  change: Change,
  texts: { title: string; summary: string },
): Promise<void> {
  const record = readRecord(run.text)
  const { from } = change
  const { block } = recordBlock(from.kind === 'group' ? { ...record, group: from.group } : record)
  const output = { ...texts, text: block }
  await client.updateCheckRun(run.id, {
    status: 'completed',
    conclusion: 'failure',
    externalId: unfinishedId,
    output,
  })
}

/** The external id of a check that was completed without a verdict: such a one is looked at again when it may help. */
export const unfinishedId = 'unfinished'

function outputOf(told: Decided, all: Decided[], record: HeadRecord): CheckOutput {
  const { block, note } = recordBlock(record)
  if (told.report === null) {
    return { ...policyFailureTexts(told.reviewed.problems, told.reviewed.change.base), text: block }
  }
  const others = all.filter((decided) => decided !== told).map(numberOf)
  const shared = others.length === 0 ? [] : [sharedHead(numberOf(told), others)]
  const report: PullReport = { ...told.report, notes: [...told.report.notes, ...shared, ...(note ? [note] : [])] }
  return { title: checkTitle(report), summary: checkSummary(report), text: checkText(report, block) }
}

function sharedHead(told: number, others: number[]): string {
  const list = `pull request${others.length === 1 ? '' : 's'} ${others.join(', ')}`
  return `This commit is also the head of ${list}. A check belongs to a commit, so it has the worst verdict of them all; what is told here is about pull request ${told}.`
}

function passesAlone(decided: Decided): boolean {
  return decided.report !== null && passes(decided.report)
}

function numberOf({ reviewed }: Decided): number {
  const { from } = reviewed.change
  return from.kind === 'pull' ? from.pull.number : 0
}

function externalId({ from }: Change): string {
  return from.kind === 'pull' ? `pull/${from.pull.number}` : 'merge-group'
}

function sameOutput(run: CheckRun, output: CheckOutput): boolean {
  return run.title === output.title && run.summary === output.summary && run.text === (output.text ?? run.text)
}
