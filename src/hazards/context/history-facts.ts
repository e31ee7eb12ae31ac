import { runnerNamed } from '../../runners/detection.ts'
import type { AppliedRules, Migration, Project } from '../../runners/runner.ts'
import type { ReviewContext, Step } from './review-context.ts'

/** The base branch's migrations and how this change edits them. */
export interface HistoryFacts {
  /** Migration files of the base branch that this change edits, renames or removes. */
  changed: AppliedChange[]
  /** Paths of the base branch's migrations as it is now, in the order in which they run. */
  merged: string[]
  /** The repository with this change, for orders that a file of it says (a plan, a journal); null when it is not known. */
  project: Project | null
  /** The base branch's migrations; null while nothing asked for them. */
  migrations: Migration[] | null
}

export interface AppliedChange {
  path: string
  how: 'edited' | 'renamed' | 'removed'
  /** The new path of a renamed file. */
  to: string | null
  /** The file as it is on the base branch. */
  before: Migration[]
}

/** The tool's rules for changes to applied files; null for a runner that is not known. */
export function rulesOf({ runner }: Migration): AppliedRules | null {
  return runnerNamed(runner)?.applied ?? null
}

/** True for a file that is merged already and edited or renamed here: its objects may already exist. */
export function isApplied(context: ReviewContext, path: string): boolean {
  return context.history?.changed.some((appliedChange) => (appliedChange.to ?? appliedChange.path) === path) ?? false
}

/** The first changed statement of an edited file, or the first one; null where nothing but comments changed. */
export function changedStep({ before }: AppliedChange, steps: Step[]): Step | null {
  const old = before.flatMap((migration) =>
    migration.direction === 'up' ? migration.statements.map(({ sql }) => sql) : [],
  )
  const now = steps.map(({ statement }) => statement.sql)
  if (now.join('\n;\n') === old.join('\n;\n')) return null
  return steps.find(({ statement }) => !old.includes(statement.sql)) ?? steps[0] ?? null
}

/** A place for a finding without a statement in the change: a removed or empty file. */
export function placeOf(path: string, before: Migration): Step {
  const [first] = before.statements
  return {
    migration: { ...before, path },
    statement: {
      line: 1,
      column: 1,
      endLine: 1,
      sql: first?.sql ?? '',
      source: first?.source ?? '',
      when: 'always',
      message: null,
      kind: 'external',
      leading: '',
      trailing: '',
      start: 0,
      end: 0,
      node: null,
      error: null,
      unread: '',
    },
    analysis: { effects: [], changes: [], subcommands: [], fails: null, unknown: null },
    effects: [],
    transaction: null,
    lockTimeoutMs: null,
    statementTimeoutMs: null,
    timeZone: null,
    pending: null,
    refuses: null,
    hasPlaceholder: false,
    plan: null,
    settings: [],
  }
}
