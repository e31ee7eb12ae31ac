import { quoteRelation } from '../../sql/quote.ts'
import { alternative } from '../alternatives/alternative.ts'
import { rowsPhrase } from '../context/held-data.ts'
import { dataLossHazard } from '../data-loss-hazard.ts'
import { big, small } from '../example.ts'

const before = `CREATE TABLE notes (id bigint PRIMARY KEY, text text);
INSERT INTO notes VALUES (1, 'a');
CREATE TABLE parts (day date) PARTITION BY RANGE (day);
CREATE TABLE parts_2020 PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
INSERT INTO parts VALUES ('2020-05-05');`

export const hazard = dataLossHazard({
  id: 'drop-table',
  group: 'data loss',
  title: 'A table with rows is dropped',
  page: {
    what: 'DROP TABLE removes the table and all its rows at once.',
    why: 'Only a backup brings them back, and code that still runs fails on its next query.',
    instead: 'Rename it first, in a deployment after the code stopped using it; drop it when days have passed.',
    harmless:
      'On a table that is empty or new in the same change, and for views and temporary tables, which hold nothing of their own.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source: 'heap_drop_with_catalog in src/backend/catalog/heap.c schedules the files for removal at commit.',
  kind: 'drops relation',
  severity: () => 'high',
  together: (names) => `drops ${names}`,
  message: (change, context) =>
    `Loses ${rowsPhrase(change.relation.size.rows, context)}: drops \`${quoteRelation(change.relation)}\``,
  why: () => 'Only a backup brings the rows back; code that still names the table fails as soon as this is committed.',
  alternative: () =>
    alternative('Let the code stop using it, rename it in a later deployment, and drop it when days have passed.', []),
  examples: {
    bad: [
      {
        title: 'a table with rows',
        before,
        tables: { notes: small },
        migration: "SET lock_timeout = '3s';\nDROP TABLE notes;",
      },
      {
        title: 'a partition with rows',
        before,
        tables: { parts_2020: big },
        migration: "SET lock_timeout = '3s';\nDROP TABLE IF EXISTS parts_2020;",
      },
    ],
    good: [
      {
        title: 'a table that is new',
        before,
        migration: 'CREATE TABLE drafts (id bigint);\nDROP TABLE drafts;',
      },
      {
        title: 'renamed, with a view under the old name',
        before,
        migration: `SET lock_timeout = '3s';
ALTER TABLE notes RENAME TO notes_old;
CREATE VIEW notes AS SELECT * FROM notes_old;`,
      },
    ],
  },
})
