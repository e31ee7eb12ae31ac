import { Catalog } from '../catalog/catalog.ts'
import { platformSchemas } from '../catalog/platform-schemas.ts'
import type { Relation } from '../catalog/relation.ts'
import { trafficOf } from '../forecast/activity.ts'
import { numberFormat } from '../forecast/numbers.ts'
import { waitsTooLong } from '../hazards/alternatives/alternative.ts'
import type { ReviewContext, Step, Transaction } from '../hazards/context/review-context.ts'
import type { Policy } from '../policy/policy.ts'
import type { Migration } from '../runners/runner.ts'
import { runners } from '../runners/runner-registry.ts'
import { applyBase, type BaseHistory, bareName } from './base.ts'
import type { CatalogFacts, Facts } from './facts.ts'
import { runMigrations, sessionLockTimeout } from './run-migrations.ts'

/**
 * Runs the migrations through the model. Up migrations are analyzed in order, each after the changes of those before it. Down
 * migrations are judged after them, on their own; their findings are never above medium and never count for the verdict.
 */
export function reviewContextOf(
  migrations: Migration[],
  facts: Facts,
  policy: Policy,
): { context: ReviewContext; base: BaseHistory } {
  const catalog = catalogOf(facts, policy, toolTables(migrations))
  const base = applyBase(catalog, facts.base)
  const format = numberFormat(facts.disclosure)
  const ups = migrations.filter((migration) => migration.direction === 'up')
  const downs = migrations.filter((migration) => migration.direction === 'down')
  const merged = new Set((facts.history?.changed ?? []).map(({ path, to }) => to ?? path))
  const up = runMigrations(ups, catalog, policy, 1, format, (path) => merged.has(path))
  // Down migrations run on the same catalog afterwards.
  const after = new Map([...catalog.all()].map((relation) => [relation.id, relation]))
  const named = Map.groupBy(after.values(), ({ name }) => name)
  const { publications } = catalog
  const down = { steps: [] as Step[], transactions: [] as Transaction[] }
  let nextId = up.transactions.length + 1
  for (const migration of downs.toReversed()) {
    const item = runMigrations([migration], catalog, policy, nextId, format)
    nextId += item.transactions.length
    down.steps.push(...item.steps)
    down.transactions.push(...item.transactions)
  }
  const context: ReviewContext = {
    steps: [...up.steps, ...down.steps],
    transactions: [...up.transactions, ...down.transactions],
    unreviewed: [
      ...new Map(
        migrations.flatMap((migration) => (migration.unreadable === null ? [] : [[migration.path, migration]])),
      ).values(),
    ],
    catalog,
    policy,
    format,
    traffic: trafficOf(facts.activity, catalog),
    sessionWaits: waitsTooLong({ lockTimeoutMs: sessionLockTimeout(catalog, policy, migrations[0]) }, policy),
    exact: facts.disclosure === 'exact',
    code: facts.code,
    history: facts.history,
    after: ({ id }) => after.get(id) ?? null,
    publications,
    existingAfter: (schema, name) => standing(named.get(name) ?? [], schema, catalog.searchPath),
    whyMissing: (name) => whyMissing(name, base, facts.catalog),
  }
  return { context, base }
}

/** The major version to judge for, whatever version was read: the migration runs on the primary. Null when not given. */
export function askedVersion({ postgresVersion, activity }: Facts, policy: Policy): number | null {
  const primary = activity?.kind === 'read' ? Math.floor(activity.serverVersion / 10_000) : null
  return postgresVersion ?? policy.postgres_version ?? primary
}

/** History tables whose names an application may choose too. */
const ordinaryNames = new Set([
  'migrations',
  'current',
  'projects',
  'releases',
  'changes',
  'tags',
  'dependencies',
  'events',
])

/**
 * Tables where migration tools keep their history: those of the tools in use, and of others those whose name no
 * application would choose.
 */
function toolTables(migrations: Migration[]): ReadonlySet<string> {
  const used = new Set(migrations.map(({ runner }) => runner))
  return new Set(
    runners.flatMap(({ name, historyTables }) =>
      used.has(name) ? historyTables : historyTables.filter((table) => !ordinaryNames.has(table)),
    ),
  )
}

function catalogOf(facts: Facts, policy: Policy, toolTables: ReadonlySet<string>): Catalog {
  const { catalog } = facts
  const asked = askedVersion(facts, policy)
  const versionOf = (fallback: number): number => (asked === null ? fallback : asked * 10_000)
  switch (catalog.kind) {
    case 'replica':
    case 'snapshot':
      return readCatalog(catalog, versionOf(catalog.snapshot.serverVersion), toolTables)
    case 'empty':
      return new Catalog({
        snapshot: null,
        knowledge: 'read',
        serverVersion: versionOf(170_000),
        sizes: catalog.sizes,
        toolTables,
        platformSchemas,
      })
    case 'none':
    case 'unreachable':
      return new Catalog({ snapshot: null, knowledge: 'assumed', serverVersion: versionOf(170_000) })
  }
}

function readCatalog(
  { snapshot, onlyPublicNames }: Extract<CatalogFacts, { snapshot: unknown }>,
  serverVersion: number,
  toolTables: ReadonlySet<string>,
): Catalog {
  const catalog = new Catalog({ snapshot, knowledge: 'read', serverVersion, toolTables })
  if (onlyPublicNames) catalog.markUncertain()
  return catalog
}

function standing(named: Relation[], schema: string | null, path: string[]): Relation | null {
  const found = named.filter((relation) => schema === null || relation.schema === schema)
  return found.find((relation) => path.includes(relation.schema)) ?? found[0] ?? null
}

function whyMissing(name: string, base: BaseHistory, catalog: Facts['catalog']): string | null {
  const path = base.madeBy.get(bareName(name))
  if (path) {
    return `${path} makes it, but migrations after that one are on the server and it is not: it was removed by hand, and what the server has counts.`
  }
  return catalog.kind === 'snapshot'
    ? `The snapshot of ${catalog.snapshot.takenAt.slice(0, 10)} and the migrations before this one say so. If the database has changed since, take a new one with lockcast snapshot.`
    : null
}
