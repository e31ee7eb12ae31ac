import type { ShopNumbers } from './demo-numbers.ts'
import { showCheck, showComment, showFile, showMerge } from './github-view.ts'
import type { CheckRun, DemoGitHub, DemoLockcast, DemoRepository } from './support.ts'
import { type Terminal, table, wrapped } from './terminal.ts'

/** One pull request from its opening to its green check, in steps. */
interface Stage {
  terminal: Terminal
  github: DemoGitHub
  lockcast: DemoLockcast
  repository: DemoRepository
  /** Text by path of a folder of fixtures/demo. */
  files: (folder: 'dangerous' | 'another' | 'safe') => Record<string, string>
  stopping: AbortSignal
}

const label = 'lockcast:override'

/** Prints a step's number and what happens in it. */
export function heading(terminal: Terminal, number: number, title: string): void {
  terminal.print(`\n${terminal.paint(['bold', 'cyan'], String(number))}  ${terminal.paint('bold', title)}\n`)
}

export function say(terminal: Terminal, text: string): void {
  for (const line of wrapped(text, terminal.width, '   ')) terminal.print(line)
}

export function point(terminal: Terminal, text: string): void {
  for (const line of wrapped(text, terminal.width, '   • ', '     ')) terminal.print(line)
}

export function tellNumbers({ tables, nulls, warnings }: ShopNumbers, terminal: Terminal): void {
  const count = (value: number | null): string => (value === null ? 'unknown' : value.toLocaleString('en-US'))
  const rows = tables.map((tableNumbers) => [
    `   ${tableNumbers.table}`,
    count(tableNumbers.counted),
    terminal.paint('bold', count(tableNumbers.lockcast)),
    tableNumbers.heap,
    count(tableNumbers.liveOnPrimary),
    terminal.paint('red', count(tableNumbers.liveOnStandby)),
    '',
  ])
  const head = ['   table', 'count(*)', 'Lockcast says', 'heap', 'n_live_tup, primary', 'on the replica', '']
  const lines = table([head.map((cell) => terminal.paint('dim', cell)), ...rows], terminal.width, [1, 2, 3, 4, 5])
  for (const line of lines) terminal.print(line.trimEnd())
  terminal.print()
  say(
    terminal,
    'n_live_tup, which most tools ask for, is not replicated: on the standby every table looks empty. Lockcast takes the rows a page had at the last ANALYZE, which replicates, times the pages of today.',
  )
  if (nulls !== null) {
    say(terminal, `Nulls in orders.coupon_code: ${(nulls * 100).toFixed(1)} %, from the view in docs/replica.md.`)
  }
  for (const warning of warnings) say(terminal, `Lockcast warns: ${warning}`)
}

/** The dangerous pull request is opened; gives its number. */
export async function opened(stage: Stage): Promise<number> {
  const { terminal, repository, github, lockcast } = stage
  const files = stage.files('dangerous')
  const started = performance.now()
  const number = repository.openPullRequest({ files, title: 'Order search', author: 'dev', branch: 'order-search' })
  const run = await settledCheck(stage, number)
  const seconds = ((performance.now() - started) / 1_000).toFixed(1)
  const delivery = github.deliveries.findLast(({ event }) => event === 'pull_request')
  say(
    terminal,
    `GitHub sends the signed webhook pull_request.opened to ${lockcast.webhookUrl}: answered ${delivery?.status}. Check and comments were there ${seconds} s later.`,
  )
  terminal.print()
  showCheck(run, terminal, 'whole')
  terminal.print()
  showMerge(repository, number, terminal)
  terminal.print()
  for (const [path, text] of Object.entries(files)) showFile(path, text, repository.reviewComments(number), terminal)
  return number
}

export async function refused(stage: Stage, number: number): Promise<void> {
  const { terminal, repository } = stage
  const known = new Set(repository.comments(number).map(({ id }) => id))
  repository.addLabel(number, label, 'tom')
  await settledCheck(stage, number)
  for (const comment of repository.comments(number)) if (!known.has(comment.id)) showComment(comment, terminal)
  showMerge(repository, number, terminal)
}

export async function granted(stage: Stage, number: number): Promise<void> {
  const { terminal, repository } = stage
  repository.addLabel(number, label, 'mia')
  showCheck(await settledCheck(stage, number), terminal, 'headline')
  showMerge(repository, number, terminal)
}

export async function voided(stage: Stage, number: number): Promise<void> {
  const { terminal, repository } = stage
  const files = stage.files('another')
  const [comments, lines] = [repository.comments(number), repository.reviewComments(number)].map(
    (all) => new Set(all.map(({ id }) => id)),
  )
  repository.push(number, files, 'dev')
  const run = await settledCheck(stage, number)
  for (const comment of repository.comments(number)) if (!comments?.has(comment.id)) showComment(comment, terminal)
  showCheck(run, terminal, 'title')
  showMerge(repository, number, terminal)
  terminal.print()
  const fresh = repository.reviewComments(number).filter(({ id }) => !lines?.has(id))
  for (const [path, text] of Object.entries(files)) showFile(path, text, fresh, terminal)
}

export async function safe(stage: Stage, number: number): Promise<void> {
  const { terminal, repository } = stage
  const files = stage.files('safe')
  const gone = Object.keys({ ...stage.files('dangerous'), ...stage.files('another') }).filter(
    (path) => !(path in files),
  )
  repository.push(number, { ...files, ...Object.fromEntries(gone.map((path) => [path, null])) }, 'dev')
  const run = await settledCheck(stage, number)
  for (const [path, text] of Object.entries(files)) {
    showFile(path, text, repository.reviewComments(number), terminal)
    terminal.print()
  }
  showCheck(run, terminal, 'whole')
  terminal.print()
  showMerge(repository, number, terminal)
}

/** Everything has arrived when the check is completed and no job is left: comments may come after the check. */
async function settledCheck({ repository, lockcast, stopping }: Stage, number: number): Promise<CheckRun> {
  await lockcast.settled()
  stopping.throwIfAborted()
  return repository.completedCheck(number)
}
