import type { Relation } from '../../catalog/relation.ts'
import type { Effect } from '../../effects/model/effect.ts'
import { lockText } from '../../effects/model/lock-modes.ts'
import { waitingText } from '../../forecast/activity.ts'
import { blocksOf } from '../../forecast/forecast.ts'
import { durationText } from '../../forecast/numbers.ts'
import { durationWritten } from '../../policy/duration.ts'
import type { Policy } from '../../policy/policy.ts'
import { declaredBy } from '../../runners/session-settings.ts'
import { quoteRelation } from '../../sql/quote.ts'
import { behindTimeout, lockTimeout, titleOf, waitsTooLong } from '../alternatives/alternative.ts'
import { blockedOf, blockedStatement, namesOf, strongLocks } from '../context/blocked-statements.ts'
import type { ReviewContext, Step } from '../context/review-context.ts'
import { changesOf, stepsOf } from '../context/schema-changes.ts'
import { statementsOfKind } from '../context/statements-of-kind.ts'
import { big, small } from '../example.ts'
import { defineHazard } from '../hazard.ts'
import { reaches, type Severity, worst } from '../severity.ts'
import { keptLocks } from './lock-kept-while-working.ts'

const before = `CREATE TABLE orders (id bigint PRIMARY KEY);
INSERT INTO orders VALUES (1);`

export const hazard = defineHazard({
  id: 'lock-queue',
  group: 'blocking',
  title: 'A strong lock is waited for without a lock_timeout',
  page: {
    what: 'While a strong lock waits behind one long transaction, every later query on the table waits behind the lock. Without lock_timeout nothing ends that wait.',
    why: 'A change of milliseconds becomes an outage as long as the longest query. One of 12 ms on 200 million rows, behind a report of 8 minutes, once queued every query for 3 h 45 min.',
    instead:
      'SET lock_timeout once for the session or the role of the migration tool, or SET LOCAL before the first such statement; and let the deploy job try again when it fires: docs/retry.md has the script.',
    harmless:
      'On a table that is new in the same change, or of fewer than 10,000 rows and not seen to be hot. Where the role, the database, the policy’s session or the tool’s own configuration sets a lock_timeout, it is never said.',
  },
  facts: ['effects', 'catalog', 'activity'],
  sqlstates: [],
  source:
    'ProcSleep in src/backend/storage/lmgr/proc.c puts a waiter before those that conflict with it. A 12 ms ADD COLUMN on 200 million rows behind a report of 8 minutes once queued every query for 3 h 45 min.',
  detect(context) {
    // A statement that blocks for long has its own finding, as DROP INDEX and LOCK have: their alternative ends the wait too.
    const reported = new Set(stepsOf(changesOf(context, 'drops index'), statementsOfKind(context, 'LockStmt')))
    for (const { step } of keptLocks(context)) reported.add(step)
    const silent = [...strongLocks(context)].filter(
      ([step]) =>
        !reported.has(step) &&
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
      const severity = busy ? 'high' : queueSeverity(relations, context.policy)
      if (severity === null) return []
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
    const way = behindTimeout(step, policy)
    return {
      message: `Can queue every ${reads ? 'query on' : 'write to'} ${namesOf(relations)} behind one long transaction: ${none}${rows === null ? '' : `, ${format.rows(rows)}`}${busy?.text ?? ''}`,
      why: `The change takes a moment, but first it waits until every transaction ${reads ? '' : 'that writes '}on \`${quoteRelation(relation)}\` ends, and all later ${reads ? 'queries' : 'writes'} wait behind it (${lock} lock).`,
      alternative: { ...way, summary: `${way.summary} ${onceForAll(step, policy)}` },
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
        title: 'a table of a few thousand rows',
        before,
        tables: { orders: { rows: 5_000, bytes: 400_000 } },
        migration: 'ALTER TABLE orders ADD COLUMN device text;',
      },
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

/** Rows below which so little runs on a table that the wait for a lock is short, unless it is seen to be hot. */
const tiny = 10_000

/** Severity of an endless wait, by the largest table that is waited for; null where all are tiny. */
export function queueSeverity(relations: Relation[], { big_table: limit }: Policy): Severity | null {
  const each = relations.flatMap(({ size }): Severity[] => {
    const { rows, heapBytes, toastBytes, indexBytes } = size
    const bytes = (heapBytes ?? 0) + (toastBytes ?? 0) + (indexBytes ?? 0)
    if ((rows ?? 0) >= limit.rows || bytes >= limit.gb * 2 ** 30) return ['high']
    return rows === null || rows >= tiny ? ['medium'] : []
  })
  return each.length > 0 ? worst(each) : null
}

/** How to set it once for all migrations, so that this finding is never made again. */
function onceForAll({ migration }: Step, policy: Policy): string {
  const value = durationWritten(Math.min(3_000, policy.max_lock_timeout))
  const own = declaredBy(migration.runner, value)
  const role = `ALTER ROLE … SET ${lockTimeout(policy)} for the role that migrates`
  return own === null ? `Once for all: ${role}.` : `Once for all: ${own} (${titleOf(migration)}), or ${role}.`
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
