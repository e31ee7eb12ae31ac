import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { alternative } from '../alternatives/alternative.ts'
import { defineHazard } from '../hazard.ts'

const before = `CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (
  id bigint PRIMARY KEY,
  customer_id bigint CONSTRAINT orders_customer_fk REFERENCES customers DEFERRABLE INITIALLY DEFERRED,
  note text
);
INSERT INTO customers VALUES (1), (2);
INSERT INTO orders VALUES (1, 1, 'a'), (2, 1, 'b');`

export const hazard = defineHazard({
  id: 'pending-trigger-events',
  group: 'failure',
  title: 'A table is altered while a deferred check of the same transaction waits',
  page: {
    what: 'A write left the check of a deferred foreign key, unique constraint or constraint trigger for the end of the transaction. Until then ALTER TABLE, CREATE INDEX, TRUNCATE, DROP TABLE and CLUSTER of that table fail.',
    why: 'The migration aborts in production, on tables of any size, though it works where the write finds no row.',
    instead:
      'SET CONSTRAINTS ALL IMMEDIATE between the two, which checks at once; or put them into transactions of their own.',
    harmless:
      'When the write leaves nothing to check: another column, NULL or the same value in the key, or no row at all. RENAME, CREATE TRIGGER and COMMENT work all the same.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: ['55006'],
  source:
    'CheckTableNotInUse in src/backend/commands/tablecmds.c, AfterTriggerPendingOnRel in trigger.c; 45 pairs of a write and a command seen on 13 and 18.',
  detect: (context) =>
    context.steps.flatMap((step) => {
      if (!step.pending || (step.refuses !== null && step.refuses.sqlstate !== '55006')) return []
      const { constraint, certain, writer } = step.pending
      const written = writer.analysis.changes.find((change) => change.kind === 'writes rows')
      const relation = written?.kind === 'writes rows' ? written.relation : null
      const severity = certain ? ('critical' as const) : ('high' as const)
      const related = [{ step: writer, relation }]
      return [{ step, severity, relation, rows: relation?.size.rows ?? null, related, constraint, certain, writer }]
    }),
  describe: ({ relation, constraint, certain, writer, step }) => {
    const table = relation ? ` of \`${quoteRelation(relation)}\`` : ''
    const line = writer === step ? 'the statement itself' : `line ${writer.statement.line}`
    return {
      message: `${certain ? 'Will fail' : 'May fail'}: the check of \`${quoteName(constraint)}\`${table} waits for the end of the transaction`,
      why: certain
        ? `The write in ${line} queued it, and until it has run PostgreSQL changes no table that it concerns (SQLSTATE 55006).`
        : `If the write in ${line} changes a key, it queues that check, and until it has run PostgreSQL refuses to change the table (SQLSTATE 55006).`,
      alternative: alternative(
        'Write `SET CONSTRAINTS ALL IMMEDIATE;` between them, or give each a transaction of its own.',
        [],
      ),
    }
  },
  examples: {
    bad: [
      {
        title: 'a row of a deferred foreign key, then ALTER TABLE',
        before,
        migration: "INSERT INTO orders VALUES (3, 2, 'c');\nALTER TABLE orders ALTER COLUMN note SET DEFAULT 'x';",
      },
      {
        title: 'every key becomes another one, then an index',
        before,
        tables: { orders: { rows: 200, bytes: 16_384, columns: { customer_id: { distinct: 2 } } } },
        migration: 'UPDATE orders SET customer_id = 2;\nCREATE INDEX orders_note_idx ON orders (note);',
      },
      {
        title: 'an UPDATE that may change a key',
        before,
        migration:
          'UPDATE orders SET customer_id = 2 WHERE id < 5;\nALTER TABLE orders ALTER COLUMN note SET NOT NULL;',
      },
    ],
    good: [
      {
        title: 'SET CONSTRAINTS between them',
        before,
        migration:
          "UPDATE orders SET customer_id = 2 WHERE id < 5;\nSET CONSTRAINTS ALL IMMEDIATE;\nALTER TABLE orders ALTER COLUMN note SET DEFAULT 'x';",
      },
      {
        title: 'another column',
        before,
        migration: "UPDATE orders SET note = 'z' WHERE id = 1;\nALTER TABLE orders ALTER COLUMN note SET DEFAULT 'x';",
      },
      {
        title: 'a key that is not deferred',
        before: before.replace(' DEFERRABLE INITIALLY DEFERRED', ''),
        migration:
          "UPDATE orders SET customer_id = 2 WHERE id = 1;\nALTER TABLE orders ALTER COLUMN note SET DEFAULT 'x';",
      },
    ],
  },
})
