import { quoteRelation } from '../../sql/quote.ts'
import { alternative } from '../alternatives/alternative.ts'
import { rowsPhrase } from '../context/held-data.ts'
import { dataLossHazard } from '../data-loss-hazard.ts'
import { small } from '../example.ts'

const before = `CREATE TABLE notes (id bigint PRIMARY KEY);
CREATE TABLE marks (note_id bigint REFERENCES notes);
INSERT INTO notes VALUES (1), (2);
INSERT INTO marks VALUES (1);`

export const hazard = dataLossHazard({
  id: 'truncate',
  group: 'data loss',
  title: 'A table with rows is emptied',
  page: {
    what: 'TRUNCATE removes every row at once, with CASCADE those of every referencing table too.',
    why: 'Only a backup brings them back.',
    instead: 'Delete what is not needed in batches, with a WHERE that says which.',
    harmless: 'On a table that is empty or new in the same change.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source:
    'ExecuteTruncateGuts in src/backend/commands/tablecmds.c gives the table, and with CASCADE those that refer to it, new and empty storage.',
  kind: 'truncates',
  severity: () => 'high',
  together: (names) => `empties ${names}`,
  message: (change, context) =>
    `Loses ${rowsPhrase(change.relation.size.rows, context)}: empties \`${quoteRelation(change.relation)}\``,
  why: () => 'TRUNCATE removes every row at once; only a backup brings them back.',
  alternative: () =>
    alternative('Delete what is not needed in batches, with a WHERE that says which; or copy the table first.', []),
  examples: {
    bad: [
      {
        title: 'a table with rows',
        before,
        tables: { marks: small },
        migration: "SET lock_timeout = '3s';\nTRUNCATE marks;",
      },
      {
        title: 'CASCADE, which takes another table along',
        before,
        tables: { notes: small, marks: small },
        migration: "SET lock_timeout = '3s';\nTRUNCATE notes CASCADE;",
      },
    ],
    good: [
      {
        title: 'a table that is new',
        before,
        migration: 'CREATE TABLE drafts AS SELECT * FROM notes;\nTRUNCATE drafts;',
      },
      {
        title: 'a table that is empty',
        before: 'CREATE TABLE notes (id bigint);',
        tables: { notes: { rows: 0, bytes: 0 } },
        migration: "SET lock_timeout = '3s';\nTRUNCATE notes;",
      },
    ],
  },
})
