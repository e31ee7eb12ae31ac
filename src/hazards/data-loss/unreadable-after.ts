import type { Relation } from '../../catalog/relation.ts'
import { quoteRelation } from '../../sql/quote.ts'
import { alternative } from '../alternatives/alternative.ts'
import { isUnseen } from '../context/blocked-statements.ts'
import { statementsOfKind } from '../context/statements-of-kind.ts'
import { defineHazard } from '../hazard.ts'

const before = `CREATE TABLE orders (id bigint PRIMARY KEY);
INSERT INTO orders VALUES (1);
CREATE MATERIALIZED VIEW order_ids AS SELECT id FROM orders;`
const timeout = "SET LOCAL lock_timeout = '3s';\n"

export const hazard = defineHazard({
  id: 'unreadable-after',
  group: 'data loss',
  title: 'A materialized view is emptied, and every read of it fails',
  page: {
    what: 'REFRESH MATERIALIZED VIEW … WITH NO DATA throws the rows away and marks the view as not populated.',
    why: 'Every query that reads it fails with SQLSTATE 55000 until it is refreshed again.',
    instead: 'REFRESH without WITH NO DATA; CONCURRENTLY where the view has a unique index, so that reads go on.',
    harmless: 'On a view that is new in the same change, or one that the same change refreshes afterwards.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: ['55000'],
  source:
    'SetMatViewPopulatedState in src/backend/commands/matview.c; ExecCheckPlanOutput’s ExecOpenScanRelation refuses.',
  detect: (context) => {
    const all = statementsOfKind(context, 'RefreshMatViewStmt').flatMap(({ step, at, body }) => {
      const relation = step.effects[0]?.effect.relation
      return relation ? [{ step, at, relation, empties: body.skipData === true }] : []
    })
    return all.flatMap(({ step, at, relation, empties }) => {
      const filled = all.some((other) => other.at > at && other.relation.id === relation.id && !other.empties)
      if (!empties || filled || isUnseen(relation) || isGone(relation, context.after(relation))) return []
      return [{ step, severity: 'high' as const, relation, rows: relation.size.rows }]
    })
  },
  describe: ({ relation }) => ({
    message: `Empties \`${quoteRelation(relation)}\`, and every read of it fails from then on`,
    why: 'A materialized view WITH NO DATA is not populated, and PostgreSQL refuses to read it (SQLSTATE 55000).',
    alternative: alternative('Refresh it with its data, CONCURRENTLY where it has a unique index.', []),
  }),
  examples: {
    bad: [
      {
        title: 'WITH NO DATA',
        before,
        migration: `${timeout}REFRESH MATERIALIZED VIEW order_ids WITH NO DATA;`,
        application: 'SELECT id FROM order_ids',
        seen: 'breaks',
      },
      {
        title: 'outside a transaction',
        before,
        transaction: 'none',
        migration: "SET lock_timeout = '3s';\nREFRESH MATERIALIZED VIEW order_ids WITH NO DATA;",
        application: 'SELECT count(*) FROM order_ids',
        seen: 'breaks',
      },
    ],
    good: [
      {
        title: 'with its data',
        before,
        migration: `${timeout}REFRESH MATERIALIZED VIEW order_ids;`,
      },
      {
        title: 'refreshed afterwards',
        before,
        transaction: 'none',
        migration: `REFRESH MATERIALIZED VIEW order_ids WITH NO DATA;\nREFRESH MATERIALIZED VIEW order_ids;`,
      },
    ],
  },
})

function isGone(relation: Relation, after: Relation | null): boolean {
  return relation.known && after === null
}
