import type { Constraint as ConstraintNode } from '@pgsql/types'
import { comparable } from '../../catalog/coercion.ts'
import { type Constraint, columnOf, type Relation } from '../../catalog/relation.ts'
import { parseType } from '../../catalog/types.ts'
import { print } from '../../sql/quote.ts'
import { strings } from '../../sql/walk.ts'
import { because } from '../model/effect.ts'
import { missingRelation } from '../model/server-errors.ts'
import {
  datatypeMismatch,
  invalidForeignKey,
  invalidTableDefinition,
  objectInUse,
  undefinedColumn,
  undefinedObject,
  wrongObjectType,
} from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import { requireColumns } from '../names/require-columns.ts'
import { inherited, partitionsOf } from './inheritance.ts'
import { type ConstraintOptions, nameFor, noteConstraint, putConstraint } from './new-constraint.ts'
import { refuseOnOldPartitions } from './partition-key.ts'

const actions = { a: 'no action', r: 'restrict', c: 'cascade', n: 'set null', d: 'set default' } as const

/** ADD FOREIGN KEY: SHARE ROW EXCLUSIVE on both sides; the referencing one is scanned unless NOT VALID. */
export function addForeignKey(
  context: StatementContext,
  relation: Relation,
  node: ConstraintNode,
  options: ConstraintOptions,
): void {
  const { catalog } = context
  const columns = options.column ? [options.column] : strings(node.fk_attrs)
  const name = nameFor(context, relation, node, columns, 'fkey')
  const referenced = isSelf(node, relation) ? relation : context.find(node.pktable)
  if (!referenced) throw missingRelation(node.pktable)
  requirePartitionedForm(context, relation, referenced, node, options)
  if (!['table', 'partitioned table'].includes(referenced.kind)) {
    throw wrongObjectType(`referenced relation "${referenced.name}" is not a table`)
  }
  requireSamePersistence(relation, referenced)
  requireColumns(relation, columns, (text) => `column "${text}" referenced in foreign key constraint does not exist`)
  const key = referencedColumns(referenced, strings(node.pk_attrs), columns)
  requireComparable(context, name, relation, columns, referenced, key)
  // The partition is open for the key's own recursion when its triggers are made (CheckTableNotInUse).
  if (
    referenced.id !== relation.id &&
    partitionsOf(context, relation).some((partition) => partition.id === referenced.id)
  ) {
    const session = 'because it is being used by active queries in this session'
    throw objectInUse(`cannot ALTER TABLE "${referenced.name}" ${session}`)
  }
  const validated = !node.skip_validation && (node as { is_enforced?: boolean }).is_enforced !== false
  // Nulls refer to nothing: the server skips the check (transformFKConstraints).
  const checks = validated && !options.allNull
  const action = (code: string | undefined): (typeof actions)[keyof typeof actions] =>
    actions[(code ?? 'a') as keyof typeof actions] ?? 'no action'
  const constraint: Constraint = {
    name,
    kind: 'foreign key',
    columns,
    validated,
    definition: print({ Constraint: { ...node, conname: undefined } }),
    deferrable: node.deferrable ?? false,
    references: {
      relation: referenced.id,
      columns: key,
      onDelete: action(node.fk_del_action),
      onUpdate: action(node.fk_upd_action),
    },
    index: null,
  }
  for (const member of options.recurse ? partitionsOf(context, relation) : [relation]) {
    context.lock(member, 'ShareRowExclusiveLock', {
      scan: checks && !context.isNew(member) && member.kind !== 'partitioned table' && member.kind !== 'foreign table',
      ...inherited(member, relation),
    })
    putConstraint(context, member, constraint)
  }
  for (const member of partitionsOf(context, referenced)) {
    if (member.id === relation.id) continue
    context.lock(member, 'ShareRowExclusiveLock', {
      through: because(
        `the foreign key refers to ${member.id === referenced.id ? 'it' : `its parent \`${referenced.name}\``}`,
      ),
      ...(checks && !context.isNew(relation) ? { lookedUpBy: catalog.current(relation) } : {}),
    })
  }
  noteConstraint(context, relation, constraint, node)
}

function requirePartitionedForm(
  context: StatementContext,
  relation: Relation,
  referenced: Relation,
  node: ConstraintNode,
  options: ConstraintOptions,
): void {
  if (relation.kind === 'partitioned table') refuseOnOldPartitions(context, 'foreign key')
  if (relation.kind !== 'partitioned table' || context.isNew(relation)) return
  const between = `foreign key on partitioned table "${relation.name}" referencing relation "${referenced.name}"`
  if (!options.recurse) throw wrongObjectType(`cannot use ONLY for ${between}`)
  if (node.skip_validation && !context.catalog.behaves('not-valid-key-of-partitioned-table')) {
    throw wrongObjectType(`cannot add NOT VALID ${between}`)
  }
}

/** The persistence of a key and of the table it refers to must match (ATAddForeignKeyConstraint). */
function requireSamePersistence(relation: Relation, referenced: Relation): void {
  const { persistence } = relation
  const others = persistence === 'unlogged' ? ['permanent', 'unlogged'] : [persistence]
  if (!relation.known || !referenced.known || others.includes(referenced.persistence)) return
  throw invalidTableDefinition(`constraints on ${persistence} tables may reference only ${others.join(' or ')} tables`)
}

/** The server needs an operator between each column and the one it refers to. */
export function requireComparable(
  context: StatementContext,
  name: string,
  relation: Relation,
  columns: string[],
  referenced: Relation,
  key: string[],
): void {
  const { catalog } = context
  columns.forEach((column, i) => {
    const own = columnOf(catalog.current(relation), column)
    const other = columnOf(catalog.current(referenced), key[i] ?? '')
    if (!own || !other || comparable(parseType(own.type, catalog), parseType(other.type, catalog), catalog)) return
    throw datatypeMismatch(`foreign key constraint "${name}" cannot be implemented`)
  })
}

function isSelf(node: ConstraintNode, relation: Relation): boolean {
  const { schemaname, relname } = node.pktable ?? {}
  return relname === relation.name && (schemaname === undefined || schemaname === relation.schema)
}

/** Fails when no unique constraint or index exists over exactly these columns. */
function referencedColumns(referenced: Relation, named: string[], columns: string[]): string[] {
  if (!referenced.known) return named
  const primary = referenced.constraints.find((constraint) => constraint.kind === 'primary key')
  if (named.length === 0) {
    if (!primary) throw undefinedObject(`there is no primary key for referenced table "${referenced.name}"`)
    if (primary.columns.length !== columns.length) {
      throw invalidForeignKey('number of referencing and referenced columns for foreign key disagree')
    }
    return primary.columns
  }
  for (const column of named) {
    if (!columnOf(referenced, column)) {
      throw undefinedColumn(`column "${column}" referenced in foreign key constraint does not exist`, {
        kind: 'column',
        name: column,
      })
    }
  }
  const wanted = [...named].sort().join('\u0000')
  const matches = referenced.indexes.some(
    (index) =>
      index.unique && index.valid && index.predicate === null && [...index.keys].sort().join('\u0000') === wanted,
  )
  if (!matches) {
    throw invalidForeignKey(
      `there is no unique constraint matching given keys for referenced table "${referenced.name}"`,
    )
  }
  return named
}
