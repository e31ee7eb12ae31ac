import type { Policy } from '../../src/policy/policy.ts'
import type { Finding, Plan, PlanStep } from '../../src/review/result.ts'
import { readMigrations } from '../../src/runners/read-migrations.ts'
import type { Migration } from '../../src/runners/runner.ts'

/** The steps of a plan as files of plain SQL: one for each number, outside any transaction where a step asks for that. */
export function alternativeMigrations(steps: PlanStep[], policy: Policy): Migration[] {
  const numbered = steps.map((step, at) => ({ step, at })).filter(({ step }) => step.sql !== null)
  const files = Map.groupBy(
    numbered,
    ({ step, at }) => `alternative/${String(firstOf(steps, step, at)).padStart(3, '0')}.sql`,
  )
  const sources = [...files].map(([path, some]) => ({
    path,
    text: some.map(({ step }) => step.sql).join('\n'),
    problem: null,
  }))
  const migrations = [...files].map(([paths, some]) => ({
    paths,
    transaction: some.some(({ step }) => step.transaction === 'none') ? ('none' as const) : ('file' as const),
  }))
  const project = { paths: new Set(files.keys()), text: () => null }
  return readMigrations(sources, project, { ...policy, runner: 'plain', migrations })
}

/** Where the step's file begins among the steps; a step of no file is one by itself. */
function firstOf(steps: PlanStep[], { file }: PlanStep, at: number): number {
  return file === null ? at : steps.findIndex((step) => step.file === file)
}

/** What the change does before the plan of a finding, in its files as they are. */
export function before({ path, line, alternative }: Finding, migrations: Migration[]): Migration[] {
  const first = Math.min(line, ...(alternative?.covers ?? []))
  const at = migrations.findIndex((migration) => migration.path === path)
  const own = migrations[at]
  if (!own) return []
  const statements = own.statements.filter((statement) => statement.line < first && statement.error === null)
  return [...migrations.slice(0, at), { ...own, statements }]
}

/** A plan of these steps, each a migration unless it says otherwise. */
export function planOf(
  summary: string,
  steps: (Partial<PlanStep> & Pick<PlanStep, 'sql' | 'transaction' | 'file'>)[],
  covers = [2],
): Plan {
  return {
    id: `plan-${summary}`,
    summary,
    covers,
    changes: [],
    proved: null,
    steps: steps.map((step) => ({
      kind: 'migration',
      text: null,
      code: null,
      locks: [],
      lowMs: null,
      highMs: null,
      undo: null,
      ...step,
    })),
  }
}
