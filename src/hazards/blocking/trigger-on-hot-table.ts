import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { alternative } from '../alternatives/alternative.ts'
import { isUnseen } from '../context/blocked-statements.ts'
import { statementsOfKind } from '../context/statements-of-kind.ts'
import { big } from '../example.ts'
import { defineHazard } from '../hazard.ts'
import { large, type Severity } from '../severity.ts'

const before = `CREATE TABLE orders (id bigint PRIMARY KEY, changed timestamptz);
INSERT INTO orders VALUES (1, NULL);
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.changed := now(); RETURN NEW; END $$;`

export const hazard = defineHazard({
  id: 'trigger-on-hot-table',
  group: 'blocking',
  title: 'A row trigger is put on a table that is written to much',
  page: {
    what: 'CREATE TRIGGER takes SHARE ROW EXCLUSIVE for a moment, and from then on every row that is written runs the function, inside the writer’s own transaction.',
    why: 'What the function does, each write waits for: a query in it, a lock it takes, an error it raises. On a table with thousands of writes a second a millisecond more is seconds of work in each second.',
    instead: 'Measure the function on a copy; keep it to the row at hand, or write to a queue table and work outside.',
    harmless:
      'On a table that is small or new, and for triggers of whole statements. Without activity of the primary the finding is low.',
  },
  facts: ['effects', 'catalog', 'activity'],
  sqlstates: [],
  source:
    'ExecCallTriggerFunc in src/backend/commands/trigger.c runs within the statement; CreateTriggerFiringOn takes ShareRowExclusiveLock.',
  detect: (context) =>
    statementsOfKind(context, 'CreateTrigStmt').flatMap(({ step, body }) => {
      const relation = step.effects[0]?.effect.relation
      if (!body.row || body.isconstraint || !relation || isUnseen(relation)) return []
      const rates = context.traffic.rates(relation)
      const { rows } = relation.size
      const hot = rates !== null && rates.writes >= context.policy.traffic.hot
      if (!hot && (rates !== null || (rows !== null && rows < large))) return []
      const severity: Severity = hot ? 'medium' : 'low'
      return [{ step, severity, relation, rows, trigger: body.trigname ?? '', writes: rates?.writes ?? null }]
    }),
  describe({ relation, rows, trigger, writes }, { format }) {
    const often = writes === null ? '' : format.many(Math.round(writes))
    const size = rows === null ? 'size unknown' : format.rows(rows)
    return {
      message: `Every write to \`${quoteRelation(relation)}\` runs \`${quoteName(trigger)}\` from now on: ${often === '' ? `${size}, how often it is written is not known` : `${often} a second`}`,
      why: 'The function runs inside each writer’s transaction: what it waits for they wait for, and its error is theirs.',
      alternative: alternative(
        'Measure the function on a copy first; keep it to the row at hand, or let it write to a queue table and work outside.',
        [],
      ),
    }
  },
  examples: {
    bad: [
      {
        title: 'a table with many writes a second',
        before,
        tables: { orders: big },
        traffic: { orders: { reads: 900, writes: 2_400 } },
        migration:
          "SET lock_timeout = '3s';\nCREATE TRIGGER orders_stamp BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION stamp();",
      },
      {
        title: 'a big table whose traffic is not known',
        before,
        tables: { orders: big },
        migration:
          "SET lock_timeout = '3s';\nCREATE TRIGGER orders_stamp BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION stamp();",
      },
    ],
    good: [
      {
        title: 'a table that is hardly written to',
        before,
        tables: { orders: big },
        traffic: { orders: { reads: 30, writes: 0.2 } },
        migration:
          "SET lock_timeout = '3s';\nCREATE TRIGGER orders_stamp BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION stamp();",
      },
      {
        title: 'a table that is new',
        before,
        migration:
          'CREATE TABLE refunds (changed timestamptz);\nCREATE TRIGGER refunds_stamp BEFORE UPDATE ON refunds FOR EACH ROW EXECUTE FUNCTION stamp();',
      },
    ],
  },
})
