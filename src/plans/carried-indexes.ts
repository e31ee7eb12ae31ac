import type { IndexStmt } from '@pgsql/types'
import type { Index } from '../catalog/relation.ts'
import { quoteName } from '../sql/quote.ts'
import { type Carried, type ColumnExchange, nothingCarried } from './column-exchange.ts'
import { faithful } from './faithful.ts'
import { indexAgain } from './index-again.ts'
import { freeConstraint, freeRelation, literal, tableSql } from './names.ts'
import { type NoWay, noWay, outside, transaction, whenBuildFails } from './plan.ts'
import { constraintNode, renamedNames, renameInIndex } from './renamed.ts'

/** Indexes of all kinds and the keys over them, under their names, with the foreign keys that rest on them. */
export function carriedIndexes(exchange: ColumnExchange): Carried | NoWay {
  const { relation, name } = exchange
  const carried = nothingCarried()
  const indexes = relation.indexes.filter(({ uses, keys, include }) => [...uses, ...keys, ...include].includes(name))
  if (indexes.length > 0 && relation.kind !== 'table') {
    return noWay('Its indexes on the partitions are left to a person.')
  }
  const names = new Map<string, string>()
  for (const index of indexes) {
    const item = carriedIndex(index, exchange, names)
    if ('reason' in item) return item
    for (const list of ['prepare', 'release', 'take', 'changes'] as const)
      carried[list].push(...(item[list] as never[]))
  }
  const references = carriedReferences(exchange, names)
  if ('reason' in references) return references
  return {
    prepare: [...carried.prepare, ...references.prepare],
    // References to a key are dropped before the key.
    release: [...references.release, ...carried.release],
    take: [...carried.take, ...references.take],
    changes: [...carried.changes, ...references.changes],
  }
}

function carriedIndex(index: Index, exchange: ColumnExchange, names: Map<string, string>): Carried | NoWay {
  const { relation, table, name, next, definition, context } = exchange
  const { catalog } = context
  if (!index.valid) return noWay(`The index ${index.name} is INVALID: drop it or build it again first.`)
  const about = definition.indexes.find((item) => item.name === index.name)
  if (!about) return noWay(`What hangs on the index ${index.name} was not read.`)
  if (about.targets) return noWay(`The index ${index.name} has statistics targets of its own.`)
  const own = freeRelation(relation.schema, index.name, 'new', catalog)
  names.set(index.name, own)
  const sql = indexAgain(index, relation, {
    name: own,
    concurrent: true,
    change: (node: IndexStmt) => {
      renameInIndex(node, name, next)
      if (about.tablespace) node.tableSpace = about.tablespace
    },
  })
  if (sql === null) return noWay(`The index ${index.name} could not be written again.`)
  const home = (name: string): string => tableSql({ schema: relation.schema, name: name }, catalog)
  const prepare = [outside([sql], `DROP INDEX CONCURRENTLY ${home(own)};`, whenBuildFails)]
  const key = relation.constraints.find((constraint) => constraint.index === index.name)
  const release: string[] = []
  const take: string[] = []
  if (key) {
    if (key.kind === 'exclusion')
      return noWay(`PostgreSQL builds the exclusion constraint ${key.name} only under ACCESS EXCLUSIVE.`)
    const kind = key.kind === 'primary key' ? 'PRIMARY KEY' : 'UNIQUE'
    const node = constraintNode(key)
    if (!node) return noWay(`The constraint ${key.name} could not be written again.`)
    const timing = `${node.deferrable ? ' DEFERRABLE' : ''}${node.initdeferred ? ' INITIALLY DEFERRED' : ''}`
    release.push(`ALTER TABLE ${table} DROP CONSTRAINT ${quoteName(key.name)};`)
    take.push(
      `ALTER TABLE ${table} ADD CONSTRAINT ${quoteName(key.name)} ${kind} USING INDEX ${quoteName(own)}${timing};`,
    )
    const said = definition.constraints.find((constraint) => constraint.name === key.name)?.comment
    if (said) take.push(`COMMENT ON CONSTRAINT ${quoteName(key.name)} ON ${table} IS ${literal(said)};`)
  } else {
    release.push(`DROP INDEX ${home(index.name)};`)
    take.push(`ALTER INDEX ${home(own)} RENAME TO ${quoteName(index.name)};`)
  }
  if (about.comment) take.push(`COMMENT ON INDEX ${home(index.name)} IS ${literal(about.comment)};`)
  if (about.clustered) take.push(`ALTER TABLE ${table} CLUSTER ON ${quoteName(index.name)};`)
  if (index.replicaIdentity) take.push(`ALTER TABLE ${table} REPLICA IDENTITY USING INDEX ${quoteName(index.name)};`)
  return { prepare, release, take, changes: [] }
}

/** Foreign keys of other tables (or of this one) to the column: to the new one before the exchange, so that none lapses. */
function carriedReferences(exchange: ColumnExchange, names: Map<string, string>): Carried | NoWay {
  const { relation, table, name, next, context } = exchange
  const { catalog } = context
  const carried = nothingCarried()
  for (const child of catalog.referencing(relation)) {
    for (const key of child.constraints) {
      if (key.references?.relation !== relation.id || !key.references.columns.includes(name)) continue
      if (child.partitionOf) continue
      if (child.kind !== 'table' && !catalog.behaves('not-valid-key-of-partitioned-table')) {
        return noWay('Before PostgreSQL 18 a partitioned table takes no foreign key NOT VALID.')
      }
      const node = constraintNode(key)
      if (!node || names.size === 0) return noWay(`The foreign key ${key.name} could not be written again.`)
      const own = freeConstraint(child, key.name, 'new', catalog)
      const columns = (nodes: string[]): { String: { sval: string } }[] =>
        nodes.map((name) => ({ String: { sval: name } }))
      const self = child.id === relation.id
      const made = faithful({
        AlterTableStmt: {
          relation: { schemaname: child.schema, relname: child.name, inh: true, relpersistence: 'p' },
          objtype: 'OBJECT_TABLE',
          cmds: [
            {
              AlterTableCmd: {
                subtype: 'AT_AddConstraint',
                behavior: 'DROP_RESTRICT',
                def: {
                  Constraint: {
                    ...node,
                    conname: own,
                    pktable: { schemaname: relation.schema, relname: relation.name, inh: true, relpersistence: 'p' },
                    fk_attrs: self ? renamedNames(columns(key.columns), name, next) : columns(key.columns),
                    pk_attrs: renamedNames(columns(key.references.columns), name, next),
                    skip_validation: true,
                    initially_valid: false,
                  },
                },
              },
            },
          ],
        },
      })
      if (made === null) return noWay(`The foreign key ${key.name} could not be written again.`)
      const theirs = tableSql(child, catalog)
      carried.prepare.push(
        transaction([made], `ALTER TABLE ${theirs} DROP CONSTRAINT ${quoteName(own)};`),
        ...(key.validated ? [transaction([`ALTER TABLE ${theirs} VALIDATE CONSTRAINT ${quoteName(own)};`])] : []),
      )
      carried.release.push(`ALTER TABLE ${theirs} DROP CONSTRAINT ${quoteName(key.name)};`)
      carried.take.push(`ALTER TABLE ${theirs} RENAME CONSTRAINT ${quoteName(own)} TO ${quoteName(key.name)};`)
      const said = child.definition?.constraints.find((constraint) => constraint.name === key.name)?.comment
      if (child.definition === null) return noWay(`What hangs on ${child.name} was not read.`)
      if (said) carried.take.push(`COMMENT ON CONSTRAINT ${quoteName(key.name)} ON ${theirs} IS ${literal(said)};`)
    }
  }
  return table === '' ? noWay('The table has no name.') : carried
}
