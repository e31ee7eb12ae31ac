import type { Constraint as ConstraintNode } from '@pgsql/types'
import type { Constraint, Relation } from '../../catalog/relation.ts'
import { print } from '../../sql/quote.ts'
import { columnsIn, strings } from '../../sql/walk.ts'
import {
  duplicateColumn,
  duplicateObject,
  featureNotSupported,
  invalidTableDefinition,
  objectNotInPrerequisiteState,
  undefinedObject,
  wrongObjectType,
} from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import { freeName, storedName } from '../names/object-names.ts'
import { changeColumn, requireColumns } from '../names/require-columns.ts'
import { hasRows } from './affected-rows.ts'
import { inherited, isSameKey, partitionsOf } from './inheritance.ts'
import { type ConstraintOptions, noteConstraint, putConstraint } from './new-constraint.ts'
import { addIndex, constraintIndex, requireClasses } from './new-index.ts'
import {
  isNotNull,
  isProven,
  membersToSetNotNull,
  refuseUnvalidatedNotNull,
  unvalidatedNotNull,
} from './not-null-members.ts'
import { refuseOnOldPartitions, requirePartitionKey } from './partition-key.ts'

type KeyKind = 'primary key' | 'unique' | 'exclusion'

const words = { 'primary key': 'PRIMARY KEY', unique: 'UNIQUE', exclusion: 'EXCLUDE' } as const

/**
 * ADD UNIQUE, PRIMARY KEY or EXCLUDE: an index build under ACCESS EXCLUSIVE, on partitions too. Children by plain
 * inheritance get no index, but a primary key makes their columns NOT NULL (transformIndexConstraint, to 17).
 */
export function addKey(
  context: StatementContext,
  relation: Relation,
  node: ConstraintNode,
  options: ConstraintOptions,
): void {
  const { catalog } = context
  const kind: KeyKind =
    node.contype === 'CONSTR_PRIMARY' ? 'primary key' : node.contype === 'CONSTR_UNIQUE' ? 'unique' : 'exclusion'
  if (node.indexname) return keyUsingIndex(context, relation, node, kind)
  const columns = options.column
    ? [options.column]
    : kind === 'exclusion'
      ? (node.exclusions ?? []).flatMap((exclusion) => exclusionColumns(exclusion))
      : strings(node.keys)
  // ALTER TABLE … ADD PRIMARY KEY meets the column at its SET NOT NULL first (to 17).
  requireColumns(relation, columns, (name) =>
    kind === 'primary key' && !context.isNew(relation) && options.column === null
      ? `column "${name}" of relation "${relation.name}" does not exist`
      : `column "${name}" named in key does not exist`,
  )
  const twice = kind === 'exclusion' ? undefined : columns.find((column, i) => columns.indexOf(column) < i)
  if (twice) {
    throw duplicateColumn(
      `column "${twice}" appears twice in ${kind === 'unique' ? 'unique' : 'primary key'} constraint`,
    )
  }
  if (relation.kind === 'partitioned table' && kind !== 'exclusion') refuseOnOldPartitions(context, kind)
  if (kind === 'primary key') {
    const pending = columns.find((column) => unvalidatedNotNull(relation, column))
    if (pending) throw objectNotInPrerequisiteState(`cannot create primary key on column "${pending}"`)
    forbidNulls(context, relation, columns, options.recurse)
  }
  const name =
    node.conname !== undefined && node.conname !== ''
      ? storedName(node.conname)
      : freeName(
          relation.name,
          kind === 'primary key' ? [] : [...columns, ...strings(node.including)],
          label(kind),
          (text) => catalog.nameTaken(relation.schema, text) || catalog.constraintNameTaken(relation.schema, text),
        )
  requireClasses(context, relation, constraintIndex(node, name, columns), [])
  if (kind === 'primary key' && relation.constraints.some((constraint) => constraint.kind === 'primary key')) {
    throw invalidTableDefinition(`multiple primary keys for table "${relation.name}" are not allowed`)
  }
  if (kind !== 'exclusion') requirePartitionKey(relation, columns, words[kind])
  else if (relation.kind === 'partitioned table' && !catalog.behaves('partitioned-table-has-exclusions')) {
    throw featureNotSupported('exclusion constraints are not supported on partitioned tables')
  }
  context.requireFreeName(relation.schema, name)
  requireFreeConstraint(relation, name)
  const definition = print({ Constraint: { ...node, conname: undefined } })
  const made = (own: string): Constraint => ({
    name: own,
    kind,
    columns,
    validated: true,
    definition,
    deferrable: node.deferrable ?? false,
    references: null,
    index: own,
  })
  for (const member of options.recurse ? partitionsOf(context, relation) : [relation]) {
    const own = member.id === relation.id
    if (!own && takesOver(context, member, kind, columns)) {
      context.lock(member, 'ShareLock', inherited(member, relation))
      continue
    }
    const indexName = own
      ? name
      : freeName(member.name, kind === 'primary key' ? [] : columns, label(kind), (text) =>
          catalog.nameTaken(member.schema, text),
        )
    const index = constraintIndex(node, indexName, columns)
    const builds = hasRows(member) ? [index] : []
    context.lock(member, own ? 'AccessExclusiveLock' : 'ShareLock', {
      builds,
      scan: builds.length > 0,
      ...inherited(member, relation),
    })
    addIndex(context, member, index)
    putConstraint(context, member, made(indexName))
  }
  noteConstraint(context, relation, made(name), node)
}

function label(kind: KeyKind): string {
  return kind === 'primary key' ? 'pkey' : kind === 'unique' ? 'key' : 'excl'
}

/** A partition that has the key already keeps its own index (DefineIndex attaches it). */
function takesOver(context: StatementContext, member: Relation, kind: KeyKind, columns: string[]): boolean {
  const now = context.catalog.current(member)
  return now.constraints.some(
    (constraint) => isSameKey(constraint.kind, kind) && constraint.columns.join() === columns.join(),
  )
}

function requireFreeConstraint(relation: Relation, name: string): void {
  if (!relation.constraints.some((constraint) => constraint.name === name)) return
  throw duplicateObject(`constraint "${name}" for relation "${relation.name}" already exists`, {
    kind: 'constraint',
    name,
  })
}

/** The server adds SET NOT NULL, with the children's; unless a CHECK proves it, it scans. */
function forbidNulls(context: StatementContext, relation: Relation, columns: string[], recurse: boolean): void {
  for (const member of membersToSetNotNull(context, relation, columns, recurse)) {
    const nullable = columns.filter((column) => !isNotNull(member, column))
    context.lock(member, 'AccessExclusiveLock', {
      scan: hasRows(member) && nullable.some((column) => !provesIt(context, member, column)),
      ...inherited(member, relation),
    })
    for (const column of nullable) changeColumn(context.catalog, member, column, { notNull: true })
  }
}

function provesIt(context: StatementContext, relation: Relation, column: string): boolean {
  return context.catalog.behaves('check-proves-not-null') && isProven(relation, column)
}

function exclusionColumns(node: unknown): string[] {
  const found: string[] = []
  const elements = node as { List?: { items?: { IndexElem?: { name?: string; expr?: unknown } }[] } }
  for (const item of elements.List?.items ?? []) {
    if (item.IndexElem?.name) found.push(item.IndexElem.name)
    else if (item.IndexElem?.expr) found.push(...columnsIn(item.IndexElem.expr))
  }
  return found
}

/** `ADD … USING INDEX`: the index is there; only a primary key over nullable columns still scans, for NOT NULL. */
function keyUsingIndex(context: StatementContext, relation: Relation, node: ConstraintNode, kind: KeyKind): void {
  const indexName = node.indexname ?? ''
  const index = relation.indexes.find((index) => index.name === indexName)
  if (relation.kind === 'partitioned table') {
    throw featureNotSupported('ALTER TABLE / ADD CONSTRAINT USING INDEX is not supported on partitioned tables')
  }
  if (!index && relation.known) requireIndexHere(context, relation, indexName)
  if (relation.constraints.some((item) => item.index === indexName)) {
    throw objectNotInPrerequisiteState(`index "${indexName}" is already associated with a constraint`)
  }
  if (index && !index.valid) throw objectNotInPrerequisiteState(`index "${indexName}" is not valid`)
  if (index && !index.unique) throw wrongObjectType(`"${indexName}" is not a unique index`)
  if (index?.keys.includes(null)) throw wrongObjectType(`index "${indexName}" contains expressions`)
  if (index && index.predicate !== null) throw wrongObjectType(`"${indexName}" is a partial index`)
  if (kind === 'primary key' && relation.constraints.some((item) => item.kind === 'primary key')) {
    throw invalidTableDefinition(`multiple primary keys for table "${relation.name}" are not allowed`)
  }
  const name = node.conname ? storedName(node.conname) : indexName
  if (name !== indexName) context.requireFreeName(relation.schema, name)
  requireFreeConstraint(relation, name)
  const columns = (index?.keys ?? []).flatMap((key) => key ?? [])
  context.lock(relation, 'AccessExclusiveLock', { scan: kind === 'primary key' && index === undefined })
  if (kind === 'primary key') {
    for (const column of columns) refuseUnvalidatedNotNull(relation, column)
    forbidNulls(context, relation, columns, true)
  }
  const now = context.catalog.current(relation)
  context.catalog.put({
    ...now,
    indexes: now.indexes.map((item) =>
      item.name === indexName ? { ...item, name, primary: kind === 'primary key' } : item,
    ),
  })
  const constraint: Constraint = {
    name,
    kind,
    columns,
    validated: true,
    definition: `${words[kind]} (${columns.join(', ')})`,
    deferrable: node.deferrable ?? false,
    references: null,
    index: name,
  }
  putConstraint(context, relation, constraint)
  noteConstraint(context, relation, constraint, node)
}

function requireIndexHere(context: StatementContext, relation: Relation, name: string): void {
  if (context.catalog.findIndex(relation.schema, name)) {
    throw objectNotInPrerequisiteState(`index "${name}" does not belong to table "${relation.name}"`)
  }
  throw undefinedObject(`index "${name}" does not exist`, { kind: 'index', name })
}
