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
import { GitHubError } from '../client/failure.ts'
import type { CheckOutput, CheckRun, CheckState } from '../client/port.ts'
import type { RepositoryContext } from '../context.ts'
import type { Decided } from '../decide/decide.ts'
import { emptyRecord, type HeadRecord, readRecord, recordBlock } from '../decide/record.ts'

/**
 * The app's check on a head while it is looked at. A completed run is never opened again, since GitHub keeps its
 * conclusion: a new verdict is a new run, and the newest of the name counts.
 */
export interface OpenCheck {
  head: string
  /** The newest run, as far as it is known. */
  newest: CheckRun | null
  /** The run in progress that this look completes; null: it makes a completed one. */
  running: CheckRun | null
  /** External id of a run whose making GitHub did not answer: it may be there. */
  lost: string | null
}

/** How a check is opened. */
interface Opening {
  change: Change
  /** No check can be there yet: the head is new. */
  isNewHead: boolean
  /** Whether the green check with this text may be over: nothing may be merged on it meanwhile. */
  mayEnd(text: string): boolean
  /** Somebody pressed Re-run: GitHub may have opened the run again by itself. */
  asked: boolean
}

/** Looks which check the head has. Where a green one may be over, a run in progress replaces it first. */
export async function openCheck(
  context: RepositoryContext,
  { change, isNewHead, mayEnd, asked }: Opening,
): Promise<OpenCheck> {
  const { head } = change
  const newest = await newestRun(context, head, { isNewHead, asked })
  const check: OpenCheck = { head, newest, running: newest && !newest.completed ? newest : null, lost: null }
  if (check.running || newest?.conclusion !== 'success' || !mayEnd(newest.text)) return check
  // The text holds the record and has to be sent along.
  const output = { ...inProgressTexts, text: newest.text }
  await write(context, check, { status: 'in_progress', output }, externalId(context, change))
  return check
}

async function newestRun(
  context: RepositoryContext,
  head: string,
  { isNewHead, asked }: Pick<Opening, 'isNewHead' | 'asked'>,
): Promise<CheckRun | null> {
  const { records, repository, client, attempt } = context
  const stored = await records.check(repository, head)
  // A try before may have made one and not have come to note it.
  const isUnsure = attempt > 1 || stored?.id === unknownRun.id
  if (!isUnsure && !asked && (stored || isNewHead)) return stored
  const [found = null] = await client.checkRuns(head)
  return found
}

/** Says in the check that it runs, or which step, when the budget is free enough for a courtesy. */
export async function showProgress(context: RepositoryContext, check: OpenCheck, change: Change, texts: CheckOutput) {
  const { client } = context
  const output = { ...texts, text: (check.running ?? check.newest)?.text ?? '' }
  const id = externalId(context, change)
  const make = async (): Promise<CheckRun | null> => {
    check.lost = id
    const made = await noting(context, check, () => client.createCheckRunIfFree(check.head, id, output))
    check.lost = null
    if (made === null) await noteAgain(context, check)
    return made
  }
  const shown = check.running ? await client.updateCheckRunIfFree(check.running.id, output) : await make()
  if (shown) await note(context, check, shown)
}

/**
 * Completes the check with the worst verdict over everything that has this head. A check belongs to a commit and not to
 * a pull request, so another one with the same head would borrow its green. Never `neutral`: GitHub lets neutral pass.
 * Null when there was something to write and it does not hold any more. `asked`: somebody wants a new run.
 */
export async function completeCheck(
  context: RepositoryContext,
  check: OpenCheck,
  decided: Decided[],
  { asked, stillHolds }: { asked: boolean; stillHolds: () => Promise<boolean> },
): Promise<CheckRun | null> {
  const sorted = decided.toSorted((a, b) => numberOf(a) - numberOf(b))
  const shown = sorted.find((known) => !passesAlone(known)) ?? sorted[0]
  if (!shown) return check.newest
  const record: HeadRecord = { ...emptyRecord, pulls: {} }
  for (const { reviewed, record: own } of sorted) {
    const { from } = reviewed.change
    if (from.kind === 'pull') record.pulls[String(from.pull.number)] = own
    else record.group = from.group
  }
  const conclusion = passesAlone(shown) ? 'success' : 'failure'
  const output = outputOf(shown, sorted, record)
  const { newest, running } = check
  const isSame = newest?.completed && newest.conclusion === conclusion && sameOutput(newest, output)
  if (isSame && !running && !asked) return newest
  if (!(await stillHolds())) return null
  return write(context, check, { status: 'completed', conclusion, output }, externalId(context, shown.reviewed.change))
}

/** Completes the check as failed with these texts. What is on record stays: nothing was judged. */
export async function failCheck(
  context: RepositoryContext,
  check: OpenCheck,
  change: Change,
  texts: { title: string; summary: string },
): Promise<void> {
  const { newest } = check
  // Says so already: each try would add another run.
  if (newest?.completed && isUnfinished(newest) && newest.title === texts.title && check.lost === null) return
  const record = readRecord((check.running ?? newest)?.text ?? '')
  const { from } = change
  const { block } = recordBlock(from.kind === 'group' ? { ...record, group: from.group } : record)
  const output = { ...texts, text: block }
  const id = `${unfinished} ${context.reference}`
  await write(context, check, { status: 'completed', conclusion: 'failure', output }, id)
}

/** Puts a failure over a green check that an override gave which has ended. */
export async function endGreenCheck(
  context: RepositoryContext,
  head: string,
  texts: { title: string; summary: string },
): Promise<void> {
  const newest = await knownRun(context, head)
  if (newest?.conclusion !== 'success') return
  const output = { ...texts, text: newest.text }
  const check: OpenCheck = { head, newest, running: null, lost: null }
  await write(context, check, { status: 'completed', conclusion: 'failure', output }, `ended ${context.reference}`)
}

/** The newest run of a commit that the app reviewed; asks GitHub where it is not sure that one was made. */
async function knownRun({ records, repository, client }: RepositoryContext, head: string): Promise<CheckRun | null> {
  const stored = await records.check(repository, head)
  if (stored?.id !== unknownRun.id) return stored
  const [found = null] = await client.checkRuns(head)
  return found
}

/** Adds a sentence to a completed check: its verdict stays. */
export async function noteInCheck(context: RepositoryContext, head: string, sentence: string): Promise<void> {
  const { records, repository, client } = context
  const run = await knownRun(context, head)
  if (!run?.completed || (run.conclusion !== 'success' && run.conclusion !== 'failure')) return
  if (run.summary.includes(sentence)) return
  const output = { title: run.title, summary: `${run.summary}\n\n${sentence}`, text: run.text }
  const changed = await client.updateCheckRun(run.id, { status: 'completed', conclusion: run.conclusion, output })
  await records.saveCheck(repository, head, changed)
}

/** The first word of the external id of a check that was completed without a verdict: another look may help. */
const unfinished = 'unfinished'

/** True of a check that was completed without a verdict. */
export function isUnfinished({ externalId: id }: CheckRun): boolean {
  return id.startsWith(unfinished)
}

async function write(context: RepositoryContext, check: OpenCheck, state: CheckState, id: string): Promise<CheckRun> {
  const { client } = context
  const { head, lost } = check
  const running = check.running ?? (lost === null ? null : await findRun(context, head, lost))
  check.lost = null
  if (running && !running.completed) {
    const run = await client.updateCheckRun(running.id, state)
    await note(context, check, run)
    return run
  }
  // The id names this run of the job: when the answer is lost, what was made is known by it.
  const create = () =>
    createOnce(
      () => findRun(context, head, id),
      () => client.createCheckRun(head, id, state),
    )
  const run = await noting(context, check, create)
  await note(context, check, run)
  return run
}

/** Marks a run that may exist: the next review asks GitHub instead of making another one. */
const unknownRun: CheckRun = {
  id: 0,
  app: '',
  completed: false,
  conclusion: null,
  url: null,
  externalId: '',
  title: '',
  summary: '',
  text: '',
}

/**
 * Makes a run, after it was noted that there may be one: the process can end and GitHub's answer can be lost between the
 * two. Only where GitHub refused it for sure the note before holds again.
 */
async function noting<T>(context: RepositoryContext, check: OpenCheck, make: () => Promise<T>): Promise<T> {
  const { records, repository } = context
  await records.saveCheck(repository, check.head, unknownRun)
  try {
    return await make()
  } catch (error) {
    const isLost = !(error instanceof GitHubError) || error.failure.kind === 'unavailable'
    if (!isLost) await noteAgain(context, check)
    throw error
  }
}

/** Notes the newest run that is known, since none was made. */
async function noteAgain({ records, repository }: RepositoryContext, { head, newest }: OpenCheck): Promise<void> {
  await (newest ? records.saveCheck(repository, head, newest) : records.forgetCheck(repository, head))
}

async function findRun({ client }: RepositoryContext, head: string, id: string): Promise<CheckRun | null> {
  return (await client.checkRuns(head)).find((known) => known.externalId === id) ?? null
}

async function note({ records, repository }: RepositoryContext, check: OpenCheck, run: CheckRun): Promise<void> {
  check.newest = run
  check.running = run.completed ? null : run
  await records.saveCheck(repository, check.head, run)
}

function outputOf(shown: Decided, all: Decided[], record: HeadRecord): CheckOutput {
  const { block, note: recordNote } = recordBlock(record)
  if (shown.report === null) {
    return { ...policyFailureTexts(shown.reviewed.problems, shown.reviewed.change.base), text: block }
  }
  const others = all.filter((known) => known !== shown).map(numberOf)
  const shared = others.length === 0 ? [] : [sharedHead(numberOf(shown), others)]
  const notes = [...shown.report.notes, ...shared, ...(recordNote ? [recordNote] : [])]
  const report: PullReport = { ...shown.report, notes }
  return { title: checkTitle(report), summary: checkSummary(report), text: checkText(report, block) }
}

function sharedHead(shown: number, others: number[]): string {
  const list = `pull request${others.length === 1 ? '' : 's'} ${others.join(', ')}`
  return `This commit is also the head of ${list}. A check belongs to a commit, so it has the worst verdict of them all; this text is about pull request ${shown}.`
}

function passesAlone({ report }: Decided): boolean {
  return report !== null && passes(report)
}

function numberOf({ reviewed }: Decided): number {
  const { from } = reviewed.change
  return from.kind === 'pull' ? from.pull.number : 0
}

function externalId({ reference }: RepositoryContext, { from }: Change): string {
  return `${from.kind === 'pull' ? `pull/${from.pull.number}` : 'merge-group'} ${reference}`
}

function sameOutput(run: CheckRun, output: CheckOutput): boolean {
  return run.title === output.title && run.summary === output.summary && run.text === (output.text ?? run.text)
}
