import type { CreateTrigStmt, Node } from '@pgsql/types'
import type { Relation } from '../catalog/relation.ts'
import { parseOne } from '../sql/parse.ts'
import { quoteName } from '../sql/quote.ts'
import { strings } from '../sql/walk.ts'
import { faithful } from './faithful.ts'
import { literal, tableSql } from './names.ts'
import type { PlanContext } from './subject.ts'

/** A setting of our own, which any role may set. */
export const setting = 'lockcast.backfill'

/** Triggers that a backfill does not fire, though the application's writes do. */
interface LeftOut {
  /** Gives each trigger a condition, in one transaction. */
  guard: string[]
  /** Takes the condition away again. */
  restore: string[]
}

/**
 * The statement itself writes the rows anew without firing a trigger, so its backfill must not either: the table's triggers
 * get a WHEN that is false in the session of the backfill. Null where a trigger cannot be made again as it is.
 */
export function triggersLeftOut(relation: Relation, column: string, context: PlanContext): LeftOut | null {
  const { catalog } = context
  const family = catalog.withDescendants(relation)
  const some = family.flatMap((member) =>
    member.triggers.filter(({ enabled }) => enabled).map((trigger) => ({ member, trigger })),
  )
  const left: LeftOut = { guard: [], restore: [] }
  for (const { member, trigger } of some) {
    const node = triggerNode(trigger.definition)
    if (node === null) return null
    const events = node.events ?? 0
    const only = strings(node.columns)
    if ((events & updates) === 0 || (only.length > 0 && !only.includes(column))) continue
    // Those of a parent are cloned to its partitions, and are made again only together.
    const above = member.partitionOf && catalog.get(member.partitionOf.relation)
    if (member.kind !== 'table' || catalog.children(member).length > 0) return null
    if (above?.triggers.some(({ name }) => name === trigger.name)) return null
    const about = member.definition?.triggers.find(({ name }) => name === trigger.name)
    if (about?.state !== 'O') return null
    const table = tableSql(member, catalog)
    const replaces = catalog.major >= 14 && !node.isconstraint
    const whenClause = node.whenClause ? both(node.whenClause, unset()) : unset()
    const guarded = faithful({ CreateTrigStmt: { ...node, replace: replaces, whenClause } })
    const plain = faithful({ CreateTrigStmt: { ...node, replace: replaces } })
    if (guarded === null || plain === null) return null
    const drop = replaces ? [] : [`DROP TRIGGER ${quoteName(trigger.name)} ON ${table};`]
    const said = about.comment
      ? [`COMMENT ON TRIGGER ${quoteName(trigger.name)} ON ${table} IS ${literal(about.comment)};`]
      : []
    left.guard.push(...drop, guarded)
    left.restore.push(...drop, plain, ...said)
  }
  return left
}

/** A BEFORE trigger that cannot be left out may give NULL, which leaves a row as it is: a reason, or null. */
export function mayLeaveOut(relation: Relation, column: string, { catalog }: PlanContext): string | null {
  const trigger = catalog
    .withDescendants(relation)
    .flatMap((member) => member.triggers)
    .find(({ enabled, definition }) => {
      const node = enabled ? triggerNode(definition) : null
      if (!node) return enabled
      const only = strings(node.columns)
      const applies = ((node.events ?? 0) & updates) !== 0 && (only.length === 0 || only.includes(column))
      return applies && node.row === true && ((node.timing ?? 0) & before) !== 0
    })
  return trigger
    ? `The trigger ${trigger.name} fires before each row that a backfill writes, which the statement itself does not do, and may change or skip it.`
    : null
}

/** TRIGGER_TYPE_BEFORE in pg_trigger.h. */
const before = 1 << 1

/** TRIGGER_TYPE_UPDATE in pg_trigger.h. */
const updates = 1 << 4

function triggerNode(definition: string): CreateTrigStmt | null {
  if (definition.includes('…')) return null
  try {
    const node = parseOne(definition)
    return 'CreateTrigStmt' in node ? node.CreateTrigStmt : null
  } catch {
    return null
  }
}

/** `current_setting('lockcast.backfill', true) IS DISTINCT FROM 'on'`. */
function unset(): Node {
  const select = parseOne(`SELECT current_setting('${setting}', true) IS DISTINCT FROM 'on'`)
  const [target] = 'SelectStmt' in select ? (select.SelectStmt.targetList ?? []) : []
  return target && 'ResTarget' in target && target.ResTarget.val ? target.ResTarget.val : { A_Const: { isnull: true } }
}

function both(a: Node, b: Node): Node {
  return { BoolExpr: { boolop: 'AND_EXPR', args: [a, b] } }
}
