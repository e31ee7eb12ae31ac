import type { DropStmt, Node } from '@pgsql/types'
import { castsTo } from '../../catalog/expressions.ts'
import { type Relation, relationName } from '../../catalog/relation.ts'
import { qualifiedName, strings } from '../../sql/walk.ts'
import { because } from '../model/effect.ts'
import type { Dependent } from '../model/server-errors.ts'
import { CannotBeJudged, missingRelation, StatementFails } from '../model/server-errors.ts'
import {
  dependentObjectsStillExist,
  invalidSchemaName,
  undefinedObject,
  undefinedTable,
  wrongObjectType,
} from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'
import {
  dependentColumn,
  dependentDefault,
  dependentFunction,
  dependentKeys,
  dependentTable,
  dependentViews,
} from '../tables/dependents.ts'
import { inheritsConstraint, partitionsOf } from '../tables/inheritance.ts'
import { lockReferenced, removeConstraint } from './alter-table/alter-drop-constraint.ts'
import { dropFunctions } from './create-function.ts'
import { dropIndexes } from './create-index.ts'
import { castTypes } from './define-object.ts'
import { requireSchema } from './grant.ts'
import { dropPublications } from './publication.ts'

export const handlers: StatementHandlers = { DropStmt: drop }

interface DroppedKind {
  kinds: Relation['kind'][]
  word: string
}

const relationKinds: Partial<Record<NonNullable<DropStmt['removeType']>, DroppedKind>> = {
  OBJECT_TABLE: { kinds: ['table', 'partitioned table'], word: 'table' },
  OBJECT_VIEW: { kinds: ['view'], word: 'view' },
  OBJECT_MATVIEW: { kinds: ['materialized view'], word: 'materialized view' },
  OBJECT_SEQUENCE: { kinds: ['sequence'], word: 'sequence' },
  OBJECT_FOREIGN_TABLE: { kinds: ['foreign table'], word: 'foreign table' },
}

/** DROP of anything. Tables take what refers to them along with CASCADE, and lock it. */
function drop(node: DropStmt, context: StatementContext): void {
  if (node.removeType === 'OBJECT_INDEX') return dropIndexes(node, context)
  const relationKind = node.removeType && relationKinds[node.removeType]
  if (relationKind) return dropRelations(node, context, relationKind)
  switch (node.removeType) {
    case 'OBJECT_TRIGGER':
    case 'OBJECT_RULE':
    case 'OBJECT_POLICY':
      return dropOnTable(node, context)
    case 'OBJECT_SCHEMA':
      return dropSchemas(node, context)
    case 'OBJECT_TYPE':
    case 'OBJECT_DOMAIN':
      return dropTypes(node, context)
    case 'OBJECT_FUNCTION':
    case 'OBJECT_PROCEDURE':
    case 'OBJECT_ROUTINE':
      return dropFunctions(node, context)
    case 'OBJECT_PUBLICATION':
      return dropPublications(node, context)
    case 'OBJECT_EXTENSION':
      if (node.behavior === 'DROP_CASCADE')
        throw new CannotBeJudged('what hangs on an extension is not read, and CASCADE drops it')
      for (const object of node.objects ?? []) context.catalog.setExtension(nameIn(object), false)
      return
    case 'OBJECT_CAST':
      for (const object of node.objects ?? []) {
        const types = castTypes(object, context)
        if (types) context.catalog.setCast({ ...types, method: 'function' }, null)
      }
      return
    default:
      return
  }
}

function dropRelations(node: DropStmt, context: StatementContext, kind: DroppedKind): void {
  const { word } = kind
  const cascade = node.behavior === 'DROP_CASCADE'
  const targets = (node.objects ?? []).flatMap((object) => {
    const { schema, name } = qualifiedName('List' in object ? object.List.items : undefined)
    const relation =
      node.missing_ok && context.catalog.knowledge === 'read'
        ? context.catalog.find(schema, name)
        : context.catalog.findOrAssume(schema, name, kind.kinds[0])
    if (relation) {
      requireKind(relation, kind)
      return [relation]
    }
    if (node.missing_ok) return []
    if (schema !== null && !context.catalog.hasSchema(schema)) {
      throw invalidSchemaName(`schema "${schema}" does not exist`, { kind: 'schema', name: schema })
    }
    throw undefinedTable(`${word} "${name}" does not exist`, {
      kind: 'relation',
      name,
    })
  })
  const together = new Set(targets.flatMap((target) => partitionsOf(context, target).map(({ id }) => id)))
  for (const relation of targets) {
    try {
      if (context.catalog.get(relation.id)) dropRelation(context, relation, cascade, together)
    } catch (error) {
      if (!(error instanceof StatementFails) || error.sqlstate !== '2BP01' || targets.length === 1) throw error
      const message = 'cannot drop desired object(s) because other objects depend on them'
      throw new StatementFails(error.sqlstate, message, null, error.dependents)
    }
  }
}

/** DROP VIEW drops no table (DropErrorMsgWrongType). */
function requireKind(relation: Relation, { kinds, word }: DroppedKind): void {
  if (!relation.known && !relation.isNew && relation.columns.length === 0) return
  if (kinds.includes(relation.kind)) return
  throw wrongObjectType(`"${relation.name}" is not a ${word}`, { kind: 'relation', name: relation.name })
}

/** Drops one table, view or sequence with everything that depends on it. */
export function dropRelation(
  context: StatementContext,
  relation: Relation,
  cascade: boolean,
  together: ReadonlySet<number>,
): void {
  const { catalog } = context
  const refuse = (...dependents: Dependent[]): never => {
    const kind = relation.kind === 'partitioned table' ? 'table' : relation.kind
    const message = `cannot drop ${kind} ${relation.name} because other objects depend on it`
    throw dependentObjectsStillExist(message, null, dependents)
  }
  context.lock(relation, 'AccessExclusiveLock')
  const owner = relation.ownedBy && catalog.get(relation.ownedBy.relation)
  const used = owner?.columns.find(
    (column) => column.name === relation.ownedBy?.column && (column.identity || column.default?.includes('nextval')),
  )
  if (owner && used && !together.has(owner.id)) {
    if (!cascade) refuse(dependentColumn(owner, used.name))
    context.lock(owner, 'AccessExclusiveLock', {
      through: because(`its column \`${used.name}\` takes its default from the sequence`),
    })
  }
  const parent = relation.partitionOf && catalog.get(relation.partitionOf.relation)
  if (parent && !together.has(parent.id)) {
    for (const other of catalog.referencing(parent)) {
      if (!cascade && other.id !== relation.id) refuse(...dependentKeys(other, parent))
      context.lock(other, 'AccessExclusiveLock', {
        through: because(`its foreign key refers to \`${relationName(parent)}\``),
      })
    }
    context.lock(parent, 'AccessExclusiveLock', { through: because(`\`${relationName(relation)}\` is its partition`) })
    const fallback = catalog.children(parent).find((child) => child.partitionOf?.default)
    if (fallback && fallback.id !== relation.id)
      context.lock(fallback, 'AccessExclusiveLock', {
        through: because(`it is the default partition of \`${relationName(parent)}\``),
      })
  }
  for (const constraint of relation.constraints) {
    // The triggers on the other side are the parent's.
    if (!(parent && !together.has(parent.id) && inheritsConstraint(catalog, relation, constraint))) {
      lockReferenced(context, relation, constraint)
    }
  }
  const others = catalog.referencing(relation).filter((other) => !together.has(other.id))
  const views = catalog.readers(relation).filter((view) => !together.has(view.id))
  const functions = catalog.functionsReading(relation, null)
  const heirs = catalog.children(relation).filter((child) => !child.partitionOf && !together.has(child.id))
  if (!cascade && others.length + views.length + functions.length + heirs.length > 0) {
    refuse(
      ...others.flatMap((other) => dependentKeys(other, relation)),
      ...dependentViews(catalog, views),
      ...functions.map(dependentFunction),
      ...heirs.map(dependentTable),
    )
  }
  for (const other of others) {
    for (const key of other.constraints) {
      if (key.references?.relation !== relation.id) continue
      removeConstraint(context, other, key.name)
      context.recordChange({ kind: 'drops constraint', relation: other, constraint: key, cascade: true })
    }
  }
  for (const view of views) if (catalog.get(view.id)) dropRelation(context, view, true, together)
  for (const fn of functions) {
    catalog.setFunctions(
      fn.schema,
      fn.name,
      catalog.functions(fn.schema, fn.name).filter((item) => item !== fn),
    )
    context.recordChange({ kind: 'drops function', name: fn.name, count: 1, trigger: fn.trigger })
  }
  for (const child of catalog.children(relation)) {
    if (catalog.get(child.id)) dropRelation(context, child, cascade, new Set([...together, relation.id]))
  }
  if (relation.kind === 'table' || relation.kind === 'partitioned table') {
    for (const sequence of catalog.ownedSequences(relation)) catalog.drop(sequence)
  }
  catalog.drop(relation)
  context.recordChange({ kind: 'drops relation', relation })
}

/** DROP TRIGGER, RULE and POLICY take ACCESS EXCLUSIVE on their table. */
function dropOnTable(node: DropStmt, context: StatementContext): void {
  const { catalog } = context
  for (const object of node.objects ?? []) {
    const parts = strings('List' in object ? object.List.items : undefined)
    const name = parts.at(-1) ?? ''
    const relation = catalog.findOrAssume(parts.length > 2 ? (parts.at(-3) ?? null) : null, parts.at(-2) ?? '')
    if (!relation) {
      if (node.missing_ok) continue
      const schema = parts.length > 2 ? parts.at(-3) : undefined
      if (schema !== undefined) requireSchema(context, schema)
      throw missingRelation({ relname: parts.at(-2), ...(schema === undefined ? {} : { schemaname: schema }) })
    }
    const list =
      node.removeType === 'OBJECT_TRIGGER'
        ? relation.triggers
        : node.removeType === 'OBJECT_RULE'
          ? relation.rules
          : relation.policies
    if (relation.known && !list.some((item) => item.name === name)) {
      if (node.missing_ok) {
        continue
      }
      const word =
        node.removeType === 'OBJECT_TRIGGER' ? 'trigger' : node.removeType === 'OBJECT_RULE' ? 'rule' : 'policy'
      throw undefinedObject(
        `${word} "${name}" for ${word === 'rule' ? 'relation' : 'table'} "${relation.name}" does not exist`,
        { kind: word, name },
      )
    }
    for (const member of node.removeType === 'OBJECT_TRIGGER' && relation.kind === 'partitioned table'
      ? catalog.withDescendants(relation)
      : [relation]) {
      context.lock(member, 'AccessExclusiveLock')
      catalog.change(member, {
        triggers:
          node.removeType === 'OBJECT_TRIGGER'
            ? member.triggers.filter((trigger) => trigger.name !== name)
            : member.triggers,
        rules: node.removeType === 'OBJECT_RULE' ? member.rules.filter((rule) => rule.name !== name) : member.rules,
        policies:
          node.removeType === 'OBJECT_POLICY'
            ? member.policies.filter((policy) => policy.name !== name)
            : member.policies,
      })
    }
  }
}

function dropSchemas(node: DropStmt, context: StatementContext): void {
  const { catalog } = context
  for (const object of node.objects ?? []) {
    const name = nameIn(object)
    if (!catalog.hasSchema(name)) {
      if (node.missing_ok) continue
      throw invalidSchemaName(`schema "${name}" does not exist`, { kind: 'schema', name })
    }
    const inside = [...catalog.all()].filter((relation) => relation.schema === name)
    if (inside.length > 0 && node.behavior !== 'DROP_CASCADE') {
      const message = `cannot drop schema ${name} because other objects depend on it`
      throw dependentObjectsStillExist(message, null, inside.map(dependentTable))
    }
    const together = new Set(inside.map((relation) => relation.id))
    for (const relation of inside) if (catalog.get(relation.id)) dropRelation(context, relation, true, together)
    if (node.behavior === 'DROP_CASCADE') context.recordChange({ kind: 'drops schema', schema: name })
    catalog.setSchema(name, false)
  }
}

/** A type in use takes its columns along with CASCADE, and the defaults that were kept through a change of type. */
function dropTypes(node: DropStmt, context: StatementContext): void {
  const { catalog } = context
  for (const object of node.objects ?? []) {
    const { schema, name } = qualifiedName('TypeName' in object ? object.TypeName.names : undefined)
    const type = catalog.type(schema, name)
    if (!type) {
      const table = catalog.find(schema, name)
      if (node.missing_ok || catalog.mayHoldMore || table) continue
      throw undefinedObject(`type "${name}" does not exist`, { kind: 'type', name })
    }
    const full = `${type.schema}.${type.name}`
    for (const relation of [...catalog.all()]) {
      const using = relation.columns.filter((column) =>
        [full, `${full}[]`, type.name, `${type.name}[]`].includes(column.type),
      )
      const kept = relation.columns.filter(
        (column) => !using.includes(column) && !column.generated && castsTo(column.default, type, catalog),
      )
      if (using.length === 0 && kept.length === 0) continue
      if (node.behavior !== 'DROP_CASCADE') {
        const shown = catalog.type(null, type.name) === type ? type.name : full
        const message = `cannot drop type ${shown} because other objects depend on it`
        const columns = [
          ...using.map((column) => dependentColumn(relation, column.name)),
          ...kept.map((column) => dependentDefault(relation, column.name)),
        ]
        throw dependentObjectsStillExist(message, null, columns)
      }
      context.lock(relation, 'AccessExclusiveLock')
      for (const column of using) context.recordChange({ kind: 'drops column', relation, column: column.name })
      for (const column of kept) context.recordChange({ kind: 'drops default', relation, column: column.name })
      catalog.change(relation, {
        columns: relation.columns
          .filter((column) => !using.includes(column))
          .map((column) => (kept.includes(column) ? { ...column, default: null } : column)),
      })
    }
    catalog.setType(type.schema, type.name, null)
  }
}

function nameIn(object: Node): string {
  return 'String' in object ? (object.String.sval ?? '') : ''
}
