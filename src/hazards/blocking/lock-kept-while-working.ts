import { lockText } from '../../effects/model/lock-modes.ts'
import { waitingText } from '../../forecast/activity.ts'
import { blocksOf } from '../../forecast/forecast.ts'
import type { Alternative, AlternativeStep } from '../alternatives/alternative.ts'
import { batchesOf } from '../alternatives/batches.ts'
import { concurrently, inPlaceOfDropped } from '../alternatives/concurrent-index.ts'
import {
  blockedOf,
  blockedStatement,
  isUnseen,
  isWork,
  stopsQueries,
  waitsText,
} from '../context/blocked-statements.ts'
import { once } from '../context/once.ts'
import type { LockHold, ReviewContext, Step, Transaction } from '../context/review-context.ts'
import { big } from '../example.ts'
import { defineHazard } from '../hazard.ts'
import { byWeight, ofBlocking, reaches } from '../severity.ts'

const before = `CREATE TABLE orders (id bigint PRIMARY KEY, total numeric NOT NULL);
INSERT INTO orders SELECT n, n FROM generate_series(1, 100) n;`

export const hazard = defineHazard({
  id: 'lock-kept-while-working',
  group: 'blocking',
  title: 'A strong lock is kept while later statements work',
  page: {
    what: 'A lock is kept to the end of its transaction (or to a ROLLBACK TO an earlier savepoint), so a brief change followed by a scan, a backfill or an index build in the same transaction blocks the table for all of it.',
    why: 'Each statement alone looks harmless; together they block for the sum of their work.',
    instead: 'Put the brief change and the work into transactions of their own.',
    harmless:
      'When the work takes milliseconds, when it comes before the lock, or when the table is new in the same change.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source:
    'LockReleaseAll in src/backend/storage/lmgr/lock.c gives locks back at the end of the transaction, ROLLBACK TO those taken after the savepoint.',
  detect: (context) =>
    [...Map.groupBy(keptLocks(context), ({ step }) => step.transaction).values()].flatMap((kept) => {
      // The sort is stable: among equals the lock that is taken first is kept longest.
      const weighed = kept.map((keptLock) => ({ ...keptLock, severity: severityOf(keptLock, context) })).sort(byWeight)
      const [main, ...others] = weighed
      if (!main) return []
      const { step, severity, working } = main
      const { relation } = main.hold.effect
      const related = [
        ...others.map((other) => ({ step: other.step, relation: other.hold.effect.relation })),
        ...working.map((step) => ({ step: step, relation: step.effects[0]?.effect.relation ?? null })),
      ].slice(0, 20)
      return [{ step, severity, relation, rows: relation.size.rows, related, main, kept: weighed }]
    }),
  describe({ step, main: { hold, working, lowMs, highMs }, rows, kept }, context) {
    const time = lowMs === null || highMs === null ? 'an unknown time' : context.format.time(lowMs, highMs)
    const blocked = kept.map((item) => blockedOf(item.hold.effect))
    const waiting = highMs === null ? null : context.traffic.waiting(blocked, highMs)
    const numbers = [
      rows === null || kept.length > 1 ? '' : context.format.rows(rows),
      waitingText(waiting, context.format),
    ].filter((name) => name !== '')
    const lines = [...new Set(working.map((other) => other.statement.line))]
    return {
      message: `Blocks ${waitsText(blocked)} for ${time} while ${linesText(lines)}${numbers.length > 0 ? `: ${numbers.join(', ')}` : ''}`,
      why: `The ${lockText(hold.effect.lock)} lock that line ${step.statement.line} takes is kept to the end of the transaction, so it is held during all the work after it.`,
      alternative: wayOut(step, working, context),
    }
  },
  examples: {
    bad: [
      {
        title: 'a new column is filled in the same transaction',
        before,
        tables: { orders: big },
        migration: "ALTER TABLE orders ADD COLUMN channel text;\nUPDATE orders SET channel = 'web';",
      },
      {
        title: 'a CHECK is validated in the transaction that adds it',
        before,
        tables: { orders: big },
        migration: `ALTER TABLE orders ADD CONSTRAINT orders_total_positive CHECK (total > 0) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_total_positive;`,
      },
    ],
    good: [
      {
        title: 'each in a transaction of its own',
        before,
        tables: { orders: big },
        migration: {
          '1.sql':
            "SET lock_timeout = '3s';\nALTER TABLE orders ADD CONSTRAINT orders_total_positive CHECK (total > 0) NOT VALID;",
          '2.sql': 'ALTER TABLE orders VALIDATE CONSTRAINT orders_total_positive;',
        },
      },
      {
        title: 'a few rows only are written under the lock',
        before,
        tables: { orders: big },
        migration:
          "SET lock_timeout = '3s';\nALTER TABLE orders ADD COLUMN channel text;\nUPDATE orders SET channel = 'web' WHERE id = 7;",
      },
    ],
  },
})

/** Past these, steps are a wall that says no more than the sentence above it. */
const mostSteps = 8

function linesText(lines: number[]): string {
  if (lines.length === 1) return `line ${lines[0]} works`
  if (lines.length > 6) return `${lines.length} statements work, from line ${lines[0]} to ${lines.at(-1)}`
  return `lines ${lines.slice(0, -1).join(', ')} and ${lines.at(-1)} work`
}

interface KeptLock {
  hold: LockHold
  step: Step
  /** Statements that work while the lock is held without needing it. */
  working: Step[]
  lowMs: number | null
  highMs: number | null
}

/** Every kept lock of the context; several hazards ask. */
export const keptLocks = once((context) => context.transactions.flatMap((transaction) => keptIn(transaction, context)))

/** Locks that wait for work which would not have asked for them; one for each relation, the first lock that matters. */
function keptIn(transaction: Transaction, context: ReviewContext): KeptLock[] {
  const kept = new Map<number, KeptLock>()
  const busy = busyIn(transaction, context)
  if (busy.length === 0) return []
  for (const hold of transaction.holds) {
    const step = transaction.steps[hold.from]
    const { relation } = hold.effect
    if (!step || step.migration.direction === 'down' || kept.has(relation.id)) continue
    if (!stopsQueries(hold.effect) || isUnseen(relation)) continue
    const candidate = keptOver(hold, step, busy, context)
    if (candidate.working.length > 0 && reaches(severityOf(candidate, context), 'medium'))
      kept.set(relation.id, candidate)
  }
  return onePerStatement([...kept.values()])
}

interface Busy {
  step: Step
  /** Its position in the transaction. */
  at: number
  work: Step['effects']
}

/** The statements that work for longer than a moment. One that fails at once does not, and ends the transaction. */
function busyIn({ steps }: Transaction, { policy }: ReviewContext): Busy[] {
  return steps.flatMap((step, at) => {
    if (step.refuses || step.analysis.fails) return []
    const work = step.effects.filter(
      ({ effect, forecast }) =>
        (isWork(effect) || effect.writes !== undefined) &&
        (forecast === null || forecast.highMs > 20 + policy.budget.reads * 0.25),
    )
    return work.length > 0 ? [{ step, at, work }] : []
  })
}

function keptOver(hold: LockHold, step: Step, busy: Busy[], context: ReviewContext): KeptLock {
  const working: Step[] = []
  let lowMs: number | null = 0
  let highMs: number | null = 0
  for (const { step: other, at, work } of busy) {
    if (at <= hold.from || at > hold.to || coversItself(other, hold, context)) continue
    working.push(other)
    for (const { forecast } of work) {
      lowMs = lowMs === null || forecast === null ? null : lowMs + forecast.lowMs
      highMs = highMs === null || forecast === null ? null : highMs + forecast.highMs
    }
  }
  return { hold, step, working, lowMs, highMs }
}

/** The working statement itself blocks the same of this relation: then its own finding says so. */
function coversItself(other: Step, hold: LockHold, context: ReviewContext): boolean {
  const own = blockedStatement(other, context)
  const effect = own?.blocking.find((item) => item.effect.relation.id === hold.effect.relation.id)?.effect
  return effect !== undefined && blocksOf(hold.effect).every((block) => blocksOf(effect).includes(block))
}

/** A foreign key locks two tables at once: one finding, not two. */
function onePerStatement(all: KeptLock[]): KeptLock[] {
  const first = new Map<Step, KeptLock>()
  for (const keptLock of all) if (!first.has(keptLock.step)) first.set(keptLock.step, keptLock)
  return [...first.values()]
}

function severityOf(kept: KeptLock, context: ReviewContext) {
  return ofBlocking(kept.highMs, blocksOf(kept.hold.effect), kept.hold.effect.relation, context.policy)
}

function wayOut(step: Step, working: Step[], context: ReviewContext): Alternative {
  const [work, ...more] = working
  const drops = step.analysis.changes.some((change) => change.kind === 'drops index')
  const exchange = drops && work && more.length === 0 ? inPlaceOfDropped(work, context) : null
  if (exchange) return exchange
  const steps = working.length > mostSteps ? [] : apart(step, working)
  return { summary: 'Commit the brief change first; do the work in a transaction of its own.', steps }
}

/** Each statement in a separate file; a backfill in batches has the steps of its own hazard. */
function apart(step: Step, working: Step[]): AlternativeStep[] {
  const sql = (item: Step): string => `${item.statement.sql};`
  const steps: AlternativeStep[] = [{ sql: sql(step), transaction: 'own', file: 1 }]
  working.forEach((item, i) => {
    const alone = batchesOf(item) ?? builtConcurrently(item)
    steps.push({ sql: alone ?? sql(item), transaction: alone ? 'none' : 'own', file: 2 + i })
  })
  return steps
}

function builtConcurrently({ analysis, statement }: Step): string | null {
  const change = analysis.changes.find((change) => change.kind === 'builds index')
  if (change?.kind !== 'builds index' || !statement.node || !('IndexStmt' in statement.node)) return null
  return change.relation.kind === 'partitioned table' ? null : concurrently(statement.node.IndexStmt, change.index.name)
}
