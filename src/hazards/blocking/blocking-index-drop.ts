import type { Effect } from '../../effects/model/effect.ts'
import { lockText } from '../../effects/model/lock-modes.ts'
import { durationText } from '../../forecast/numbers.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { alternative, inQuietMoment, outside, outsideHow, waitsTooLong } from '../alternatives/alternative.ts'
import { isUnseen } from '../context/blocked-statements.ts'
import type { Step } from '../context/review-context.ts'
import { changesOf } from '../context/schema-changes.ts'
import { big } from '../example.ts'
import { defineHazard } from '../hazard.ts'
import { isSmall, type Severity } from '../severity.ts'
import { queueSeverity, seenBusy, waitsWithoutEnd } from './lock-queue.ts'

const before = `CREATE TABLE orders (id bigint PRIMARY KEY, total numeric NOT NULL, note text);
INSERT INTO orders SELECT n, n, NULL FROM generate_series(1, 100) n;
CREATE INDEX orders_total_idx ON orders (total);`

export const hazard = defineHazard({
  id: 'blocking-index-drop',
  group: 'blocking',
  title: 'An index is dropped under ACCESS EXCLUSIVE',
  page: {
    what: 'DROP INDEX takes ACCESS EXCLUSIVE on the table of the index, for a moment.',
    why: 'The moment is short, but the wait for it is not: behind one long query every other query on the table queues.',
    instead: 'DROP INDEX CONCURRENTLY, outside a transaction.',
    harmless:
      'On a small table, or behind a lock_timeout, which ends the wait: then the finding is low. On a small table behind one there is none.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source:
    'RangeVarCallbackForDropRelation and index_drop in src/backend/catalog/index.c: AccessExclusiveLock on table and index, with CONCURRENTLY ShareUpdateExclusiveLock.',
  detect: (context) =>
    changesOf(context, 'drops index').flatMap(({ step, change: { relation, index, concurrently } }) => {
      if (step.refuses || concurrently || isUnseen(relation)) return []
      const { rows } = relation.size
      const waits = waitsWithoutEnd(step, context)
      if (!waits && isSmall(relation)) return []
      const busy = waits ? seenBusy(effectsOf(step), context) : null
      const severity: Severity | null = busy ? 'high' : waits ? queueSeverity([relation], context.policy) : 'low'
      if (severity === null) return []
      return [{ step, severity, relation, rows, index: index.name, busy }]
    }),
  describe: ({ step, relation, rows, index, busy }, { format, policy }) => ({
    message: `Takes ${lockText('AccessExclusiveLock')} on \`${quoteRelation(relation)}\` for a moment to drop \`${quoteName(index)}\`${rows === null ? '' : `: ${format.rows(rows)}`}${busy?.text ?? ''}`,
    why: `The drop itself is short, but it waits behind every running query of the table, and everything else queues behind it${waitsTooLong(step, policy) ? '' : `, at most for the ${durationText(step.lockTimeoutMs ?? 0)} of the lock_timeout`}.`,
    alternative:
      relation.kind === 'partitioned table'
        ? inQuietMoment(step, policy)
        : alternative(`Drop it CONCURRENTLY, outside a transaction: ${outsideHow(step)}.`, [
            outside(1, `DROP INDEX CONCURRENTLY ${quoteRelation({ schema: relation.schema, name: index })};`),
          ]),
  }),
  examples: {
    bad: [
      {
        title: 'DROP INDEX on a big table',
        before,
        tables: { orders: big },
        migration: 'DROP INDEX orders_total_idx;',
      },
      {
        title: 'behind a lock_timeout, which makes it low',
        before,
        tables: { orders: big },
        migration: "SET lock_timeout = '3s';\nDROP INDEX orders_total_idx;",
      },
    ],
    good: [
      {
        title: 'CONCURRENTLY, outside a transaction',
        before,
        tables: { orders: big },
        transaction: 'none',
        migration: 'DROP INDEX CONCURRENTLY orders_total_idx;',
      },
      {
        title: 'an index of a table that is new',
        before,
        migration:
          'CREATE TABLE refunds (id bigint);\nCREATE INDEX refunds_idx ON refunds (id);\nDROP INDEX refunds_idx;',
      },
    ],
  },
})

function effectsOf(step: Step): Effect[] {
  return step.effects.map(({ effect }) => effect)
}
