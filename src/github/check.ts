import { inProgressTexts } from '../report/github-texts.ts'
import { createOnce } from './calls.ts'
import type { KeyedLock } from './keyed-lock.ts'
import type { CheckOutput, CheckRun, RepositoryClient } from './port.ts'
import { type HeadRecord, type PullRecord, readRecord } from './record.ts'

/**
 * The app's check run on a head: one for each SHA, made in progress, used again by later runs. A check belongs to a
 * commit and not to a pull request, so two pull requests with one head share it, and their jobs take turns.
 */
export async function openCheck(
  client: RepositoryClient,
  lock: KeyedLock,
  sha: string,
  number: number,
): Promise<CheckRun> {
  return lock.run(sha, async () => {
    const find = async () => (await client.checkRuns(sha))[0] ?? null
    const existing = await find()
    return existing ?? (await createOnce(find, () => client.createCheckRun(sha, externalId(number), inProgressTexts)))
  })
}

/** What one pull request contributes to the check of its head. */
export interface CheckVerdict {
  number: number
  passes: boolean
  record: PullRecord | null
  /** The texts, given the record to hide and the other pull requests with this head that fail. */
  output(record: HeadRecord, failing: number[]): CheckOutput
}

/**
 * Completes the check with the worst verdict over the open pull requests with this head. Never `neutral`: GitHub lets
 * neutral pass.
 */
export async function completeCheck(
  client: RepositoryClient,
  lock: KeyedLock,
  sha: string,
  run: CheckRun,
  verdict: CheckVerdict,
): Promise<CheckRun> {
  return lock.run(sha, async () => {
    // Another pull request with this head may have written since.
    const current = (await client.checkRuns(sha)).find((known) => known.id === run.id) ?? run
    const record = readRecord(current.text)
    delete record.pulls[String(verdict.number)]
    const failing = await othersFailing(client, record, sha)
    if (verdict.record) record.pulls[String(verdict.number)] = verdict.record
    const conclusion = verdict.passes && failing.length === 0 ? 'success' : 'failure'
    const output = verdict.output(record, failing)
    if (current.completed && current.conclusion === conclusion && sameOutput(current, output)) return current
    return client.updateCheckRun(run.id, {
      status: 'completed',
      conclusion,
      externalId: externalId(verdict.number),
      output,
    })
  })
}

/** Pull requests on record that are open with this head and fail; the record forgets those that are not. */
async function othersFailing(client: RepositoryClient, record: HeadRecord, sha: string): Promise<number[]> {
  const failing: number[] = []
  for (const number of Object.keys(record.pulls).map(Number)) {
    const other = await client.pullRequest(number)
    if (!other.open || other.head.sha !== sha) delete record.pulls[String(number)]
    else if (record.pulls[String(number)]?.verdict === 'fail') failing.push(number)
  }
  return failing
}

function externalId(number: number): string {
  return `pull/${number}`
}

function sameOutput(run: CheckRun, output: CheckOutput): boolean {
  return run.title === output.title && run.summary === output.summary && run.text === (output.text ?? run.text)
}
