import { lockText } from '../../effects/model/lock-modes.ts'
import { alternative } from '../alternatives/alternative.ts'
import { namesOf, strongLocks } from '../context/blocked-statements.ts'
import { statementsOfKind } from '../context/statements-of-kind.ts'
import { big } from '../example.ts'
import { defineHazard } from '../hazard.ts'
import { atMost } from '../severity.ts'
import { queueSeverity, waitsWithoutEnd } from './lock-queue.ts'

const before = `CREATE TABLE orders (id bigint PRIMARY KEY, total numeric);
INSERT INTO orders VALUES (1, 10);`

export const hazard = defineHazard({
  id: 'explicit-lock',
  group: 'blocking',
  title: 'LOCK TABLE in a migration',
  page: {
    what: 'LOCK TABLE takes its lock at once and keeps it to the end of the transaction; without a mode it is ACCESS EXCLUSIVE. Outside a transaction PostgreSQL refuses it.',
    why: 'Everything after it in the transaction happens while others wait, also what needs no lock.',
    instead:
      'Leave it out: each statement takes the lock it needs by itself. Where it has to be, wait for it no longer than a lock_timeout.',
    harmless:
      'On a table that is new in the same change, or in a mode that neither reads nor writes wait for. On a small table the finding is low.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: ['25P01'],
  source:
    'LockTableCommand in src/backend/commands/lockcmds.c, RequireTransactionBlock in src/backend/access/transam/xact.c; a lock lasts until its transaction ends.',
  detect: (context) =>
    statementsOfKind(context, 'LockStmt').flatMap(({ step }) => {
      const strong = strongLocks(context).get(step) ?? []
      const [first] = step.transaction ? strong : step.effects
      if (!first) return []
      const { relation, lock } = first.effect
      const relations = strong.map(({ effect }) => effect.relation)
      const queue = queueSeverity(relations, context.policy) ?? 'low'
      const bounded = waitsWithoutEnd(step, context) ? queue : atMost(queue, 'medium')
      const severity = step.transaction ? bounded : 'critical'
      return [{ step, severity, relation, rows: relation.size.rows, lock, relations }]
    }),
  describe({ step, lock, relations, rows }, { format }) {
    if (!step.transaction)
      return {
        message: 'Will fail: LOCK TABLE can only be used in transaction blocks',
        why: 'Outside a transaction the lock would go with the statement, so PostgreSQL refuses it (SQLSTATE 25P01).',
        alternative: alternative('Leave it out, or put it and what it is for between BEGIN and COMMIT.', []),
      }
    return {
      message: `Locks ${namesOf(relations)} ${lockText(lock)} to the end of the transaction${rows === null ? '' : `: ${format.rows(rows)}`}`,
      why: 'Each statement takes the lock it needs by itself; this one only makes it stronger or longer.',
      alternative: alternative('Leave it out; where it has to be, wait for it no longer than a lock_timeout.', []),
    }
  },
  examples: {
    bad: [
      {
        title: 'LOCK TABLE without a mode',
        before,
        tables: { orders: big },
        migration: 'LOCK TABLE orders;',
      },
      {
        title: 'a mode that only stops writes',
        before,
        migration: 'LOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE;',
      },
      {
        title: 'outside a transaction',
        before,
        transaction: 'none',
        migration: 'LOCK TABLE orders;',
        seen: 'fails',
      },
    ],
    good: [
      {
        title: 'a mode that makes no query wait',
        before,
        tables: { orders: big },
        migration: 'LOCK TABLE orders IN ROW EXCLUSIVE MODE;',
      },
      {
        title: 'a table that is new',
        before,
        migration: 'CREATE TABLE refunds (id bigint);\nLOCK TABLE refunds;',
      },
    ],
  },
})
