import type { Policy } from '../policy/policy.ts'
import type { Review } from '../review/result.ts'
import { entryOf, runnerNamed } from '../runners/detection.ts'
import type { Migration, Project, SqlFile } from '../runners/runner.ts'
import { baseName, folderOf } from '../runners/sql-file.ts'
import { bodyOf, commentOf } from './file-texts.ts'
import { besideFolder, type FixedFile } from './fixed.ts'
import { liquibaseChanges } from './liquibase.ts'
import { compareVersions, versionsAfter } from './numbering.ts'
import type { ByHand, FileChange, Piece } from './piece.ts'
import { piecesOf } from './pieces.ts'
import { isInterrupted, spanOf } from './source-parts.ts'
import { sqlToolOf } from './tools/all-tools.ts'
import type { MadeFile, SqlTool, VersionedPath } from './tools/sql-tool.ts'

/** Writes the plans of one file into it and into new files behind it. */
export function fixFile(
  file: SqlFile,
  migrations: Migration[],
  review: Review,
  project: Project,
  policy: Policy,
): FixedFile {
  const up = migrations.filter(({ direction }) => direction === 'up')
  const [migration] = up
  if (!migration) return { kind: 'nothing' }
  const { runner } = migration
  if (runner === 'liquibase-sql') return liquibaseChanges(file, up, review)
  const tool = sqlToolOf(runner)
  if (tool === null) {
    const title = runnerNamed(runner)?.title ?? runner
    const planned = review.findings.some(({ path, alternative }) => path === file.path && alternative?.steps.length)
    return planned ? { kind: 'problem', reason: `Lockcast writes no files of ${title} yet` } : { kind: 'nothing' }
  }
  const parted = piecesOf(up, file.text, review, tool)
  if (parted.kind !== 'pieces') return parted
  if (up.some((some) => isInterrupted(some, file.text)))
    return { kind: 'problem', reason: 'its parts to do and to undo alternate' }
  const writer = new Writer(file, up, tool, project, policy)
  const written = writer.write(parted.pieces, parted.byHand)
  return written.kind === 'fix'
    ? { ...written, says: [...parted.changes.map((text) => `Changes for good: ${text}`), ...written.says] }
    : written
}

class Writer {
  readonly #file: SqlFile
  readonly #up: Migration[]
  readonly #tool: SqlTool
  readonly #project: Project
  readonly #policy: Policy

  constructor(file: SqlFile, up: Migration[], tool: SqlTool, project: Project, policy: Policy) {
    this.#file = file
    this.#up = up
    this.#tool = tool
    this.#project = project
    this.#policy = policy
  }

  write(pieces: Piece[], byHand: ByHand[]): FixedFile {
    const { path } = this.#file
    const tool = this.#tool
    const now = pieces.filter(({ later }) => !later)
    const waiting = pieces.filter(({ later }) => later)
    const [first, ...others] = now
    if (!first)
      return {
        kind: 'problem',
        reason: `nothing of its plan is left for a file; by hand: ${byHand.flatMap(({ sql }) => sql).join(' ')}`,
      }
    const refused = tool.onlyOne?.(path)
    if (refused) return { kind: 'problem', reason: refused }
    const name = tool.name(path, this.#project)
    if (name === null && others.length + waiting.length > 0)
      return { kind: 'problem', reason: 'its name has no form that a second file could follow' }
    const isSingle = tool.onlyOne !== undefined
    const numbered = isSingle ? [] : this.#paths(name, [...others, ...waiting])
    if (numbered === null) return { kind: 'problem', reason: this.#noRoom(others.length + waiting.length) }
    const held = isSingle ? [...others, ...waiting] : waiting
    const following = isSingle ? [] : others
    const originalPath =
      first.mode === 'outside' && tool.outsidePath && !this.#isOutside() ? tool.outsidePath(path) : path
    const made: MadeFile[] = [
      this.#madeFile(originalPath, this.#edited(first), first),
      ...following.map((piece, i) =>
        this.#madeFile(this.#named(numbered[i] ?? '', piece), this.#newText(piece), piece),
      ),
    ]
    const beside = tool.beside?.(made, this.#file, this.#project) ?? []
    if (!Array.isArray(beside)) return { kind: 'problem', reason: beside.problem }
    const stem = stemOf(path)
    const scripts = byHand.map(
      (script, i): FileChange => ({
        path: `${besideFolder}/${stem}${byHand.length > 1 ? `-${i + 1}` : ''}.psql`,
        before: null,
        text: `${commentOf([`Run with psql, outside any transaction: ${path} needs it.`, ...script.notes])}${script.sql.join('\n')}\n`,
      }),
    )
    const later = held.map(
      (piece, i): FileChange => ({
        path: `${besideFolder}/later/${flat(isSingle ? `${stem}-${i + 2}.sql` : (numbered[following.length + i] ?? ''))}`,
        before: null,
        text: `${commentOf([`Wait with this file: merge and deploy what comes before it first, then move it to ${folderOf(path) || 'its folder'} under the next free number.`])}${this.#newText(piece)}`,
      }),
    )
    const outside = made.filter(({ mode }) => mode === 'outside').map((some) => some.path)
    return {
      kind: 'fix',
      changes: [
        ...made.map(
          ({ path: to, text }, i): FileChange => ({
            path: to,
            before: i === 0 && to === path ? this.#file.text : null,
            text,
          }),
        ),
        ...this.#moved(originalPath),
        ...following.flatMap((_, i) => this.#downFile(made[i + 1]?.path ?? '')),
        ...beside.filter(({ path: to }) => this.#project.text(to) === null || !/metadata\.toml$|\.conf$/.test(to)),
        ...scripts,
        ...later,
      ],
      migrations: made.map((some) => some.path),
      withoutTransaction: tool.runners.includes('plain')
        ? outside.filter((to) => entryOf(to, this.#policy)?.transaction !== 'none')
        : [],
      says: [
        ...scripts.map(({ path: to }) => `Run ${to} with psql before this is deployed.`),
        ...later.map(
          ({ path: to }) =>
            `${to} waits: move it to ${folderOf(path) || 'its folder'} when what comes before it is deployed.`,
        ),
      ],
    }
  }

  #madeFile(path: string, text: string, { mode, statements }: Piece): MadeFile {
    return { path, text, mode, statements: statements.map(({ sql }) => sql) }
  }

  /** The original with the first piece in the place of its statements. */
  #edited(piece: Piece): string {
    const { text } = this.#file
    const tool = this.#tool
    const spans = this.#up.map((migration) => spanOf(migration, text, tool.directive)).filter(({ to }) => to > 0)
    const from = Math.min(...spans.map((span) => span.from))
    const to = Math.max(...spans.map((span) => span.to))
    const isAutocommit = this.#up.every(({ wrapping }) => wrapping === 'autocommit')
    const body = bodyOf(piece, tool, text, isAutocommit)
    const lead = /^\s*/.exec(text.slice(from, to))?.[0] ?? ''
    const edited = `${text.slice(0, from)}${lead}${body}${text.slice(to)}`
    const marked = piece.mode === 'outside' && !this.#isOutside() ? tool.markOutside(edited) : edited
    return withBreaksOf(marked, text)
  }

  #newText(piece: Piece): string {
    const tool = this.#tool
    const { text } = this.#file
    const ownTransaction =
      tool.ownTransaction === true || (tool.runners.includes('plain') && this.#up[0]?.wrapping === 'autocommit')
    const hasFoot = tool.foot !== '' && text.includes(tool.foot.trim().slice(0, 14))
    const foot = hasFoot ? `${tool.foot}${commentOf([this.#undoneBy()])}` : ''
    return withBreaksOf(`${tool.head(piece.mode)}${bodyOf(piece, tool, text, ownTransaction)}\n${foot}`, text)
  }

  #undoneBy(): string {
    return `Nothing to undo here: the way back of ${baseName(this.#file.path)} undoes all of it.`
  }

  #isOutside(): boolean {
    return this.#up.every(
      ({ wrapping, statements }) =>
        wrapping === 'autocommit' ||
        (wrapping === 'implicit' && (statements.length === 1 || this.#tool.head('outside') !== '')),
    )
  }

  /** Where the name says the transaction, the file moves, and its way back with it. */
  #moved(to: string): FileChange[] {
    const { path } = this.#file
    if (to === path) return []
    return [{ path, before: this.#file.text, text: null }]
  }

  /** A file to undo for each file to do, where the original has one. */
  #downFile(path: string): FileChange[] {
    const { downPath } = this.#tool
    const original = downPath?.(this.#file.path) ?? null
    const own = downPath?.(path) ?? null
    if (original === null || own === null || !this.#project.paths.has(original)) return []
    return [{ path: own, before: null, text: commentOf([this.#undoneBy()]) }]
  }

  #named(path: string, { mode }: Piece): string {
    return mode === 'outside' ? (this.#tool.outsidePath?.(path) ?? path) : path.replace('.autocommit.', '.')
  }

  /** Paths of new files that the tool runs right behind this one; null where there is no room. */
  #paths(name: VersionedPath | null, pieces: Piece[]): string[] | null {
    if (name === null || pieces.length === 0) return []
    const { before, version, after } = name
    const suffixed = (i: number): string => suffixedName(after, i + 2)
    if (version === null) {
      const found: string[] = []
      for (let number = 2; found.length < pieces.length; number++) {
        const path = `${before}${suffixedName(after, number)}`
        if (!this.#project.paths.has(path)) found.push(path)
      }
      return found
    }
    const next = this.#nextVersion(name)
    const versions =
      versionsAfter(version, next, pieces.length) ??
      (this.#tool.fraction === undefined
        ? null
        : versionsAfter(`${version}${this.#tool.fraction}0`, next, pieces.length))
    return versions?.map((number, i) => `${before}${number}${suffixed(i)}`) ?? null
  }

  /** The smallest version beside it that is greater. */
  #nextVersion(name: VersionedPath): string | null {
    let next: string | null = null
    for (const path of this.#project.paths) {
      const other = path === this.#file.path ? null : this.#tool.name(path, this.#project)
      if (!other?.version || folderOf(other.before) !== folderOf(name.before)) continue
      if (compareVersions(other.version, name.version ?? '') <= 0) continue
      if (next === null || compareVersions(other.version, next) < 0) next = other.version
    }
    return next
  }

  #noRoom(count: number): string {
    return `there is no free number for ${count === 1 ? 'one file' : `${count} files`} behind it: give the files after it later numbers first`
  }
}

/** `_x.up.sql` is `_x_2.up.sql`, `_x/migration.sql` is `_x_2/migration.sql`, `.do.x.sql` is `.do.x_2.sql`. */
function suffixedName(after: string, number: number): string {
  if (after.includes('/') && /\/(migration|up)\.sql$/.test(after))
    return after.replace(/(\/(?:migration|up)\.sql)$/, `_${number}$1`)
  if (/^\.do\.[^.]+\.sql$/.test(after)) return after.replace(/\.sql$/, `_${number}.sql`)
  return after.replace(/^([^./]*(?:\/[^./]*)*)/, after.startsWith('.') ? '$1' : `$1_${number}`)
}

/** A name for scripts: `V2__x`, or the folder's where the file is named as all are. */
function stemOf(path: string): string {
  const file = baseName(path).replace(/\.\w+$/, '')
  return /^(?:migration|up)$/.test(file) ? baseName(folderOf(path)) : file.replace(/\.up$/, '')
}

/** A path as the name of one file that no tool takes for its own. */
function flat(path: string): string {
  const file = baseName(path)
  return `${/^(?:migration|up)\.sql$/.test(file) ? `${baseName(folderOf(path))}.sql` : file}.later`
}

function withBreaksOf(text: string, original: string): string {
  return original.includes('\r\n') ? text.replace(/\r?\n/g, '\r\n') : text
}
