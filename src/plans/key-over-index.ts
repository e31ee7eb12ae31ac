import type { AlterTableStmt, Constraint as ConstraintNode, Node } from '@pgsql/types'
import { columnOf, type Relation } from '../catalog/relation.ts'
import { quoteName } from '../sql/quote.ts'
import { strings } from '../sql/walk.ts'
import { attaches, partitionIndexes } from './build-concurrently.ts'
import { faithful } from './faithful.ts'
import { freeRelation, tableSql } from './names.ts'
import { proveNotNull } from './not-null-by-check.ts'
import { type NoWay, noWay, outside, type Part, transaction, type Way, way, whenBuildFails } from './plan.ts'
import type { PlanContext, Subject } from './subject.ts'

/** ADD UNIQUE or PRIMARY KEY: its index CONCURRENTLY, then the constraint over it. */
export function keyOverIndex(
  statement: AlterTableStmt,
  node: ConstraintNode,
  subject: Subject,
  context: PlanContext,
): Way | NoWay | null {
  const { catalog } = context
  const change = subject.analysis.changes.find((schemaChange) => schemaChange.kind === 'adds constraint')
  if (change?.kind !== 'adds constraint') return null
  const relation = catalog.current(change.relation)
  if (change.type === 'exclusion') {
    return noWay('PostgreSQL builds the index of an exclusion constraint only under ACCESS EXCLUSIVE.')
  }
  const made = subject.after(relation)?.indexes.find(({ name }) => name === (change.usingIndex ?? change.constraint))
  const family = catalog.withDescendants(relation)
  const nullable =
    change.type === 'primary key'
      ? change.columns.filter((column) => family.some((item) => !columnOf(item, column)?.notNull))
      : []
  const proofs = nullable.map((column) => proveNotNull(relation, column, context))
  const failed = proofs.find((proof) => 'reason' in proof)
  if (failed && 'reason' in failed) return failed
  const proven = proofs as Extract<(typeof proofs)[number], { prepare: Part[] }>[]
  const name = quoteName(change.constraint)
  const table = tableSql(relation, catalog)
  const kind = change.type === 'primary key' ? 'PRIMARY KEY' : 'UNIQUE'
  const sets = proven.flatMap(({ finish }) => finish)
  const drops = proven.flatMap(({ drop }) => drop)
  if (change.usingIndex !== null) {
    if (nullable.length === 0) return null
    const again = faithful({ AlterTableStmt: statement })
    if (again === null) return noWay('The constraint could not be written again.')
    return way({
      pattern: 'key-over-index',
      summary: 'Prove the columns NOT NULL first, without blocking; the key then only takes over the index.',
      prepare: proven.flatMap(({ prepare }) => prepare),
      finish: [...sets, again, ...drops],
    })
  }
  const index = made ?? null
  if (index === null) return null
  if (relation.kind === 'partitioned table') {
    return onPartitions(statement, node, subject, relation, { kind, name: change.constraint, proven }, context)
  }
  // The constraint’s own name may still be taken by what goes in the same transaction.
  const own = context.freed.has(change.constraint)
    ? freeRelation(relation.schema, change.constraint, 'new', catalog)
    : change.constraint
  const build = faithful({ IndexStmt: uniqueIndex(node, change.columns, relation, own, true) })
  if (build === null) return noWay('The index could not be written.')
  const timing = `${node.deferrable ? ' DEFERRABLE' : ''}${node.initdeferred ? ' INITIALLY DEFERRED' : ''}`
  return way({
    pattern: 'key-over-index',
    summary:
      'Build the unique index CONCURRENTLY first, outside a transaction; the constraint then takes it over in a moment.',
    changes: notNullChanges(kind, relation.inherits.length > 0 || relation.partitionOf !== null, 'this table', context),
    prepare: [
      ...proven.flatMap(({ prepare }) => prepare),
      outside(
        [build],
        `DROP INDEX CONCURRENTLY ${tableSql({ schema: relation.schema, name: own }, catalog)};`,
        whenBuildFails,
      ),
    ],
    finish: [
      ...sets,
      `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${kind} USING INDEX ${quoteName(own)}${timing};`,
      ...drops,
    ],
    undo: `ALTER TABLE ${table} DROP CONSTRAINT ${name};`,
  })
}

/** From 18 a primary key over an index makes inherited NOT NULL constraints local too; one without an index does not. */
function notNullChanges(kind: string, inherits: boolean, whose: string, { catalog }: PlanContext): string[] {
  return kind === 'PRIMARY KEY' && inherits && catalog.behaves('not-null-is-a-constraint')
    ? [`The NOT NULL constraints of ${whose} count as their own beside the parent’s.`]
    : []
}

/** The index that a UNIQUE or PRIMARY KEY constraint makes, with its options. */
export function uniqueIndex(
  node: ConstraintNode,
  columns: string[],
  relation: Pick<Relation, 'schema' | 'name'>,
  name: string,
  concurrent: boolean,
) {
  const element = (column: string): Node => ({
    IndexElem: { name: column, ordering: 'SORTBY_DEFAULT', nulls_ordering: 'SORTBY_NULLS_DEFAULT' },
  })
  return {
    idxname: name,
    relation: { schemaname: relation.schema, relname: relation.name, inh: true, relpersistence: 'p' },
    accessMethod: 'btree',
    indexParams: columns.map(element),
    ...(strings(node.including).length > 0 ? { indexIncludingParams: strings(node.including).map(element) } : {}),
    ...(node.options ? { options: node.options } : {}),
    ...(node.indexspace ? { tableSpace: node.indexspace } : {}),
    unique: true,
    ...(node.nulls_not_distinct ? { nulls_not_distinct: true } : {}),
    ...(concurrent ? { concurrent: true } : {}),
  }
}

/** The constraint on each parent ONLY, each partition’s over an index built CONCURRENTLY, then attached from below. */
function onPartitions(
  statement: AlterTableStmt,
  node: ConstraintNode,
  subject: Subject,
  parent: Relation,
  key: { kind: string; name: string; proven: { prepare: Part[]; finish: string[]; drop: string[] }[] },
  context: PlanContext,
): Way | NoWay {
  const { catalog } = context
  if (statement.relation?.inh !== true) return noWay('A key ONLY on the parent is never valid by itself.')
  const made = subject.after(parent)?.indexes.find(({ name }) => name === key.name)
  if (!made) return noWay('The index of the key is not known.')
  const tree = partitionIndexes(subject, parent, made, catalog)
  if ('reason' in tree) return noWay(tree.reason)
  const columns = strings(node.keys)
  const options = faithful({ IndexStmt: uniqueIndex(node, columns, parent, key.name, false) })
  const constraint = faithful({
    AlterTableStmt: {
      ...statement,
      relation: { schemaname: parent.schema, relname: parent.name, inh: false, relpersistence: 'p' },
      cmds: [
        {
          AlterTableCmd: {
            subtype: 'AT_AddConstraint',
            def: { Constraint: { ...node, conname: key.name } },
            behavior: 'DROP_RESTRICT',
          },
        },
      ],
    },
  })
  if (!options || !constraint) return noWay('The constraint could not be written again.')
  const timing = `${node.deferrable ? ' DEFERRABLE' : ''}${node.initdeferred ? ' INITIALLY DEFERRED' : ''}`
  const below = tree.family.slice(1)
  const leaves = below.filter(({ kind, id }) => kind !== 'partitioned table' && !tree.taken.has(id))
  const middle = below.filter(({ kind, id }) => kind === 'partitioned table' && !tree.taken.has(id))
  const name = (relation: Relation): string => quoteName(tree.names.get(relation.id) ?? '')
  const builds = leaves.map((leaf) =>
    faithful({ IndexStmt: uniqueIndex(node, columns, leaf, tree.names.get(leaf.id) ?? '', true) }),
  )
  const onMiddle = middle.map((relation) =>
    constraint
      .replace(/^ALTER TABLE ONLY \S+/, () => `ALTER TABLE ONLY ${tableSql(relation, catalog)}`)
      .replace(/ADD CONSTRAINT ("(?:[^"]|"")+"|\S+)/, () => `ADD CONSTRAINT ${name(relation)}`),
  )
  if (builds.includes(null) || /"/.test(tableSql(parent, catalog))) {
    if (builds.includes(null) || middle.length > 0) return noWay('The constraint could not be written again.')
  }
  return way({
    pattern: 'key-over-index',
    summary:
      'Build each partition’s unique index CONCURRENTLY, outside a transaction, and let its constraint take it over; then add the key to the parent ONLY and attach them.',
    changes: notNullChanges(key.kind, true, 'the partitions', context),
    prepare: [
      ...key.proven.flatMap(({ prepare }) => prepare),
      ...(key.proven.length > 0 ? [transaction(key.proven.flatMap(({ finish, drop }) => [...finish, ...drop]))] : []),
      ...(builds as string[]).map((sql) => outside([sql])),
      ...leaves.map((leaf) =>
        transaction([
          `ALTER TABLE ${tableSql(leaf, catalog)} ADD CONSTRAINT ${name(leaf)} ${key.kind} USING INDEX ${name(leaf)}${timing};`,
        ]),
      ),
      transaction(
        [constraint, ...onMiddle],
        `ALTER TABLE ${tableSql(parent, catalog)} DROP CONSTRAINT ${quoteName(key.name)};`,
      ),
      ...attaches(tree, catalog).map((sql) => transaction([sql])),
    ],
  })
}
