import type { IndexStmt } from '@pgsql/types'
import type { Index, Relation } from '../catalog/relation.ts'
import { quoteName } from '../sql/quote.ts'
import { faithful } from './faithful.ts'
import { freeRelation, tableSql } from './names.ts'
import { type NoWay, noWay, outside, transaction, type Way, way, whenBuildFails } from './plan.ts'
import type { PlanContext, Subject } from './subject.ts'

/** CREATE INDEX: CONCURRENTLY, and on a partitioned table one partition at a time below an index on the parent ONLY. */
export function buildConcurrently(node: IndexStmt, subject: Subject, context: PlanContext): Way | NoWay | null {
  const built = subject.analysis.changes.find((change) => change.kind === 'builds index')
  if (built?.kind !== 'builds index' || built.skipped !== null) return null
  const { relation, index } = built
  if (relation.kind === 'partitioned table') {
    return node.relation?.inh === true ? belowParent(node, subject, relation, index, context) : null
  }
  if (node.concurrent) return null
  const { catalog, freed } = context
  // The old index of this name stays until the new one is valid.
  const own = freed.has(index.name) ? freeRelation(relation.schema, index.name, 'new', catalog) : index.name
  const sql = faithful({ IndexStmt: { ...node, idxname: own, concurrent: true } })
  if (sql === null) return noWay('Its expressions could not be written again.')
  const name = tableSql({ schema: relation.schema, name: own }, catalog)
  return way({
    pattern: 'build-concurrently',
    summary: 'Build it CONCURRENTLY, outside a transaction: reads and writes go on meanwhile.',
    prepare: [outside([sql], `DROP INDEX CONCURRENTLY ${name};`, whenBuildFails)],
    finish: own === index.name ? [] : [`ALTER INDEX ${name} RENAME TO ${quoteName(index.name)};`],
  })
}

/** The parent’s index ONLY, then from the leaves up: build, or take what fits, and attach. */
function belowParent(
  node: IndexStmt,
  subject: Subject,
  parent: Relation,
  index: Index,
  { catalog }: PlanContext,
): Way | NoWay {
  const tree = partitionIndexes(subject, parent, index, catalog)
  if ('reason' in tree) return noWay(tree.reason)
  const { family, names, taken } = tree
  const statementFor = (relation: Relation, fields: Partial<IndexStmt>, inh: boolean): string | null =>
    faithful({
      IndexStmt: {
        ...node,
        idxname: names.get(relation.id) ?? '',
        if_not_exists: false,
        relation: { schemaname: relation.schema, relname: relation.name, inh, relpersistence: 'p' },
        ...fields,
      },
    })
  const made = family.filter(({ id }) => !taken.has(id))
  const parents = made
    .filter(({ kind }) => kind === 'partitioned table')
    .map((relation) => statementFor(relation, {}, false))
  const leaves = made.filter(({ kind }) => kind !== 'partitioned table')
  const builds = leaves.map((leaf) => statementFor(leaf, { concurrent: true }, true))
  if ([...parents, ...builds].includes(null)) return noWay('Its expressions could not be written again.')
  return way({
    pattern: 'build-concurrently',
    summary:
      'Make the index on the parent ONLY, build each partition’s CONCURRENTLY, outside a transaction, then attach them: the parent’s is valid with the last one.',
    prepare: [
      transaction(parents as string[], `DROP INDEX ${tableSql({ schema: parent.schema, name: index.name }, catalog)};`),
      ...(builds as string[]).map((sql) => outside([sql])),
      ...attaches(tree, catalog).map((sql) => transaction([sql])),
    ],
  })
}

/** The indexes of a partitioned table’s tree. */
interface IndexTree {
  /** The parent first, each before what is below it. */
  family: Relation[]
  /** The index of each relation, by its id. */
  names: Map<number, string>
  /** Relations whose index exists already. */
  taken: Set<number>
}

/** Each relation’s index as the statement makes it, or the one that it takes; a reason where that is not clear. */
export function partitionIndexes(
  { after }: Subject,
  parent: Relation,
  index: Index,
  catalog: PlanContext['catalog'],
): IndexTree | { reason: string } {
  const family = catalog.withDescendants(parent)
  if (family.some(({ kind }) => kind === 'foreign table')) {
    return { reason: 'A partition is a foreign table, so that the index of the parent could never become valid.' }
  }
  const names = new Map([[parent.id, index.name]])
  const taken = new Set<number>()
  for (const relation of family) {
    if (relation.id === parent.id) continue
    const invalid = relation.indexes.find(
      (item) => !item.valid && item.keys.join('\u0000') === index.keys.join('\u0000'),
    )
    if (invalid)
      return { reason: `The index ${invalid.name} of ${relation.name} is INVALID: drop it or make it whole first.` }
    const made = after(relation)?.indexes.find(({ name }) => !relation.indexes.some((item) => item.name === name))
    if (made) {
      names.set(relation.id, made.name)
      continue
    }
    const [fits, more] = relation.indexes.filter((item) => matches(item, index))
    if (!fits || more) return { reason: `It is not clear which index of ${relation.name} the parent’s would take.` }
    names.set(relation.id, fits.name)
    taken.add(relation.id)
  }
  return { family, names, taken }
}

/** From below, so that each becomes valid when its last one is attached. */
export function attaches({ family, names }: IndexTree, catalog: PlanContext['catalog']): string[] {
  return family.toReversed().flatMap((relation) => {
    const above = family.find(({ id }) => id === relation.partitionOf?.relation)
    if (!above || relation === family[0]) return []
    const [to, from] = [above, relation].map((item) =>
      tableSql({ schema: item.schema, name: names.get(item.id) ?? '' }, catalog),
    )
    return [`ALTER INDEX ${to} ATTACH PARTITION ${from};`]
  })
}

function matches(item: Index, other: Index): boolean {
  return (
    item.valid &&
    item.unique === other.unique &&
    item.method === other.method &&
    item.keys.join('\u0000') === other.keys.join('\u0000') &&
    !item.keys.includes(null) &&
    item.include.join('\u0000') === other.include.join('\u0000') &&
    item.predicate === null &&
    other.predicate === null
  )
}
