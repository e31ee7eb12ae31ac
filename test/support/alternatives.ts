import type { Policy } from '../../src/policy/policy.ts'
import type { AlternativeStep, Finding } from '../../src/review/result.ts'
import { readMigrations } from '../../src/runners/read-migrations.ts'
import type { Migration } from '../../src/runners/runner.ts'

/** The steps of an alternative as files of plain SQL: one for each number, outside any transaction where a step asks for that. */
export function alternativeMigrations(steps: AlternativeStep[], policy: Policy): Migration[] {
  const files = Map.groupBy(steps, ({ file }) => `alternative/${String(file).padStart(3, '0')}.sql`)
  const sources = [...files].map(([path, some]) => ({
    path,
    text: some.map(({ sql }) => sql).join('\n'),
    problem: null,
  }))
  const migrations = [...files].map(([paths, some]) => ({
    paths,
    transaction: some.some(({ transaction }) => transaction === 'none') ? ('none' as const) : ('file' as const),
  }))
  const project = { paths: new Set(files.keys()), text: () => null }
  return readMigrations(sources, project, { ...policy, runner: 'plain', migrations })
}

/** Their alternatives begin with what the transaction did before the finding. */
const withWhatStandsBefore = new Set(['enum-value-used-too-soon'])

/** Their alternatives come on top of the statement. */
const behindTheStatement = new Set(['foreign-key-without-index', 'analyze-after'])

/** What the change does before its alternative, in its files as they are. */
export function before({ hazard, path, line }: Finding, migrations: Migration[]): Migration[] {
  const last = behindTheStatement.has(hazard) ? line : line - 1
  const at = migrations.findIndex((migration) => migration.path === path)
  const own = migrations[at]
  if (!own) return []
  if (withWhatStandsBefore.has(hazard)) return migrations.slice(0, at)
  const statements = own.statements.filter((statement) => statement.line <= last && statement.error === null)
  return [...migrations.slice(0, at), { ...own, statements }]
}
