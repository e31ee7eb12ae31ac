import type { Policy } from '../policy/policy.ts'
import type { Review } from '../review/result.ts'
import { readMigrations } from '../runners/read-migrations.ts'
import type { Migration, Project, SourceFile } from '../runners/runner.ts'
import { fixFile } from './fix-file.ts'
import type { FixedFile } from './fixed.ts'
import type { FileChange } from './piece.ts'

export interface Fix {
  /** Changes of the working tree, in the order of the files. */
  changes: FileChange[]
  /** Files for which the policy has to say `transaction: none`. */
  withoutTransaction: string[]
  /** Files that stay as they are although they have a plan, and why: a clause. */
  left: { path: string; reason: string }[]
  /** Lasting differences and what is left to a person, in sentences. */
  says: string[]
  /** The review of the files as they are then. */
  after: Review
}

/** More rounds than a plan whose rest has a plan needs. */
const mostRounds = 4

/**
 * Writes the plans of the reviewed files. What is left of a file is reviewed again, until nothing changes: so a second run
 * changes nothing. A file whose plan would not run as written stays as it is. Pure: nothing is written.
 *
 * @param mayEdit why a file must stay as it is, as a clause; null where it may change
 */
export function fix(
  files: SourceFile[],
  project: Project,
  policy: Policy,
  reviewed: (migrations: Migration[], policy: Policy) => Review,
  mayEdit: (path: string) => string | null,
): Fix {
  let state: State = { files, project, policy, changes: new Map(), says: [], withoutTransaction: [] }
  const left = new Map<string, string>()
  let after = reviewed(readMigrations(files, project, policy), policy)
  for (let round = 0; round < mostRounds; round++) {
    let isChanged = false
    for (const { path, text } of state.files) {
      if (text === null || left.has(path)) continue
      const migrations = readMigrations(state.files, state.project, state.policy)
      const own = migrations.filter((migration) => migration.path === path && migration.unreadable === null)
      const fixed = fixFile({ path, text }, own, after, state.project, state.policy)
      if (fixed.kind === 'nothing') continue
      const refused = fixed.kind === 'problem' ? fixed.reason : refusalOf(fixed, state, mayEdit)
      if (refused !== null || fixed.kind === 'problem') {
        left.set(path, refused ?? '')
        continue
      }
      const next = withFix(state, path, fixed)
      const then = reviewed(readMigrations(next.files, next.project, next.policy), next.policy)
      const failure = newFailure(after, then, fixed.migrations)
      if (failure !== null) {
        left.set(path, `its plan does not run as it would be written: ${failure}`)
        continue
      }
      state = next
      after = then
      isChanged = true
    }
    if (!isChanged) break
  }
  return {
    changes: [...state.changes.values()].filter(({ before, text }) => before !== text),
    withoutTransaction: state.withoutTransaction,
    left: [...left].map(([path, reason]) => ({ path, reason })),
    says: [...new Set(state.says)],
    after,
  }
}

interface State {
  files: SourceFile[]
  project: Project
  policy: Policy
  changes: Map<string, FileChange>
  says: string[]
  withoutTransaction: string[]
}

type Written = Extract<FixedFile, { kind: 'fix' }>

function refusalOf({ changes }: Written, state: State, mayEdit: (path: string) => string | null): string | null {
  for (const { path, before } of changes) {
    const known = state.changes.get(path)
    // An earlier step of this run may have made the file.
    if (known && known.before === null) continue
    if (before === null && state.project.paths.has(path)) return `${path} exists already`
    const reason = before === null ? null : mayEdit(path)
    if (reason !== null) return reason
  }
  return null
}

function withFix(state: State, path: string, fixed: Written): State {
  const changes = new Map(state.changes)
  for (const change of fixed.changes) {
    const first = changes.get(change.path)
    changes.set(change.path, first ? { ...change, before: first.before } : change)
  }
  const texts = new Map(fixed.changes.map((change) => [change.path, change.text]))
  const paths = new Set(state.project.paths)
  for (const [name, text] of texts) {
    if (text === null) paths.delete(name)
    else paths.add(name)
  }
  const project: Project = {
    paths,
    text: (name) => (texts.has(name) ? (texts.get(name) ?? null) : state.project.text(name)),
  }
  const kept = state.files.filter((file) => file.path !== path)
  const made = fixed.migrations.map((name) => ({ path: name, text: texts.get(name) ?? null, problem: null }))
  const entries = fixed.withoutTransaction.map((paths) => ({ paths, transaction: 'none' as const }))
  return {
    files: [...kept, ...made],
    project,
    policy: { ...state.policy, migrations: [...entries, ...state.policy.migrations] },
    changes,
    says: [...state.says, ...fixed.says],
    withoutTransaction: [...state.withoutTransaction, ...fixed.withoutTransaction],
  }
}

/** A statement of the written files that fails, where nothing failed before. */
function newFailure(before: Review, after: Review, written: string[]): string | null {
  const told = new Set(failuresOf(before).map(({ message }) => message))
  const found = failuresOf(after).find(({ path, message }) => written.includes(path) && !told.has(message))
  return found ? `${found.message} (${found.sql})` : null
}

function failuresOf({ files }: Review): { path: string; message: string; sql: string }[] {
  return files.flatMap(({ path, statements }) =>
    statements.flatMap(({ fails, sql }) => (fails ? [{ path, message: fails.message, sql: sql ?? '' }] : [])),
  )
}
