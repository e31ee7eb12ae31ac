import {
  checkSummary,
  checkText,
  checkTitle,
  inProgressTexts,
  type PullReport,
  passes,
  policyFailureTexts,
} from '../report/github-texts.ts'
import { createOnce } from './calls.ts'
import type { Change } from './change.ts'
import type { Decided } from './decide.ts'
import type { CheckOutput, CheckRun, RepositoryClient } from './port.ts'
import { type HeadRecord, type PullRecord, readRecord, recordBlock } from './record.ts'

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
  if (existing.completed && recordOf(readRecord(existing.text), change)?.base === change.base) return existing
  // The texts stay: they hold the record.
  return client.updateCheckRun(existing.id, { status: 'in_progress', output: null })
}

/**
 * Completes the check with the worst verdict over everything that has this head. A check belongs to a commit and not to
 * a pull request, so another one with the same head would borrow its green. Never `neutral`: GitHub lets neutral pass.
 */
export async function completeCheck(client: RepositoryClient, run: CheckRun, decided: Decided[]): Promise<CheckRun> {
  const sorted = decided.toSorted((a, b) => numberOf(a) - numberOf(b))
  const told = sorted.find((one) => !passesAlone(one)) ?? sorted[0]
  if (!told) return run
  const record: HeadRecord = { version: 1, pulls: {} }
  for (const one of sorted) record.pulls[String(numberOf(one))] = one.record
  const conclusion = passesAlone(told) ? 'success' : 'failure'
  const output = outputOf(told, sorted, recordBlock(record))
  if (run.completed && run.conclusion === conclusion && sameOutput(run, output)) return run
  const id = externalId(told.judged.change)
  return client.updateCheckRun(run.id, { status: 'completed', conclusion, externalId: id, output })
}

/** Completes the check as failed with these texts. What is on record stays: nothing was judged. */
export async function failCheck(
  client: RepositoryClient,
  run: CheckRun,
  change: Change,
  texts: { title: string; summary: string },
): Promise<void> {
  await client.updateCheckRun(run.id, {
    status: 'completed',
    conclusion: 'failure',
    externalId: externalId(change),
    output: { ...texts, text: recordBlock(readRecord(run.text)) },
  })
}

export function recordOf(record: HeadRecord, change: Change): PullRecord | null {
  return record.pulls[recordKey(change)] ?? null
}

function outputOf(told: Decided, all: Decided[], record: string): CheckOutput {
  if (told.report === null) {
    return { ...policyFailureTexts(told.judged.problems, told.judged.change.base), text: record }
  }
  const others = all.filter((one) => one !== told).map(numberOf)
  const shared = others.length === 0 ? [] : [sharedHead(numberOf(told), others)]
  const report: PullReport = { ...told.report, notes: [...told.report.notes, ...shared] }
  return { title: checkTitle(report), summary: checkSummary(report), text: checkText(report, record) }
}

function sharedHead(told: number, others: number[]): string {
  const list = `pull request${others.length === 1 ? '' : 's'} ${others.join(', ')}`
  return `This commit is also the head of ${list}. A check belongs to a commit, so it has the worst verdict of them all; what is told here is about pull request ${told}.`
}

function passesAlone(one: Decided): boolean {
  return one.report !== null && passes(one.report)
}

function recordKey({ from }: Change): string {
  return from.kind === 'pull' ? String(from.pull.number) : '0'
}

function numberOf({ judged }: Decided): number {
  return Number(recordKey(judged.change))
}

function externalId({ from }: Change): string {
  return from.kind === 'pull' ? `pull/${from.pull.number}` : 'merge-group'
}

function sameOutput(run: CheckRun, output: CheckOutput): boolean {
  return run.title === output.title && run.summary === output.summary && run.text === (output.text ?? run.text)
}
