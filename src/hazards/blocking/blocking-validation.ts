import type { Effect } from '../../effects/model/effect.ts'
import { quoteRelation } from '../../sql/quote.ts'
import { validatedApart } from '../alternatives/validated-apart.ts'
import { blockingHazard } from '../blocking-hazard.ts'
import { type BlockedStatement, lockOf } from '../context/blocked-statements.ts'
import { big, medium } from '../example.ts'

const before = `CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, total numeric);
INSERT INTO customers VALUES (1);
INSERT INTO orders SELECT n, 1, n FROM generate_series(1, 100) n;`

export const hazard = blockingHazard({
  id: 'blocking-validation',
  group: 'blocking',
  title: 'All rows are checked while others wait',
  page: {
    what: 'A new CHECK, FOREIGN KEY or NOT NULL is checked against every row under the lock that adds it: ACCESS EXCLUSIVE, or SHARE ROW EXCLUSIVE on both tables of a foreign key. A new partition is checked against the default partition in the same way.',
    why: 'The check reads the whole table while reads, or writes, wait.',
    instead:
      'Add it NOT VALID, which checks only new rows, and VALIDATE it in a separate transaction: that reads the rows while reads and writes go on. Since PostgreSQL 12 SET NOT NULL reads nothing where a valid CHECK (… IS NOT NULL) exists.',
    harmless: 'On a small table, or where a valid CHECK proves it already, so that nothing is read.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source:
    'ATRewriteTable in src/backend/commands/tablecmds.c scans for CHECK and NOT NULL under AccessExclusiveLock, validateForeignKeyConstraint under ShareRowExclusiveLock, check_default_partition_contents in src/backend/partitioning/partbounds.c the default partition.',
  applies: (effect) => effect.scan && !effect.rewrite && effect.builds.length === 0,
  why,
  alternative: (blocked, main, context) => validatedApart(blocked.step, main, context),
  examples: {
    bad: [
      {
        title: 'SET NOT NULL',
        before,
        tables: { orders: big },
        migration: 'ALTER TABLE orders ALTER COLUMN customer_id SET NOT NULL;',
      },
      {
        title: 'a CHECK',
        before,
        tables: { orders: big },
        migration: 'ALTER TABLE orders ADD CONSTRAINT orders_total_positive CHECK (total > 0);',
      },
      {
        title: 'a foreign key, which locks both tables',
        before,
        tables: { orders: big, customers: medium },
        migration:
          'ALTER TABLE orders ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id);',
      },
      {
        title: 'a new partition beside a default partition that is filled',
        before: `CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_default PARTITION OF events DEFAULT;
INSERT INTO events VALUES ('2025-01-01');`,
        tables: { events_default: big },
        migration: "CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');",
      },
    ],
    good: [
      {
        title: 'NOT VALID first, validated in a file of its own',
        before,
        tables: { orders: big },
        migration: {
          '1.sql':
            "SET lock_timeout = '3s';\nALTER TABLE orders ADD CONSTRAINT orders_total_positive CHECK (total > 0) NOT VALID;",
          '2.sql': 'ALTER TABLE orders VALIDATE CONSTRAINT orders_total_positive;',
        },
      },
      {
        title: 'a valid CHECK proves it',
        before: `${before}\nALTER TABLE orders ADD CONSTRAINT orders_customer_known CHECK (customer_id IS NOT NULL);`,
        tables: { orders: big },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders ALTER COLUMN customer_id SET NOT NULL;",
      },
    ],
  },
})

function why(blocked: BlockedStatement, main: Effect): string {
  for (const change of blocked.step.analysis.changes) {
    if (change.kind === 'sets not null' && !change.proven)
      return `SET NOT NULL reads every row for nulls under ${lockOf(blocked)}; no valid CHECK proves yet that there is none.`
    if (change.kind === 'adds constraint' && change.type === 'foreign key') {
      if (change.references?.id === change.relation.id)
        return 'Each row is looked up in the table itself under SHARE ROW EXCLUSIVE, so writes to it wait.'
      const other = `\`${change.references ? quoteRelation(change.references) : 'the other table'}\``
      return lockOf(blocked) === 'SHARE ROW EXCLUSIVE'
        ? `Each row is looked up in ${other} under SHARE ROW EXCLUSIVE on both tables, so writes to both wait.`
        : `Each row is looked up in ${other}; the other parts of the statement make that last under ${lockOf(blocked)}, so every query on the table waits.`
    }
    if (change.kind === 'adds constraint' && change.type === 'check')
      return `Each row is checked under ${lockOf(blocked)}, so every query on the table waits.`
  }
  if (blocked.step.analysis.changes.some((change) => change.kind === 'adds column'))
    return `The new column's constraint is checked on each row under ${lockOf(blocked)}.`
  return main.through
    ? `\`${quoteRelation(main.relation)}\` is read whole because ${main.through.text}; the lock is kept meanwhile.`
    : `The table is read whole under ${lockOf(blocked)}.`
}
