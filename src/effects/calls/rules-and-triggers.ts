import type { CreateTrigStmt, Node, RuleStmt, SelectStmt } from '@pgsql/types'
import type { Relation } from '../../catalog/relation.ts'
import { parseOne } from '../../sql/parse.ts'
import { qualifiedName, walk } from '../../sql/walk.ts'
import { because } from '../model/effect.ts'
import type { StatementContext } from '../model/statement-context.ts'
import { queryNames } from '../names/write-names.ts'
import { runBody } from './function-bodies.ts'

/** Follows the rewriter and the triggers of a write: rules, the table under a view, the tables a trigger writes to. */

type WriteEvent = 'insert' | 'update' | 'delete'

/** As `CmdType` of a rule's event prints. */
const ruleEvents: Record<WriteEvent, string> = { insert: 'CMD_INSERT', update: 'CMD_UPDATE', delete: 'CMD_DELETE' }

/** TRIGGER_TYPE_INSERT and so on in pg_trigger.h. */
const triggerEvents: Record<WriteEvent, number> = { insert: 4, update: 16, delete: 8 }

/** Utility commands are not analysed before they run. */
const queries = new Set(['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'])

/** TRIGGER_TYPE_INSTEAD. */
const insteadOf = 64

/**
 * Follows a write to where it goes: `write` gets the table itself, or the one under an updatable view; not called when a
 * rule or an INSTEAD OF trigger takes its place (RewriteQuery in rewriteHandler.c).
 */
export function writeThrough(
  context: StatementContext,
  relation: Relation,
  event: WriteEvent,
  write: (target: Relation) => void,
): void {
  const replaced = followRules(context, relation, event)
  if (replaced) return context.lock(relation, 'RowExclusiveLock')
  const triggers = triggersOf(relation, event)
  if (relation.kind !== 'view') write(relation)
  else if (!triggers.some((trigger) => ((trigger.timing ?? 0) & insteadOf) !== 0)) {
    const base = baseOf(context, relation)
    if (base) context.enterBody(relation, () => writeThrough(context, base, event, write))
  }
  for (const trigger of triggers) {
    const { schema, name } = qualifiedName(trigger.funcname)
    const [body] = context.catalog.bodies(schema, name)
    const through = because(`trigger \`${trigger.trigname}\` of \`${relation.name}\` calls \`${name}()\``)
    if (body) context.enterBody(body, () => context.sideEffects(through, () => runBody(body, name, context)))
  }
}

/**
 * The locks of parse analysis alone, without running anything: those that CREATE FUNCTION of an SQL body, CREATE RULE and PREPARE
 * take (fmgr_sql_validator, DefineQueryRewrite). Fails on a name that does not exist and cannot be a variable or parameter.
 */
export function analyse(context: StatementContext, root: Node, hasVariables: boolean): void {
  if (!Object.keys(root).every((kind) => queries.has(kind))) return
  if (hasVariables) context.withVariables(() => queryNames(root, context))
  else queryNames(root, context)
  walk(root, (kind, value) => {
    const event = { InsertStmt: 'insert', UpdateStmt: 'update', DeleteStmt: 'delete', MergeStmt: 'update' }[kind]
    if (event === undefined || !('relation' in value)) return undefined
    const target = context.find(value.relation as Parameters<StatementContext['find']>[0])
    // Without `write` of the family: partitions and children are locked when the statement is planned.
    if (target) {
      writeThrough(context, target, event as WriteEvent, (table) => context.lock(table, 'RowExclusiveLock'))
    }
    return undefined
  })
}

/** The one table or view of FROM, when the query is simple enough to be written through (view_query_is_auto_updatable). */
export function updatableBase(context: StatementContext, query: SelectStmt | null): number | null {
  const [from] = query?.fromClause ?? []
  if (!query || !from || !('RangeVar' in from) || query.fromClause?.length !== 1) return null
  if (query.withClause || query.groupClause || query.distinctClause || query.limitCount || query.havingClause)
    return null
  return context.find(from.RangeVar)?.id ?? null
}

function baseOf(context: StatementContext, view: Relation): Relation | null {
  const [only] = view.reads.length === 1 ? view.reads : []
  const id = view.base === undefined ? (only?.relation ?? null) : view.base
  return id === null ? null : context.catalog.get(id)
}

/** Locks the relations that the rules' actions write. Returns true when one of them replaces the statement. */
function followRules(context: StatementContext, relation: Relation, event: WriteEvent): boolean {
  let replaced = false
  for (const { name, definition } of relation.rules) {
    const rule = definition ? readRule(definition) : null
    if (!rule) {
      context.markUnknown(`rule ${name} of ${relation.name} may write other tables, and its text was not read`)
      continue
    }
    if (rule.event !== ruleEvents[event]) continue
    replaced ||= (rule.instead ?? false) && !rule.whereClause
    for (const action of rule.actions ?? []) {
      context.enterBody(relation, () => analyse(context, action, true))
    }
  }
  return replaced
}

function readRule(definition: string): RuleStmt | null {
  try {
    const node = parseOne(definition)
    return 'RuleStmt' in node ? node.RuleStmt : null
  } catch {
    return null
  }
}

function triggersOf(relation: Relation, event: WriteEvent): CreateTrigStmt[] {
  return relation.triggers.flatMap(({ enabled, definition }) => {
    if (!enabled || !definition) return []
    try {
      const node = parseOne(definition)
      if (!('CreateTrigStmt' in node)) return []
      const { events = 0, initdeferred } = node.CreateTrigStmt
      // A deferred one runs at the end of the transaction.
      return (events & triggerEvents[event]) !== 0 && !initdeferred ? [node.CreateTrigStmt] : []
    } catch {
      return []
    }
  })
}
