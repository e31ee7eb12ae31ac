import type { AlterObjectSchemaStmt, Node, RenameStmt } from '@pgsql/types'
import type { UserFunction, UserType } from '../../catalog/catalog.ts'
import { type Column, columnOf, type Relation } from '../../catalog/relation.ts'
import { parseType, printType } from '../../catalog/types.ts'
import { quoteName } from '../../sql/quote.ts'
import { qualifiedName } from '../../sql/walk.ts'
import { missingRelation } from '../model/server-errors.ts'
import {
  duplicateColumn,
  duplicateObject,
  duplicateSchema,
  duplicateTable,
  invalidSchemaName,
  invalidTableDefinition,
  undefinedObject,
  wrongObjectType,
} from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'
import { storedName } from '../names/object-names.ts'
import { requireColumns } from '../names/require-columns.ts'
import { indexText } from '../tables/index-copies.ts'
import { inheritsColumn, inheritsConstraint, isNoInherit } from '../tables/inheritance.ts'
import { requireSchema } from './grant.ts'
import { renameInPublications } from './publication.ts'

export const handlers: StatementHandlers = { AlterObjectSchemaStmt: setSchema, RenameStmt: rename }

/** ALTER … RENAME: ACCESS EXCLUSIVE on a table for a moment; an index only needs SHARE UPDATE EXCLUSIVE on itself. */
function rename(node: RenameStmt, context: StatementContext): void {
  const { catalog } = context
  const to = storedName(node.newname ?? '')
  switch (node.renameType) {
    case 'OBJECT_COLUMN':
    case 'OBJECT_ATTRIBUTE':
      if (node.relationType === 'OBJECT_TYPE') return
      return renameColumn(node, context, to)
    case 'OBJECT_TABLE':
    case 'OBJECT_VIEW':
    case 'OBJECT_MATVIEW':
    case 'OBJECT_SEQUENCE':
    case 'OBJECT_FOREIGN_TABLE': {
      const relation = node.missing_ok ? context.findIfExists(node.relation) : context.find(node.relation)
      if (!relation) {
        if (renameIndex(node, context, to) || node.missing_ok) return
        throw missingRelation(node.relation)
      }
      requireRenamed(relation, node.renameType)
      context.requireFreeName(relation.schema, to)
      context.lock(relation, 'AccessExclusiveLock')
      context.recordChange({ kind: 'renames relation', relation, to: { schema: relation.schema, name: to } })
      catalog.rename(relation, relation.schema, to)
      return
    }
    case 'OBJECT_INDEX':
      if (!renameIndex(node, context, to) && !node.missing_ok && !catalog.mayHoldMore)
        throw missingRelation(node.relation)
      return
    case 'OBJECT_TABCONSTRAINT':
      return renameConstraint(node, context, to)
    case 'OBJECT_TRIGGER':
    case 'OBJECT_RULE':
    case 'OBJECT_POLICY': {
      const relation = context.relation(node.relation)
      context.lock(relation, 'AccessExclusiveLock')
      const from = node.subname ?? ''
      const renamed = <T extends { name: string }>(list: T[]): T[] =>
        list.map((item) => (item.name === from ? { ...item, name: to } : item))
      if (node.renameType === 'OBJECT_TRIGGER') catalog.change(relation, { triggers: renamed(relation.triggers) })
      else if (node.renameType === 'OBJECT_RULE') catalog.change(relation, { rules: renamed(relation.rules) })
      else catalog.change(relation, { policies: renamed(relation.policies) })
      return
    }
    case 'OBJECT_TYPE':
    case 'OBJECT_DOMAIN': {
      const { schema, name } = qualifiedName(node.object && 'List' in node.object ? node.object.List.items : undefined)
      const type = catalog.type(schema, name)
      if (!type) {
        if (catalog.mayHoldMore) return
        throw undefinedObject(`type "${name}" does not exist`, { kind: 'type', name })
      }
      if (catalog.type(type.schema, to)) {
        throw duplicateObject(`type "${to}" already exists`, { kind: 'type', name: to })
      }
      moveType(context, type, { ...type, name: to })
      return
    }
    case 'OBJECT_FUNCTION':
    case 'OBJECT_PROCEDURE': {
      const named = node.object && 'ObjectWithArgs' in node.object ? node.object.ObjectWithArgs.objname : undefined
      return moveFunctions(context, named, (fn) => ({ ...fn, name: to }))
    }
    case 'OBJECT_SCHEMA': {
      const from = node.subname ?? ''
      if (!catalog.hasSchema(from))
        throw invalidSchemaName(`schema "${from}" does not exist`, { kind: 'schema', name: from })
      if (catalog.knowsSchema(to)) throw duplicateSchema(`schema "${to}" already exists`, { kind: 'schema', name: to })
      for (const relation of [...catalog.all()])
        if (relation.schema === from) catalog.rename(relation, to, relation.name)
      catalog.setSchema(from, false)
      catalog.setSchema(to, true)
      return
    }
    default:
      return
  }
}

/** ALTER TABLE renames anything; the others only what they say (RangeVarCallbackForAlterRelation). */
function requireRenamed(relation: Relation, type: RenameStmt['renameType']): void {
  const kinds: Partial<Record<NonNullable<typeof type>, Relation['kind']>> = {
    OBJECT_VIEW: 'view',
    OBJECT_MATVIEW: 'materialized view',
    OBJECT_SEQUENCE: 'sequence',
    OBJECT_FOREIGN_TABLE: 'foreign table',
  }
  const wanted = type && kinds[type]
  if (!relation.known || wanted === undefined || relation.kind === wanted) return
  throw wrongObjectType(`"${relation.name}" is not a ${wanted}`)
}

function renameColumn(node: RenameStmt, context: StatementContext, to: string): void {
  const { catalog } = context
  if (node.missing_ok && !context.findIfExists(node.relation)) return
  const relation = context.relation(node.relation)
  const from = node.subname ?? ''
  requireColumns(relation, [from], (name) => `column "${name}" does not exist`)
  if (columnOf(relation, to)) {
    throw duplicateColumn(`column "${to}" of relation "${relation.name}" already exists`, {
      kind: 'column',
      name: to,
    })
  }
  if (inheritsColumn(catalog, relation, from)) {
    throw invalidTableDefinition(`cannot rename inherited column "${from}"`)
  }
  const swap = (name: string): string => (name === from ? to : name)
  for (const member of !node.relation?.inh ? [relation] : catalog.withDescendants(relation)) {
    context.lock(member, 'AccessExclusiveLock')
    renameInPublications(catalog, member, swap)
    catalog.put({
      ...member,
      columns: member.columns.map((column) => ({
        ...column,
        name: swap(column.name),
        default: column.generated && column.default !== null ? renameIn(column.default, from, to) : column.default,
      })),
      constraints: member.constraints.map((constraint) => ({
        ...constraint,
        columns: constraint.columns.map(swap),
        definition: constraint.kind === 'check' ? renameIn(constraint.definition, from, to) : constraint.definition,
      })),
      policies: member.policies.map((policy) => ({ ...policy, uses: policy.uses.map(swap) })),
      partitionKey: member.partitionKey === null ? null : renameIn(member.partitionKey, from, to),
      indexes: member.indexes.map((index) => ({
        ...index,
        // An index keeps the names its columns were made with, and gives them to its copies.
        definition: index.uses.includes(from) && index.definition === '' ? indexText(index) : index.definition,
        keys: index.keys.map((key) => (key === null ? null : swap(key))),
        include: index.include.map(swap),
        uses: index.uses.map(swap),
      })),
    })
  }
  for (const other of catalog.referencing(relation)) {
    catalog.change(other, {
      constraints: catalog.current(other).constraints.map((constraint) =>
        constraint.references?.relation === relation.id
          ? {
              ...constraint,
              references: { ...constraint.references, columns: constraint.references.columns.map(swap) },
            }
          : constraint,
      ),
    })
  }
  for (const view of catalog.readers(relation)) {
    catalog.change(view, {
      reads: view.reads.map((read) =>
        read.relation === relation.id ? { ...read, columns: read.columns.map(swap) } : read,
      ),
    })
  }
  context.recordChange({ kind: 'renames column', relation, from, to })
}

/** The server keeps expressions by column number, so they follow a rename. String literals stay as they are. */
function renameIn(expression: string, from: string, to: string): string {
  const name = from.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const pattern = new RegExp(`'(?:[^']|'')*'|"${name}"|(?<![\\w"$.])${name}(?![\\w"$(])`, 'g')
  return expression.replace(pattern, (match) => (match.startsWith("'") ? match : quoteName(to)))
}

function renameConstraint(node: RenameStmt, context: StatementContext, to: string): void {
  const { catalog } = context
  if (node.missing_ok && !context.findIfExists(node.relation)) return
  const relation = context.relation(node.relation)
  const from = node.subname ?? ''
  const constraint = relation.constraints.find((constraint) => constraint.name === from)
  if (!constraint && relation.known) {
    throw undefinedObject(`constraint "${from}" for table "${relation.name}" does not exist`, {
      kind: 'constraint',
      name: from,
    })
  }
  if (relation.constraints.some((item) => item.name === to)) {
    throw duplicateObject(`constraint "${to}" for relation "${relation.name}" already exists`, {
      kind: 'constraint',
      name: to,
    })
  }
  if (constraint && constraint.kind !== 'foreign key' && inheritsConstraint(catalog, relation, constraint)) {
    throw invalidTableDefinition(`cannot rename inherited constraint "${from}"`)
  }
  if (constraint?.index) context.requireFreeName(relation.schema, to)
  const below = constraint?.kind === 'check' && !isNoInherit(constraint) && node.relation?.inh
  for (const member of below ? catalog.withDescendants(relation) : [relation]) {
    context.lock(member, 'AccessExclusiveLock')
    catalog.change(member, {
      constraints: member.constraints.map((item) =>
        item.name === from ? { ...item, name: to, index: item.index && to } : item,
      ),
      indexes: member.indexes.map((index) => (index.name === constraint?.index ? { ...index, name: to } : index)),
    })
  }
}

function renameIndex(node: RenameStmt, context: StatementContext, to: string): boolean {
  const { catalog } = context
  const found = catalog.findIndex(node.relation?.schemaname ?? null, node.relation?.relname ?? '')
  if (!found) return false
  const { relation, index } = found
  context.requireFreeName(relation.schema, to)
  catalog.change(relation, {
    indexes: relation.indexes.map((item) => (item.name === index.name ? { ...item, name: to } : item)),
    constraints: relation.constraints.map((constraint) =>
      constraint.index === index.name ? { ...constraint, name: to, index: to } : constraint,
    ),
  })
  return true
}

/** ALTER … SET SCHEMA: ACCESS EXCLUSIVE on a table for a moment. */
function setSchema(node: AlterObjectSchemaStmt, context: StatementContext): void {
  const { catalog } = context
  const to = node.newschema ?? ''
  if (node.relation) {
    if (node.missing_ok && !context.findIfExists(node.relation)) return
    const relation: Relation = context.relation(node.relation)
    requireSchema(context, to)
    if (relation.schema === to && catalog.get(relation.id)) return context.lock(relation, 'AccessExclusiveLock')
    if (catalog.nameTaken(to, relation.name)) {
      throw duplicateTable(`relation "${relation.name}" already exists in schema "${to}"`, {
        kind: 'relation',
        name: `${to}.${relation.name}`,
      })
    }
    context.lock(relation, 'AccessExclusiveLock')
    context.recordChange({ kind: 'renames relation', relation, to: { schema: to, name: relation.name } })
    catalog.rename(relation, to, relation.name)
    // The sequences of its columns go with it (AlterSeqNamespaces).
    for (const sequence of catalog.ownedSequences(relation)) catalog.rename(sequence, to, sequence.name)
    return
  }
  requireSchema(context, to)
  if (node.objectType === 'OBJECT_FUNCTION' || node.objectType === 'OBJECT_PROCEDURE') {
    const named = node.object && 'ObjectWithArgs' in node.object ? node.object.ObjectWithArgs.objname : undefined
    return moveFunctions(context, named, (fn) => ({ ...fn, schema: to }))
  }
  if (node.objectType !== 'OBJECT_TYPE' && node.objectType !== 'OBJECT_DOMAIN') return
  const { schema, name } = qualifiedName(node.object && 'List' in node.object ? node.object.List.items : undefined)
  const type = catalog.type(schema, name)
  if (!type) return
  moveType(context, type, { ...type, schema: to })
}

/** A type under another name or schema, with the columns that are of it. */
function moveType({ catalog }: StatementContext, from: UserType, to: UserType): void {
  const renamed = (column: Column): Column => {
    const type = parseType(column.type, catalog)
    return type.user === from ? { ...column, type: printType({ ...type, schema: to.schema, name: to.name }) } : column
  }
  for (const relation of [...catalog.all()]) {
    const columns = relation.columns.map(renamed)
    if (columns.some((column, i) => column !== relation.columns[i])) catalog.change(relation, { columns })
  }
  catalog.setType(from.schema, from.name, null)
  catalog.setType(to.schema, to.name, to)
}

/** A function under another name or schema. Overloads are not distinguished: all of them count as existing in both places. */
function moveFunctions(
  context: StatementContext,
  names: Node[] | undefined,
  move: (fn: UserFunction) => UserFunction,
): void {
  const { catalog } = context
  const { schema, name } = qualifiedName(names)
  const [first] = catalog.functions(schema, name)
  if (!first) return
  const to = move(first)
  const bodies = catalog.bodies(first.schema, name)
  catalog.setFunctions(to.schema, to.name, [
    ...catalog.functions(to.schema, to.name),
    ...catalog.functions(first.schema, name).map(move),
  ])
  catalog.setBodies(to.schema, to.name, [...catalog.bodies(to.schema, to.name), ...bodies])
  if (catalog.functions(first.schema, name).length > 1) return
  catalog.setFunctions(first.schema, name, [])
  catalog.setBodies(first.schema, name, [])
}
