import type { Catalog } from '../catalog/catalog.ts'
import { type Relation, relationName } from '../catalog/relation.ts'
import { type ActivityFacts, lagText } from '../forecast/activity.ts'
import type { Migration } from '../runners/runner.ts'
import { type BaseHistory, makesRelations } from './base.ts'
import type { Facts } from './facts.ts'

/** A note on the limits of a review without a catalog. */
export const unknownWithout =
  'sizes and existence are unknown, so everything counts as large, and facts of the schema and its data (nulls, duplicates, dependents) are not judged.'

/** Notes on how the review was made, one sentence each. */
export function notesOf(
  migrations: Migration[],
  facts: Facts,
  base: BaseHistory,
  catalog: Catalog,
  /** By the policy, the caller or the primary. */
  isVersionTold: boolean,
): string[] {
  const notes: string[] = []
  const { snapshot } = catalog
  if (facts.catalog.kind === 'none') notes.push(`No catalog was given: ${unknownWithout}`)
  const { kind } = facts.catalog
  if ((kind === 'none' || kind === 'unreachable') && !isVersionTold)
    notes.push(
      `The server’s version is unknown too: PostgreSQL ${catalog.major} is taken for it (postgres_version in the policy).`,
    )
  const read = snapshot === null ? catalog.major : majorOf(snapshot.serverVersion)
  if (read !== catalog.major) {
    const primary = facts.activity?.kind === 'read' && majorOf(facts.activity.serverVersion) === catalog.major
    notes.push(
      `The catalog is of PostgreSQL ${read}; locks and work are judged as on ${catalog.major}, ${primary ? 'which the primary is' : 'as asked'}.`,
    )
  }
  if (facts.disclosure === 'exact') notes.push(...(snapshot?.warnings ?? []), ...activityNotes(facts.activity))
  // The deployed state is a fact of production too.
  if (base.undeployed.length > 0 && facts.disclosure === 'exact')
    notes.push(`Merged but not on the server yet, applied first: ${base.undeployed.join(', ')}.`)
  if (facts.base.length > 0 && snapshot && facts.disclosure === 'exact') {
    const made = makesRelations([...facts.base, ...migrations])
    const byHand = relationsOn(migrations, catalog).filter((relation) => !made.has(relation.name))
    if (byHand.length > 0)
      notes.push(
        `On the server, but no migration makes it: ${byHand.map(relationName).join(', ')}. What the server has counts.`,
      )
  }
  const unsized =
    snapshot && facts.disclosure === 'exact'
      ? relationsOn(migrations, catalog).filter(({ size }) => size.rows === null)
      : []
  if (unsized.length > 0)
    notes.push(
      `The size is not known of ${unsized.slice(0, 5).map(relationName).join(', ')}${unsized.length > 5 ? '…' : ''}: it counts as large, and how far its keys are used up is not known.`,
    )
  for (const migration of migrations)
    for (const note of migration.notes) notes.push(`${migration.path}:${note.line}: ${note.message}.`)
  return notes
}

function majorOf(serverVersion: number): number {
  return Math.floor(serverVersion / 10_000)
}

/** Seconds: a standby less far behind is as good as up to date for a review. */
const farBehind = 60

function activityNotes(activity: ActivityFacts | null): string[] {
  if (activity === null) return []
  if (activity.kind === 'unreachable') return [`Traffic is unknown: ${activity.reason} ${activity.retry}`]
  const late = activity.replicas.filter(({ state, seconds }) => state === 'catchup' || (seconds ?? 0) >= farBehind)
  const vacuumed = activity.transactions
    .filter((transaction) => transaction.wraparound && transaction.running)
    .flatMap(({ locks }) => locks)
  return [
    ...activity.warnings,
    ...late.map((replicaLag) => `The standby ${lagText(replicaLag)}.`),
    ...[...new Set(vacuumed.map(({ relation }) => relation))].map(
      (relation) =>
        `Autovacuum to prevent wraparound works on ${relation}: it does not give way, so statements that lock that table wait for its end.`,
    ),
  ]
}

/** Tables that the migrations name in ALTER TABLE and that existed before. */
function relationsOn(migrations: Migration[], catalog: Catalog): Relation[] {
  const found = new Map<number, Relation>()
  for (const { statements } of migrations) {
    for (const { node } of statements) {
      const name = node && 'AlterTableStmt' in node ? node.AlterTableStmt.relation : undefined
      const relation = name ? catalog.find(name.schemaname ?? null, name.relname ?? '') : null
      if (relation && !relation.isNew) found.set(relation.id, relation)
    }
  }
  return [...found.values()]
}
