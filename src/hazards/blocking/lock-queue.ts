import type { Relation } from '../../catalog/relation.ts'
import type { Effect } from '../../effects/model/effect.ts'
import { lockText } from '../../effects/model/lock-modes.ts'
import { waitingText } from '../../forecast/activity.ts'
import { blocksOf } from '../../forecast/forecast.ts'
import { durationText } from '../../forecast/numbers.ts'
import { quoteRelation } from '../../sql/quote.ts'
import { behindTimeout, waitsTooLong } from '../alternatives/alternative.ts'
import { blockedOf, blockedStatement, namesOf, strongLocks } from '../context/blocked-statements.ts'
import type { ReviewContext, Step } from '../context/review-context.ts'
import { changesOf, stepsOf } from '../context/schema-changes.ts'
import { statementsOfKind } from '../context/statements-of-kind.ts'
import { big, small } from '../example.ts'
import { defineHazard } from '../hazard.ts'
import { large, reaches, type Severity } from '../severity.ts'
import { keptLocks } from './lock-kept-while-working.ts'

const before = `CREATE TABLE orders (id bigint PRIMARY KEY);
INSERT INTO orders VALUES (1);`

export const hazard = defineHazard({
  id: 'lock-queue',
  group: 'blocking',
  title: 'A strong lock is waited for without a lock_timeout',
  page: {
    what: 'While a strong lock waits behind one long transaction, every later query on the table waits behind the lock. Without lock_timeout there is no end to it.',
    why: 'A change of milliseconds becomes an outage as long as the longest query; the size of the table does not matter to that.',
    instead: 'SET LOCAL lock_timeout before the first such statement, and try again when it fires.',
    harmless:
      'On a table that is new in the same change, or where the migrating role has a lock_timeout already (say so in the policy’s session). On a small table that nobody is seen to use much the finding is low.',
  },
  facts: ['effects', 'catalog', 'activity'],
  sqlstates: [],
  source:
    'ProcSleep in src/backend/storage/lmgr/proc.c puts a waiter before those that conflict with it. A 12 ms ADD COLUMN on 200 million rows behind a report of 8 minutes once queued every query for 3 h 45 min.',
  detect(context) {
    // A statement that blocks for long has its own finding, as DROP INDEX and LOCK have: their alternative ends the wait too.
    const told = new Set(stepsOf(changesOf(context, 'drops index'), statementsOfKind(context, 'LockStmt')))
    for (const { step } of keptLocks(context)) told.add(step)
    const silent = [...strongLocks(context)].filter(
      ([step]) =>
        !told.has(step) &&
        waitsWithoutEnd(step, context) &&
        !reaches(blockedStatement(step, context)?.severity ?? 'low', 'high'),
    )
    return [...Map.groupBy(silent, ([{ migration }]) => migration.path).values()].flatMap((all) => {
      const [[step] = []] = all
      if (!step) return []
      const effects = all.flatMap(([, strong]) => strong.map(({ effect }) => effect))
      const relations = [...new Map(effects.map((effect) => [effect.relation.id, effect.relation])).values()]
      const busy = seenBusy(effects, context)
      const relation = busy?.relation ?? biggestOf(relations)
      const severity: Severity = busy ? 'high' : queueSeverity(relations.map((item) => item.size.rows))
      return [{ step, severity, relation, rows: relation.size.rows, effects, relations, busy }]
    })
  },
  describe({ step, relation, rows, effects, relations, busy }, { policy, format }) {
    const { lockTimeoutMs: timeout } = step
    const reads = effects.some((effect) => blocksOf(effect).includes('reads'))
    const none = timeout
      ? `lock_timeout of ${durationText(timeout)} is above ${durationText(policy.max_lock_timeout)}`
      : 'no lock_timeout'
    const lock = lockText(effects[0]?.lock ?? 'AccessExclusiveLock')
    return {
      message: `Can queue every ${reads ? 'query on' : 'write to'} ${namesOf(relations)} behind one long transaction: ${none}${rows === null ? '' : `, ${format.rows(rows)}`}${busy?.text ?? ''}`,
      why: `${lock} on \`${quoteRelation(relation)}\` takes a moment, but it waits behind every running transaction ${reads ? '' : 'that writes '}there, and all later ${reads ? 'queries' : 'writes'} wait behind it.`,
      alternative: behindTimeout(step, policy),
    }
  },
  examples: {
    bad: [
      {
        title: 'ADD COLUMN without a lock_timeout',
        before,
        tables: { orders: big },
        migration: 'ALTER TABLE orders ADD COLUMN device text;',
        seen: 'queues',
      },
      {
        title: 'a lock_timeout of a minute',
        before,
        tables: { orders: big },
        migration: "SET lock_timeout = '1min';\nALTER TABLE orders ADD COLUMN device text;",
        seen: 'queues',
      },
      {
        title: 'a small table that is hot, with a long report on it',
        before,
        tables: { orders: small },
        traffic: { orders: { reads: 900, writes: 40, longest: 480 } },
        migration: 'ALTER TABLE orders DISABLE ROW LEVEL SECURITY;',
        seen: 'queues',
      },
    ],
    good: [
      {
        title: 'behind a lock_timeout',
        before,
        tables: { orders: big },
        migration: "SET LOCAL lock_timeout = '3s';\nALTER TABLE orders ADD COLUMN device text;",
      },
      {
        title: 'the session has one, as the policy says',
        before,
        tables: { orders: big },
        policy: 'session:\n  lock_timeout: 3s\n',
        migration: 'ALTER TABLE orders ADD COLUMN device text;',
      },
    ],
  },
})

function biggestOf(relations: Relation[]): Relation {
  const rowsOf = ({ size }: Relation): number => size.rows ?? Number.POSITIVE_INFINITY
  return relations.reduce((a, b) => (rowsOf(b) > rowsOf(a) ? b : a))
}

/** True when the statement waits for a strong lock and no lock_timeout ends the wait in time. */
export function waitsWithoutEnd(step: Step, context: ReviewContext): boolean {
  return waitsTooLong(step, context.policy) && strongLocks(context).has(step)
}

/** By the largest table that is waited for, rows; null unknown, which counts as large. */
export function queueSeverity(sizes: (number | null)[]): Severity {
  return sizes.some((rows) => rows === null || rows >= large) ? 'medium' : 'low'
}

interface Seen {
  relation: Relation
  text: string
}

/** The relation where a long transaction or much traffic makes the queue sure, whatever its size; null when none is seen. */
export function seenBusy(effects: Effect[], { traffic, policy, format }: ReviewContext): Seen | null {
  const seen = effects.map((effect) => {
    const blocked = [blockedOf(effect)]
    const perSecond = traffic.waiting(blocked, 1_000)
    const ageMs = (traffic.longest(effect.relation, effect.lock) ?? 0) * 1_000
    return { effect, blocked, perSecond, rate: (perSecond?.reads ?? 0) + (perSecond?.writes ?? 0), ageMs }
  })
  const oldest = seen.toSorted((a, b) => b.ageMs - a.ageMs)[0]
  if (oldest && oldest.ageMs >= policy.traffic.long_transaction) {
    const queued = waitingText(traffic.waiting(oldest.blocked, oldest.ageMs), format)
    const ran = `; a transaction there ran for ${format.time(oldest.ageMs, oldest.ageMs)}`
    return { relation: oldest.effect.relation, text: `${ran}${queued && `, in which ${queued}`}` }
  }
  const hottest = seen.toSorted((a, b) => b.rate - a.rate)[0]
  if (!hottest || hottest.rate < policy.traffic.hot) return null
  const queued = waitingText(hottest.perSecond, format)
  return { relation: hottest.effect.relation, text: `; it is hot${queued && `: each second ${queued}`}` }
}
