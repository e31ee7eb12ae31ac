import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { createTwoFilesPatch } from 'diff'
import { parseDocument } from 'yaml'
import { type Fix, fix } from '../fix/fix.ts'
import type { FileChange } from '../fix/piece.ts'
import { prepareLanguages } from '../languages/prepare-languages.ts'
import { type Policy, policyPath } from '../policy/policy.ts'
import { visible } from '../report/hostile.ts'
import type { Facts } from '../review/facts.ts'
import { reviewCore } from '../review/gather-and-review.ts'
import type { Review } from '../review/result.ts'
import { review } from '../review/review.ts'
import { loadParser } from '../sql/parse.ts'
import { catalogSource } from './catalog-source.ts'
import { UsageError } from './errors.ts'
import { collect, filesUnder, projectOf } from './files.ts'
import { gitBase, uncommitted } from './git.ts'
import { readNamed } from './named-file.ts'
import { exitCode, policyFor, type ReviewOptions, reviewOf } from './review-command.ts'

interface FixOptions extends Omit<ReviewOptions, 'format'> {
  /** Print the changes as a diff, write nothing. */
  dryRun?: boolean
  /** Also over changes that are not committed. */
  force?: boolean
}

/** `lockcast fix`: writes the plans of the named files. Gives the exit code of the review of what it leaves. */
export async function fixCommand(paths: string[], options: FixOptions): Promise<number> {
  await loadParser()
  const policy = policyFor(options)
  if (paths.length === 0) throw new UsageError('say which files to fix')
  const collected = collect(paths, policy)
  await prepareLanguages(collected.files.map(({ path }) => path))
  const project = projectOf(
    new Set([...collected.project.paths, ...collected.files.flatMap(({ path }) => around(path))]),
  )
  const facts = await factsOf(paths, options, policy)
  const inBase = options.base === undefined ? null : new Set(gitBase(options.base).paths)
  const fixed = fix(
    collected.files,
    project,
    policy,
    (migrations, now) => review(migrations, facts, now),
    (path) => (inBase?.has(path) ? `${options.base} has it already: what has run must not change` : null),
  )
  const changes = [...fixed.changes, ...policyChange(fixed.withoutTransaction, options.config)]
  if (options.dryRun) process.stdout.write(changes.map(patchOf).join(''))
  else write(changes, options.force ?? false)
  report(fixed, changes, options.dryRun ?? false)
  return exitCode(fixed.after)
}

/** The facts that the review of the same files goes by. */
async function factsOf(paths: string[], options: FixOptions, policy: Policy): Promise<Facts> {
  const { base: _, ...rest } = options
  const seen: Facts[] = []
  const kept = reviewCore.review
  await reviewOf(
    paths,
    rest,
    policy,
    { catalog: catalogSource(options, policy), activity: null },
    {
      ...reviewCore,
      review: (migrations, facts, used): Review => {
        seen.push(facts)
        return kept(migrations, facts, used)
      },
    },
  )
  const facts = seen.at(-1)
  if (!facts) throw new UsageError('no migration among these files')
  return facts
}

/** Files beside and around one, by which its tool and the next free number are known. */
function around(path: string): string[] {
  const folder = dirname(path)
  return [folder, dirname(folder)].flatMap((where) => (where === '.' || where === '/' ? [] : filesUnder(where)))
}

function write(changes: FileChange[], force: boolean): void {
  const edited = changes.flatMap(({ path, before }) => (before === null ? [] : [path]))
  const open = force ? [] : uncommitted(edited)
  if (open.length > 0)
    throw new UsageError(
      `${open.join(', ')}: has changes that are not committed; commit them first, or overwrite them with --force (--dry-run shows what would change)`,
    )
  for (const { path, before } of changes)
    if (before === null && existsSync(path)) throw new UsageError(`${path}: exists already; move it away first`)
  for (const { path, text } of changes) {
    if (text === null) {
      rmSync(path)
      continue
    }
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
}

function patchOf({ path, before, text }: FileChange): string {
  const [from, to] = [before === null ? '/dev/null' : `a/${path}`, text === null ? '/dev/null' : `b/${path}`]
  const patch = createTwoFilesPatch(from, to, before ?? '', text ?? '', '', '', { context: 3 })
  // Without the line of signs that `diff` puts above.
  return visibleLines(patch.replace(/^=+\n/, ''))
}

/** A file may hold escape sequences: none reaches the terminal. */
function visibleLines(text: string): string {
  return text
    .split('\n')
    .map((line) => visible(line))
    .join('\n')
}

function report({ left, says, after }: Fix, changes: FileChange[], dryRun: boolean): void {
  const lines = [
    ...(dryRun
      ? []
      : changes.map(
          ({ path, before, text }) => `${text === null ? 'removed' : before === null ? 'wrote  ' : 'edited '} ${path}`,
        )),
    ...left.map(({ path, reason }) => `left    ${path}: ${reason}`),
    ...says,
    ...(changes.length === 0 && left.length === 0
      ? ['Nothing to write: no statement has a plan that changes a file.']
      : []),
    ...after.findings
      .filter(({ severity, direction }) => direction === 'up' && severity !== 'low')
      .map(({ path, line, severity, message }) => `remains ${path}:${line} ${severity}: ${message}`),
  ]
  const text = lines.map((line) => `${visible(line)}\n`).join('')
  if (dryRun) process.stderr.write(text)
  else process.stdout.write(text)
}

/** The policy with an entry for each file that plain SQL runs without a transaction. */
function policyChange(paths: string[], config: string | undefined): FileChange[] {
  if (paths.length === 0) return []
  const path = config ?? policyPath
  const before = existsSync(path) ? readNamed(path) : null
  const document = parseDocument(before ?? '')
  const entries = paths.map((name) => ({ paths: name, transaction: 'none' }))
  const known = document.toJS() as { migrations?: unknown[] } | null
  if (known?.migrations === undefined) document.set('migrations', document.createNode(entries))
  else
    for (const [at, entry] of entries.entries()) {
      // The first entry that fits a path counts.
      ;(document.get('migrations') as { items: unknown[] }).items.splice(at, 0, document.createNode(entry))
    }
  return [{ path, before, text: document.toString() }]
}
