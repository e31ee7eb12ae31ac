import { quoteRelation } from '../../sql/quote.ts'
import { alternative } from '../alternatives/alternative.ts'
import { rowsPhrase } from '../context/held-data.ts'
import { dataLossHazard } from '../data-loss-hazard.ts'
import { small } from '../example.ts'

const before = "CREATE TABLE notes (id bigint PRIMARY KEY, text text);\nINSERT INTO notes VALUES (1, 'a'), (2, 'b');"

export const hazard = dataLossHazard({
  id: 'delete-without-where',
  group: 'data loss',
  title: 'DELETE without WHERE',
  page: {
    what: 'DELETE without a WHERE, or with one that always holds (`WHERE true`), removes every row of the table.',
    why: 'Only a backup brings them back.',
    instead: 'Say which rows with a WHERE, and delete in batches.',
    harmless: 'On a table that is empty or new in the same change.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source: 'ExecDelete in src/backend/executor/nodeModifyTable.c deletes every row that its scan gives.',
  kind: 'writes rows',
  severity: (change) => (change.verb === 'delete' && change.where === null ? 'high' : null),
  message: (change, context) =>
    `Loses ${rowsPhrase(change.relation.size.rows, context)}: deletes all of \`${quoteRelation(change.relation)}\``,
  why: () => 'No WHERE spares a row, so every one goes; only a backup brings them back.',
  alternative: () => alternative('Say with a WHERE which rows are to go, and delete them in batches.', []),
  examples: {
    bad: [
      {
        title: 'every row of a table',
        before,
        tables: { notes: small },
        migration: 'DELETE FROM notes;',
      },
      {
        title: 'with a WHERE that always holds',
        before,
        tables: { notes: small },
        migration: 'DELETE FROM notes WHERE 1 = 1;',
      },
      {
        title: 'inside a DO block',
        before,
        tables: { notes: small },
        migration: 'DO $$ BEGIN DELETE FROM notes; END $$;',
      },
    ],
    good: [
      {
        title: 'with a WHERE',
        before,
        tables: { notes: small },
        migration: 'DELETE FROM notes WHERE id = 1;',
      },
      {
        title: 'with a WHERE that never holds',
        before,
        tables: { notes: small },
        migration: 'DELETE FROM notes WHERE false;',
      },
      {
        title: 'a table that is new',
        before,
        migration: 'CREATE TABLE drafts AS SELECT * FROM notes;\nDELETE FROM drafts;',
      },
    ],
  },
})
