import type { Node } from '@pgsql/types'
import type { Relation } from '../../catalog/relation.ts'
import type { Migration } from '../../runners/runner.ts'
import { quoteRelation } from '../../sql/quote.ts'
import { qualifiedName } from '../../sql/walk.ts'
import { isUnseen, stopsQueries } from '../context/blocked-statements.ts'
import type { ReviewContext, Step, Transaction } from '../context/review-context.ts'
import { defineHazard } from '../hazard.ts'

const before = `CREATE TABLE accounts (id bigint PRIMARY KEY);
CREATE TABLE bookings (id bigint PRIMARY KEY);`
const timeout = `SET LOCAL lock_timeout = '3s';\n`

export const hazard = defineHazard({
  id: 'lock-order',
  group: 'advice',
  title: 'Two tables are locked in another order than elsewhere',
  page: {
    what: 'This migration locks one table and then another; a second one locks the same two the other way round.',
    why: 'Transactions that take the same locks in different orders can wait for each other until PostgreSQL aborts one of them. The order in use elsewhere is likely the application’s too.',
    instead: 'Lock the tables in one order everywhere, or each in a transaction of its own.',
    harmless:
      'Tables that the migration creates itself are unknown to other sessions. Statements outside a transaction hold one lock at a time.',
  },
  facts: ['effects', 'history'],
  sqlstates: ['40P01'],
  source: 'DeadLockCheck in deadlock.c runs after deadlock_timeout and aborts one of the transactions.',
  detect(context) {
    // Few transactions lock more than one table, and only those can differ.
    const several = context.transactions.filter(({ holds }) => holds.length > 1)
    const orders = several.map(locksOf).filter((locks) => locks.length > 1)
    const others = new Map<string, Order[]>()
    if (orders.length > 0) for (const order of mergedOrders(context)) note(order, others)
    return orders.flatMap((locks) => {
      const found = against(locks, others)
      note(new Map(locks.map(({ relation, step }, at) => [relation.name, placed(at, step)])), others)
      if (!found) return []
      const { second, first, path, line } = found
      const { step, relation } = second
      return [{ step, severity: 'low' as const, relation, rows: null, other: first.relation, path, line }]
    })
  },
  describe: ({ relation, other, path, line }) => ({
    message: `Locks \`${quoteRelation(relation as Relation)}\` after \`${quoteRelation(other)}\`, and \`${path}:${line}\` the other way round`,
    why: 'Transactions that take the same locks in different orders can wait for each other, until PostgreSQL aborts one of them (SQLSTATE 40P01).',
    alternative: {
      summary: 'Lock the tables in one order everywhere, or each in a transaction of its own.',
      steps: [],
    },
  }),
  examples: {
    bad: [
      {
        title: 'two migrations of one change',
        before,
        migration: {
          '1.sql': `${timeout}ALTER TABLE accounts ADD COLUMN a int;\nALTER TABLE bookings ADD COLUMN a int;\n`,
          '2.sql': `${timeout}ALTER TABLE bookings ADD COLUMN b int;\nALTER TABLE accounts ADD COLUMN b int;\n`,
        },
      },
      {
        title: 'a migration of the base branch',
        before,
        base: { '1.sql': 'ALTER TABLE accounts ADD COLUMN a int;\nALTER TABLE bookings ADD COLUMN a int;\n' },
        migration: {
          '2.sql': `${timeout}ALTER TABLE bookings ADD COLUMN b int;\nALTER TABLE accounts ADD COLUMN b int;\n`,
        },
      },
    ],
    good: [
      {
        title: 'one order in both',
        before,
        base: { '1.sql': 'ALTER TABLE accounts ADD COLUMN a int;\nALTER TABLE bookings ADD COLUMN a int;\n' },
        migration: {
          '2.sql': `${timeout}ALTER TABLE accounts ADD COLUMN b int;\nALTER TABLE bookings ADD COLUMN b int;\n`,
        },
      },
    ],
  },
})

interface Lock {
  relation: Relation
  step: Step
}

/** The tables that a transaction locks, each with its place in the order and the statement's. */
type Order = Map<string, PlacedLock>

interface PlacedLock {
  at: number
  path: string
  line: number
}

/** Strong locks of an up migration's transaction on tables that others know, in the order in which they are taken. */
function locksOf({ holds, steps }: Transaction): Lock[] {
  const locks = new Map<number, Lock>()
  for (const { effect, from } of holds) {
    const step = steps[from]
    const { relation } = effect
    if (!step || step.migration.direction === 'down' || !stopsQueries(effect) || isUnseen(relation)) continue
    // Partitions are locked after their parent by everyone.
    if (relation.partitionOf === null && !locks.has(relation.id)) locks.set(relation.id, { relation, step })
  }
  return [...locks.values()]
}

function placed(at: number, { migration, statement }: Step): PlacedLock {
  return { at, path: migration.path, line: statement.line }
}

function mergedOrders({ history, steps }: ReviewContext): Order[] {
  const own = new Set(steps.map(({ migration }) => migration.path))
  return (history?.migrations ?? [])
    .filter(({ path, direction }) => direction === 'up' && !own.has(path))
    .map(
      (migration) =>
        new Map(lockOrder(migration).map(({ table, line }, at) => [table, { at, path: migration.path, line }])),
    )
}

/** Keeps an order under each of its tables, the newest last. */
function note(order: Order, orders: Map<string, Order[]>): void {
  for (const table of order.keys()) {
    const list = orders.get(table)
    if (list) list.push(order)
    else orders.set(table, [order])
  }
}

/** The first two locks, of different statements, that another order has the other way round; the newest such order. */
function against(locks: Lock[], others: Map<string, Order[]>) {
  const shared = locks.filter(({ relation }) => others.has(relation.name))
  for (const [i, second] of shared.entries()) {
    for (const first of shared.slice(0, i)) {
      if (first.step === second.step) continue
      const [a = [], b = []] = [first, second].map(({ relation }) => others.get(relation.name))
      const order = (a.length < b.length ? a : b).findLast((order) => {
        const [before, after] = [order.get(first.relation.name), order.get(second.relation.name)]
        return before && after && before.at > after.at
      })
      const place = order?.get(first.relation.name)
      if (place) return { first, second, path: place.path, line: place.line }
    }
  }
  return null
}

/** A table that a migration locks strongly, at the statement that does it first. */
interface OrderedLock {
  /** Bare name, as the statement writes it. */
  table: string
  line: number
}

/**
 * The tables that a migration locks against writes in one transaction, in that order, by the names in
 * the statements alone: good enough for files that are not reviewed here. Tables that it makes itself are left out.
 */
function lockOrder({ wrapping, statements }: Migration): OrderedLock[] {
  if (wrapping === 'autocommit') return []
  const made = new Set<string>()
  const order = new Map<string, OrderedLock>()
  for (const { node, line } of statements) {
    if (!node) continue
    if ('CreateStmt' in node) made.add(node.CreateStmt.relation?.relname ?? '')
    for (const table of lockedBy(node)) if (!made.has(table) && !order.has(table)) order.set(table, { table, line })
  }
  return [...order.values()]
}

function lockedBy(node: Node): string[] {
  if ('AlterTableStmt' in node && node.AlterTableStmt.objtype === 'OBJECT_TABLE') {
    const { relation, cmds = [] } = node.AlterTableStmt
    const referenced = cmds.flatMap((command) => {
      const def = 'AlterTableCmd' in command ? command.AlterTableCmd.def : undefined
      return def && 'Constraint' in def && def.Constraint.pktable ? [def.Constraint.pktable.relname ?? ''] : []
    })
    return [relation?.relname ?? '', ...referenced]
  }
  if ('IndexStmt' in node) return node.IndexStmt.concurrent ? [] : [node.IndexStmt.relation?.relname ?? '']
  if ('CreateTrigStmt' in node) return [node.CreateTrigStmt.relation?.relname ?? '']
  if ('RenameStmt' in node) return node.RenameStmt.relation ? [node.RenameStmt.relation.relname ?? ''] : []
  if ('LockStmt' in node) return names(node.LockStmt.relations)
  if ('TruncateStmt' in node) return names(node.TruncateStmt.relations)
  if ('DropStmt' in node && node.DropStmt.removeType === 'OBJECT_TABLE')
    return (node.DropStmt.objects ?? []).map(
      (object) => qualifiedName('List' in object ? object.List.items : undefined).name,
    )
  return []
}

function names(nodes: Node[] | undefined): string[] {
  return (nodes ?? []).flatMap((node) => ('RangeVar' in node ? [node.RangeVar.relname ?? ''] : []))
}
