import type { DropStmt, IndexStmt, ReindexStmt } from '@pgsql/types'
import { columnOf, type Index, type Relation } from '../../catalog/relation.ts'
import { builtInOperatorClasses } from '../../catalog/server-facts/built-in-types.ts'
import { bringsOperatorClass } from '../../catalog/server-facts/extension-members.ts'
import { qualifiedName, strings } from '../../sql/walk.ts'
import { because } from '../model/effect.ts'
import {
  dependentObjectsStillExist,
  featureNotSupported,
  undefinedObject,
  undefinedTable,
  wrongObjectType,
} from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'
import { requireImmutable } from '../names/immutable-functions.ts'
import { freeName, storedName } from '../names/object-names.ts'
import { requireCondition, requireExpression } from '../names/query-columns.ts'
import { anyExtension } from '../names/unread-names.ts'
import { hasRows } from '../tables/affected-rows.ts'
import { dependentKey } from '../tables/dependents.ts'
import { inherited } from '../tables/inheritance.ts'
import { indexFrom, indexNameParts, requireClasses } from '../tables/new-index.ts'
import { requirePartitionKey } from '../tables/partition-key.ts'

export const handlers: StatementHandlers = { IndexStmt: createIndex, ReindexStmt: reindex }

/** CREATE INDEX: SHARE and one scan; CONCURRENTLY: SHARE UPDATE EXCLUSIVE and two. On a parent, every partition too. */
function createIndex(node: IndexStmt, context: StatementContext): void {
  const { catalog } = context
  const relation = context.relation(node.relation)
  if (relation.kind === 'view') {
    throw wrongObjectType(
      catalog.behaves('wrong-kind-names-the-action')
        ? `cannot create index on relation "${relation.name}"`
        : `"${relation.name}" is not a table or materialized view`,
    )
  }
  const lock = node.concurrent ? 'ShareUpdateExclusiveLock' : 'ShareLock'
  const name = node.idxname
    ? storedName(node.idxname)
    : freeName(relation.name, indexNameParts(node, catalog.major), 'idx', (text) =>
        catalog.nameTaken(relation.schema, text),
      )
  requireMethod(node)
  requireElements(context, relation, node)
  const index = indexFrom(node, relation, name)
  requireCondition(context, relation, node.whereClause, 'WHERE')
  for (const param of node.indexParams ?? [])
    if ('IndexElem' in param) requireExpression(context, relation, param.IndexElem.expr)
  const immutable = (what: string): string => `functions in index ${what} must be marked IMMUTABLE`
  requireImmutable(node.whereClause, relation, catalog, immutable('predicate'))
  requireImmutable(node.indexParams, relation, catalog, immutable('expression'))
  if (catalog.nameTaken(relation.schema, name)) {
    if (!node.if_not_exists) context.requireFreeName(relation.schema, name)
    context.lock(relation, lock)
    const standing = catalog.findIndex(relation.schema, name)
    context.recordChange({
      kind: 'builds index',
      relation,
      index,
      concurrently: node.concurrent ?? false,
      skipped: standing && !standing.index.valid ? 'exists invalid' : 'exists',
    })
    return
  }
  if (node.concurrent && relation.kind === 'partitioned table') {
    throw featureNotSupported(`cannot create index on partitioned table "${relation.name}" concurrently`)
  }
  if (relation.kind === 'partitioned table' && !catalog.behaves('partitioned-table-has-indexes')) {
    throw wrongObjectType(`cannot create index on partitioned table "${relation.name}"`)
  }
  if (index.unique) requirePartitionKey(relation, index.keys, 'UNIQUE')
  const recurse = node.relation?.inh === true && relation.kind === 'partitioned table'
  for (const member of recurse ? catalog.withDescendants(relation) : [relation]) {
    const own = member.id === relation.id
    const leaf = hasRows(member)
    const matching = member.indexes.find(
      (item) =>
        !own &&
        item.valid &&
        item.unique === index.unique &&
        item.method === index.method &&
        item.keys.join('\u0000') === index.keys.join('\u0000') &&
        item.predicate === index.predicate,
    )
    const built = own
      ? index
      : {
          ...index,
          name: freeName(member.name, indexNameParts(node, catalog.major), 'idx', (text) =>
            catalog.nameTaken(member.schema, text),
          ),
        }
    const builds = leaf && !matching ? [built] : []
    context.lock(member, lock, {
      builds,
      scan: builds.length > 0,
      awaits: node.concurrent ? 'ShareLock' : null,
      ...inherited(member, relation),
    })
    if (!matching) {
      const now = catalog.current(member)
      const valid = recurse || member.kind !== 'partitioned table'
      catalog.put({ ...now, indexes: [...now.indexes, { ...built, valid }] })
    }
  }
  context.recordChange({ kind: 'builds index', relation, index, concurrently: node.concurrent ?? false, skipped: null })
}

/** The server takes the columns in order: a missing one is reported only when those before it fit (ComputeIndexAttrs). */
function requireElements(context: StatementContext, relation: Relation, node: IndexStmt): void {
  const elements = (node.indexParams ?? []).flatMap((param) => ('IndexElem' in param ? [param.IndexElem] : []))
  for (const { name, opclass, expr } of elements) {
    requireOperatorClass(context, strings(opclass).at(-1) ?? '', node.accessMethod ?? 'btree')
    if (expr || !name) continue
    if (!columnOf(relation, name)) return
    const index = { keys: [name], method: node.accessMethod ?? 'btree' }
    requireClasses(context, relation, index, [strings(opclass).at(-1) ?? null])
  }
}

/** Fails when only an extension brings an operator class of this name, and it was not created. */
function requireOperatorClass({ catalog }: StatementContext, name: string, method: string): void {
  const extension = bringsOperatorClass(method, name)
  if (!extension || catalog.mayHoldMore) return
  if (catalog.extensions.has(extension) || catalog.extensions.has(anyExtension)) return
  if (builtInOperatorClasses(catalog.major).some((known) => known.method === method && known.name === name)) return
  throw undefinedObject(`operator class "${name}" does not exist for access method "${method}"`, {
    kind: 'operator class',
    name,
  })
}

/** amcanunique, amcanmulticol and amcaninclude of the built-in methods (DefineIndex). */
function requireMethod(node: IndexStmt): void {
  const method = node.accessMethod ?? 'btree'
  if (!['hash', 'gin', 'gist', 'brin', 'spgist'].includes(method)) return
  const refuse = (what: string): never => {
    throw featureNotSupported(`access method "${method}" does not support ${what}`)
  }
  if (node.unique) refuse('unique indexes')
  if ((node.indexIncludingParams ?? []).length > 0 && !['gist', 'spgist'].includes(method)) refuse('included columns')
  if ((node.indexParams ?? []).length > 1 && (method === 'hash' || method === 'spgist')) refuse('multicolumn indexes')
}

/** DROP INDEX: ACCESS EXCLUSIVE on its table; CONCURRENTLY: SHARE UPDATE EXCLUSIVE. */
export function dropIndexes(node: DropStmt, context: StatementContext): void {
  const { catalog } = context
  for (const object of node.objects ?? []) {
    const { schema, name } = qualifiedName('List' in object ? object.List.items : undefined)
    const found = catalog.findIndex(schema, name)
    if (!found) {
      if (catalog.mayHoldMore && !node.concurrent) context.markUnknown(`the table of index ${name} is not known`)
      if (catalog.mayHoldMore) continue
      if (catalog.find(schema, name)) throw wrongObjectType(`"${name}" is not an index`)
      if (node.missing_ok) continue
      throw undefinedObject(`index "${name}" does not exist`, { kind: 'index', name })
    }
    const { relation, index } = found
    const constraint = relation.constraints.find((constraint) => constraint.index === index.name)
    if (constraint) {
      throw dependentObjectsStillExist(
        `cannot drop index ${index.name} because constraint ${constraint.name} on table ${relation.name} requires it`,
      )
    }
    if (node.concurrent && relation.kind === 'partitioned table') {
      throw featureNotSupported(`cannot drop partitioned index "${index.name}" concurrently`)
    }
    dropKeysOver(context, node, relation, index)
    const lock = node.concurrent ? 'ShareUpdateExclusiveLock' : 'AccessExclusiveLock'
    for (const member of relation.kind === 'partitioned table' ? catalog.withDescendants(relation) : [relation]) {
      const own = member.id === relation.id
      const matching = own
        ? index
        : member.indexes.find(
            (item) =>
              item.keys.join() === index.keys.join() && item.method === index.method && item.unique === index.unique,
          )
      if (!matching) continue
      context.lock(member, lock, {
        awaits: node.concurrent ? 'AccessExclusiveLock' : null,
        ...inherited(member, relation),
      })
      const now = catalog.current(member)
      catalog.put({ ...now, indexes: now.indexes.filter((index) => index.name !== matching.name) })
    }
    context.recordChange({ kind: 'drops index', relation, index, concurrently: node.concurrent ?? false })
  }
}

/** The index that a partition has for one of its parent's. */
function isCopy(own: Index, above: Index): boolean {
  return own.keys.join() === above.keys.join() && own.method === above.method && own.unique === above.unique
}

/** Foreign keys that only this unique index serves: they prevent the drop, or go with CASCADE, which locks their tables. */
function dropKeysOver(context: StatementContext, node: DropStmt, relation: Relation, index: Index): void {
  if (!index.unique || index.predicate !== null) return
  const keys = index.keys.toSorted().join('\u0000')
  const serves = (other: Index): boolean =>
    other.unique && other.valid && other.predicate === null && other.keys.toSorted().join('\u0000') === keys
  // Which of several the key was made over is not read.
  if (relation.indexes.filter(serves).length > 1) return
  const dependents = context.catalog
    .referencing(relation)
    .flatMap((child) =>
      child.constraints
        .filter(
          ({ references }) =>
            references?.relation === relation.id && references.columns.toSorted().join('\u0000') === keys,
        )
        .map((constraint) => ({ child, constraint })),
    )
  if (dependents.length === 0) return
  if (node.behavior !== 'DROP_CASCADE') {
    throw dependentObjectsStillExist(
      `cannot drop index ${index.name} because other objects depend on it`,
      null,
      dependents.map(({ child, constraint }) => dependentKey(child, constraint)),
    )
  }
  for (const { child, constraint } of dependents) {
    context.lock(child, 'AccessExclusiveLock', {
      through: because(`its foreign key \`${constraint.name}\` rests on the index`),
    })
    context.recordChange({ kind: 'drops constraint', relation: child, constraint, cascade: true })
    const now = context.catalog.current(child)
    context.catalog.change(child, { constraints: now.constraints.filter(({ name }) => name !== constraint.name) })
  }
}

/** REINDEX: SHARE on the table and ACCESS EXCLUSIVE on its indexes, which every query's planning locks too. */
function reindex(node: ReindexStmt, context: StatementContext): void {
  const { catalog } = context
  const concurrently = (node.params ?? []).some(
    (param) => 'DefElem' in param && param.DefElem.defname === 'concurrently',
  )
  const lock = concurrently ? 'ShareUpdateExclusiveLock' : 'ShareLock'
  const requireAlone = (relation: Relation, what: string): void => {
    if (relation.kind === 'partitioned table' && catalog.behaves('reindex-takes-partitions'))
      context.recordChange({ kind: 'refuses transaction', command: `REINDEX ${what}` })
  }
  const rebuild = (relation: Relation, only: string | null): void => {
    const builds = relation.indexes.filter((index) => only === null || index.name === only)
    const leaf = hasRows(relation)
    context.lock(relation, lock, {
      builds: leaf ? builds : [],
      scan: leaf && builds.length > 0,
      awaits: concurrently ? 'AccessExclusiveLock' : null,
      locksIndexes: !concurrently && builds.length > 0,
    })
    const now = catalog.current(relation)
    const names = new Set(builds.map((index) => index.name))
    catalog.put({
      ...now,
      indexes: now.indexes.map((index) => (names.has(index.name) ? { ...index, valid: true } : index)),
    })
  }
  switch (node.kind) {
    case 'REINDEX_OBJECT_TABLE': {
      const relation = context.relation(node.relation)
      requireAlone(relation, 'TABLE')
      for (const member of catalog.withDescendants(relation))
        if (
          member.id === relation.id ||
          (relation.kind === 'partitioned table' && catalog.behaves('reindex-takes-partitions'))
        )
          rebuild(member, null)
      return
    }
    case 'REINDEX_OBJECT_INDEX': {
      const name = node.relation?.relname ?? ''
      const found = catalog.findIndex(node.relation?.schemaname ?? null, name)
      if (!found && !catalog.mayHoldMore) {
        throw undefinedTable(`relation "${name}" does not exist`, { kind: 'index', name })
      }
      if (!found && !concurrently) context.markUnknown(`the table of index ${name} is not known`)
      if (found) {
        requireAlone(found.relation, 'INDEX')
        if (found.relation.kind === 'partitioned table' && catalog.major < 14) {
          throw featureNotSupported('REINDEX is not yet implemented for partitioned indexes')
        }
        rebuild(found.relation, found.index.name)
        // A partitioned index has no storage of its own: the index of each partition is built again.
        for (const member of found.relation.kind === 'partitioned table' ? catalog.withDescendants(found.relation) : [])
          for (const own of member.indexes)
            if (member.id !== found.relation.id && isCopy(own, found.index)) rebuild(member, own.name)
      }
      return
    }
    default:
      if (!concurrently && catalog.sizes === null)
        context.markUnknown('it rebuilds indexes of tables that are not named')
      for (const relation of catalog.all()) {
        if (node.kind === 'REINDEX_OBJECT_SCHEMA' && relation.schema !== node.name) continue
        if (relation.kind === 'table' || relation.kind === 'materialized view') rebuild(relation, null)
      }
  }
}
