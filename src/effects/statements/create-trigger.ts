import type { CreateTrigStmt, RuleStmt } from '@pgsql/types'
import type { Relation } from '../../catalog/relation.ts'
import { print } from '../../sql/quote.ts'
import { strings } from '../../sql/walk.ts'
import { analyse } from '../calls/rules-and-triggers.ts'
import { duplicateObject, wrongObjectType } from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'
import { requireNames } from '../names/query-columns.ts'
import { scopeOf, source, sourceOf } from '../names/query-scope.ts'
import { requireColumns } from '../names/require-columns.ts'
import { requireFunction } from './create-function.ts'

export const handlers: StatementHandlers = { CreateTrigStmt: createTrigger, RuleStmt: createRule }

/** CREATE TRIGGER: SHARE ROW EXCLUSIVE on the table, for a row trigger on its partitions too. */
function createTrigger(node: CreateTrigStmt, context: StatementContext): void {
  const relation = context.relation(node.relation)
  const name = node.trigname ?? ''
  if (relation.triggers.some((trigger) => trigger.name === name) && !node.replace) {
    throw duplicateObject(`trigger "${name}" for relation "${relation.name}" already exists`, {
      kind: 'trigger',
      name,
    })
  }
  requireFunction(context, node.funcname)
  requireFiring(node, relation, context)
  const definition = print({ CreateTrigStmt: node })
  for (const member of node.row ? context.catalog.withDescendants(relation) : [relation]) {
    if (member.id !== relation.id && relation.kind !== 'partitioned table') continue
    context.lock(member, 'ShareRowExclusiveLock')
    const others = member.triggers.filter((trigger) => trigger.name !== name)
    context.catalog.change(member, {
      triggers: [...others, { name, enabled: true, definition }],
    })
  }
}

/** The bit of INSTEAD OF in pg_trigger.h. */
const insteadOf = 64

/** The kind of relation, the columns and the condition that a trigger fires on (CreateTriggerFiringOn). */
function requireFiring(node: CreateTrigStmt, relation: Relation, context: StatementContext): void {
  const isView = relation.kind === 'view'
  const instead = ((node.timing ?? 0) & insteadOf) !== 0
  if (relation.known && instead !== isView && (instead || node.row)) {
    throw wrongObjectType(`"${relation.name}" is a ${isView ? 'view' : 'table'}`)
  }
  requireColumns(relation, strings(node.columns))
  const rows = ['new', 'old'].map((name) => source(name, null, sourceOf(relation, undefined).columns, undefined))
  requireNames(context, node.whenClause, scopeOf(rows), new Map())
}

/** CREATE RULE: ACCESS EXCLUSIVE on its relation; its actions are analyzed, which locks the relations they write. */
function createRule(node: RuleStmt, context: StatementContext): void {
  const relation = context.relation(node.relation)
  context.lock(relation, 'AccessExclusiveLock')
  for (const action of node.actions ?? []) analyse(context, action, true)
  const rule = { name: node.rulename ?? '', definition: print({ RuleStmt: node }) }
  context.catalog.change(relation, { rules: [...relation.rules.filter((item) => item.name !== rule.name), rule] })
}
