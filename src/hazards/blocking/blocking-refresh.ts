import { quoteRelation } from '../../sql/quote.ts'
import { alternative, own } from '../alternatives/alternative.ts'
import { blockingHazard } from '../blocking-hazard.ts'
import { big, unknown } from '../example.ts'

const before = `CREATE TABLE orders (customer_id bigint, total numeric);
INSERT INTO orders VALUES (1, 10), (2, 20);
CREATE MATERIALIZED VIEW totals AS SELECT customer_id, sum(total) AS total FROM orders GROUP BY 1;
CREATE UNIQUE INDEX totals_customer_id_idx ON totals (customer_id);`

export const hazard = blockingHazard({
  id: 'blocking-refresh',
  group: 'blocking',
  title: 'A materialized view is filled while reads wait',
  page: {
    what: 'REFRESH MATERIALIZED VIEW takes ACCESS EXCLUSIVE on the view for as long as its query runs.',
    why: 'Every read of the view waits until the query is done.',
    instead:
      'REFRESH MATERIALIZED VIEW CONCURRENTLY: reads go on, only other refreshes and changes of the view wait. It needs a unique index over plain columns without a WHERE, and a view that is filled already.',
    harmless: 'When the view’s query takes milliseconds, or the view is new.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source:
    'RefreshMatViewByOid in src/backend/commands/matview.c takes AccessExclusiveLock, with CONCURRENTLY ExclusiveLock, which reads do not conflict with.',
  applies: (effect) => effect.rewrite && effect.relation.kind === 'materialized view',
  why: () => 'REFRESH runs the view’s query under ACCESS EXCLUSIVE, so every read of the view waits until it is done.',
  alternative: (_blocked, main) =>
    alternative('Refresh CONCURRENTLY; the view needs a unique index over plain columns for it.', [
      own(1, `REFRESH MATERIALIZED VIEW CONCURRENTLY ${quoteRelation(main.relation)};`),
    ]),
  examples: {
    bad: [
      {
        title: 'REFRESH of a big view',
        before,
        tables: { totals: big },
        migration: 'REFRESH MATERIALIZED VIEW totals;',
      },
      {
        title: 'of a view whose size is not known',
        before,
        tables: { totals: unknown },
        migration: 'REFRESH MATERIALIZED VIEW totals;',
      },
    ],
    good: [
      {
        title: 'CONCURRENTLY',
        before,
        tables: { totals: big },
        migration: 'REFRESH MATERIALIZED VIEW CONCURRENTLY totals;',
      },
      {
        title: 'a view that is made in the same change',
        before,
        migration:
          'CREATE MATERIALIZED VIEW counts AS SELECT count(*) FROM orders WITH NO DATA;\nREFRESH MATERIALIZED VIEW counts;',
      },
    ],
  },
})
