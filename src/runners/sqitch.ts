import type { Migration, Project, Runner } from './runner.ts'
import { baseName, folderOf, naturalOrder, sqlMigration } from './sql-file.ts'

/**
 * Sqitch: `deploy/x.sql`, `revert/x.sql` and `verify/x.sql` beside a `sqitch.plan`, whose order counts. psql runs each file
 * statement by statement without a transaction (measured); the file's own BEGIN … COMMIT counts. What `verify/` does is
 * rolled back by its own ROLLBACK, and it is no migration.
 */
export const runner: Runner = {
  name: 'sqitch',
  title: 'Sqitch',
  about: {
    files: '`deploy/x.sql` and `revert/x.sql` beside a `sqitch.plan`',
    transaction: 'none, each statement on its own, but for the file’s own BEGIN and COMMIT',
  },
  historyTables: ['projects', 'releases', 'changes', 'tags', 'dependencies', 'events'],
  config: /(^|\/)sqitch\.plan$/,
  marker: null,
  claims: (path, project) => (partOf(path) && planOf(path, project) !== null ? 'own' : null),
  compare: (a, b, project) =>
    placeInPlan(a, project) - placeInPlan(b, project) ||
    Number(partOf(a) === 'revert') - Number(partOf(b) === 'revert') ||
    naturalOrder(a, b),
  applied: {
    edited: 'Sqitch does not deploy it again where it is deployed, and reports another script hash',
    removed: 'Sqitch cannot revert it where it is deployed, and new databases cannot be deployed',
    renamed: 'Sqitch knows a change by its name in the plan, and looks for the script of that name',
    late: { does: 'refuses', words: 'Sqitch stops: the plan’s order is part of each change’s identity' },
    checksum: false,
    version: () => null,
  },
  read(file, project): Migration[] {
    const part = partOf(file.path)
    if (part === 'verify') return []
    const migration = sqlMigration(file, {
      runner: 'sqitch',
      direction: part === 'revert' ? 'down' : 'up',
      wrapping: 'autocommit',
      batch: null,
      optOut: 'a change of its own without BEGIN and COMMIT',
    })
    const plan = planOf(file.path, project)
    if (plan === null || project.text(plan) === null || placeInPlan(file.path, project) < Number.MAX_SAFE_INTEGER)
      return [migration]
    const message = `${plan} does not name \`${changeOf(file.path)}\`, so Sqitch does not run it`
    return [{ ...migration, notes: [...migration.notes, { line: 1, message }] }]
  },
}

type Part = 'deploy' | 'revert' | 'verify'

/** The last of Sqitch's folders in a path; null for another file. */
function partOf(path: string): Part | null {
  return (/(?:^|\/)(deploy|revert|verify)\/(?:(?!(?:deploy|revert|verify)\/).)*\.sql$/.exec(path)?.[1] ??
    null) as Part | null
}

/** The plan of the folder that holds `deploy/`, or of one above it (top_dir); null without one. */
function planOf(path: string, project: Project): string | null {
  let folder = folderOf(path).replace(/(?:^|\/)(?:deploy|revert|verify)(?:\/.*)?$/, '')
  for (;;) {
    const plan = folder === '' ? 'sqitch.plan' : `${folder}/sqitch.plan`
    if (project.paths.has(plan)) return plan
    if (folder === '') return null
    folder = folderOf(folder)
  }
}

/** The name of a change: `users`, `users/add_email`, without the tag of a reworked one (`users@v1`). */
function changeOf(path: string): string {
  return path.replace(/^(?:.*\/)?(?:deploy|revert|verify)\//, '').replace(/(?:@[^/]*)?\.sql$/, '')
}

/** Positions of the changes by plan, read once. */
const known = new WeakMap<Project, Map<string, ReadonlyMap<string, number>>>()

function placeInPlan(path: string, project: Project): number {
  const plan = planOf(path, project)
  if (plan === null) return Number.MAX_SAFE_INTEGER
  const plans = known.get(project) ?? new Map<string, ReadonlyMap<string, number>>()
  known.set(project, plans)
  const places = plans.get(plan) ?? placesOf(project.text(plan) ?? '')
  plans.set(plan, places)
  const tag = /@([^/]*)\.sql$/.exec(baseName(path))?.[1]
  return places.get(tag === undefined ? changeOf(path) : `${changeOf(path)}@${tag}`) ?? Number.MAX_SAFE_INTEGER
}

/** A line of a plan is `name [requires] date planner`, `@tag …`, a pragma (`%`), a comment or blank. */
function placesOf(plan: string): ReadonlyMap<string, number> {
  const places = new Map<string, number>()
  plan.split('\n').forEach((line, at) => {
    const [, mark = '', name = ''] = /^\s*([+-]?)\s*([^\s%#@+-][^\s]*)/.exec(line) ?? []
    if (name === '' || mark === '-') return
    // A reworked change has two lines: the script of the first has the tag between them in its name.
    const before = places.get(name)
    if (before !== undefined) {
      const tag = plan
        .split('\n')
        .slice(before, at)
        .findLast((other) => /^\s*@/.test(other))
      places.set(`${name}@${/^\s*@(\S+)/.exec(tag ?? '')?.[1] ?? ''}`, before)
    }
    places.set(name, at)
  })
  return places
}
