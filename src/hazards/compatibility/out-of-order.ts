import { runnerNamed } from '../../runners/detection.ts'
import { baseName, folderOf } from '../../runners/sql-file.ts'
import { placeOf, rulesOf } from '../context/history-facts.ts'
import type { ReviewContext, Step } from '../context/review-context.ts'
import { defineHazard } from '../hazard.ts'
import type { Severity } from '../severity.ts'

const added = (table: string): string => `CREATE TABLE ${table} (id bigint PRIMARY KEY);\n`

export const hazard = defineHazard({
  id: 'out-of-order',
  group: 'compatibility',
  title: 'A new migration sorts before one that is merged already',
  page: {
    what: 'The file has a lower version than a merged one, or the same. Flyway and goose then stop; golang-migrate and Drizzle never run it where the later one has run; others run it late.',
    why: 'The deployment stops, or the change silently never reaches production, though a new database has it.',
    instead: 'Give the file a version after the newest merged one.',
    harmless:
      'Where the tool runs late files, only the order differs between old and new databases: the finding is low. Repeatable files have no place in the order.',
  },
  facts: ['history'],
  sqlstates: [],
  source:
    'The tools’ own rules: Flyway’s outOfOrder is off by default, goose’s allow-missing too; golang-migrate reads on from its one version (Migrate.Up); Drizzle compares with the last created_at (PgDialect.migrate).',
  detect: (context) =>
    firstSteps(context).flatMap((step) => {
      const late = lateness(step, context)
      return late ? [{ step, severity: late.severity, relation: null, rows: null, late }] : []
    }),
  describe: ({ late }) => ({
    message: late.message,
    why: `${late.why}.`,
    alternative: { summary: 'Give it a version after the newest merged one.', steps: [] },
  }),
  examples: {
    bad: [
      {
        title: 'Flyway, a version below the newest',
        before: added('a') + added('c'),
        base: { 'V1__a.sql': added('a'), 'V3__c.sql': added('c') },
        migration: { 'V2__b.sql': added('b') },
        runner: 'flyway',
        seen: 'runs',
      },
      {
        title: 'golang-migrate, the version of another file',
        before: added('a'),
        base: { '000001_a.up.sql': added('a') },
        migration: { '000001_b.up.sql': added('b') },
        runner: 'golang-migrate',
        seen: 'runs',
      },
    ],
    good: [
      {
        title: 'the next version',
        before: added('a'),
        base: { 'V9__a.sql': added('a') },
        migration: { 'V10__b.sql': added('b') },
        runner: 'flyway',
      },
      {
        title: 'a repeatable file',
        before: added('a'),
        base: { 'V9__a.sql': added('a') },
        migration: { 'R__all.sql': 'CREATE VIEW everything AS SELECT id FROM a;' },
        runner: 'flyway',
      },
    ],
  },
})

interface Late {
  severity: Severity
  message: string
  why: string
}

/** One step for each new file. */
function firstSteps({ steps, history }: ReviewContext): Step[] {
  const known = new Set([
    ...(history?.merged ?? []),
    ...(history?.changed ?? []).flatMap(({ path, to }) => [path, ...(to === null ? [] : [to])]),
  ])
  const first = new Map<string, Step>()
  if (!history) return []
  for (const step of steps) {
    const { path, direction } = step.migration
    if (direction === 'up' && !known.has(path) && !first.has(path)) first.set(path, step)
  }
  return [...first.values()].map((step) => ({
    ...placeOf(step.migration.path, step.migration),
    statement: step.statement,
  }))
}

function lateness({ migration }: Step, { history }: ReviewContext): Late | null {
  const { path } = migration
  const [runner, rules] = [runnerNamed(migration.runner), rulesOf(migration)]
  if (!runner || !rules || !history) return null
  const version = rules.version(path)
  if (migration.runner === 'flyway' && version === null) return null
  const merged = history.merged.filter(
    (name) =>
      homeOf(name, migration.runner) === homeOf(path, migration.runner) &&
      isUp(name) &&
      isVersioned(name, migration.runner),
  )
  const same = version === null ? undefined : merged.find((name) => rules.version(name) === version)
  if (same)
    return {
      severity: 'high',
      message: `Has the version of \`${same}\`, which is merged already`,
      why: 'The tool knows a migration by its version, so it takes one of the two for the other, or refuses both',
    }
  const project = history.project ?? { paths: new Set([path, ...merged]), text: () => null }
  const newest = merged.findLast((name) => runner.compare(path, name, project) < 0)
  if (!newest) return null
  const { does, words } = rules.late
  return {
    severity: does === 'runs' ? 'low' : 'high',
    message: `${does === 'refuses' ? 'Stops the next deployment' : does === 'skips' ? 'May never run' : 'Runs late'}: sorts before \`${newest}\`, which is merged already`,
    why: words,
  }
}

/** The folder that one sequence of migrations lies in; Prisma and Diesel have a folder around each. */
function homeOf(path: string, runner: string): string {
  // Flyway has one order of versions over all its locations.
  if (runner === 'flyway')
    return folderOf(path).replace(/(?:^|\/)(?:src\/\w+\/|(?:db|sql|migrations?|flyway|database)(?:\/|$)).*$/, '')
  const folder = folderOf(path)
  return /^(migration|up|down)\.sql$/.test(baseName(path)) ? folderOf(folder) : folder
}

function isUp(path: string): boolean {
  return !/(^|[./])(?:down|undo)(?:\.[^/]*)?\.sql$|(^|\/)(?:revert|verify)\//.test(path)
}

function isVersioned(path: string, runner: string): boolean {
  return runner !== 'flyway' || /(^|\/)[VB]\d/i.test(path)
}
