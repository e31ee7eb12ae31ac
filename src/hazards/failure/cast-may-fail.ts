import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { alternative, outside } from '../alternatives/alternative.ts'
import { small } from '../example.ts'
import { defineHazard } from '../hazard.ts'
import { holdsData } from '../scene/losses.ts'
import { marksInBoth } from '../scene/marks.ts'

const before = `CREATE TABLE orders (id bigint PRIMARY KEY, code text, placed text);
INSERT INTO orders VALUES (1, '17', '2025-01-01'), (2, 'none', 'soon');`

export const hazard = defineHazard({
  id: 'cast-may-fail',
  group: 'failure',
  title: 'A type change whose cast may abort',
  page: {
    what: 'USING casts each value; text to a number, a date, a uuid or JSON aborts on the first value that is none.',
    why: 'The migration fails after reading part of the table under ACCESS EXCLUSIVE.',
    instead: 'Look for values that do not cast, and put them right; or cast into a new column in batches.',
    harmless: 'On an empty or new table, and for casts that cannot fail, such as a number to text.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: ['22P02', '22007', '22008'],
  source:
    'The input functions of the types (such as int4in in src/backend/utils/adt/int.c), called by ATRewriteTable for each row.',
  detect: (scene) =>
    marksInBoth(scene, 'changes type').flatMap(({ step, mark: { relation, column, from, to, using, narrows } }) => {
      if (!using || narrows || !holdsData(relation)) return []
      if (!/^(text|character)/.test(from) || /^(text|character)/.test(to)) return []
      return [{ step, severity: 'high' as const, relation, rows: relation.size.rows, column, from, to }]
    }),
  tell({ relation, column, from, to }, { catalog }) {
    const [table, name] = [quoteRelation(relation), quoteName(column)]
    return {
      message: `May fail: every value of \`${table}.${name}\` must cast from ${from} to ${to}`,
      why: `The first value that does not cast aborts the migration (SQLSTATE ${/^(date|time)/.test(to) ? '22007 or 22008' : '22P02'}).`,
      alternative: alternative('Look for values that do not cast first.', [
        outside(
          1,
          catalog.major < 16
            ? `SELECT ${name} FROM ${table} GROUP BY 1 ORDER BY length(${name}) DESC LIMIT 100;`
            : `SELECT ${name} FROM ${table} WHERE NOT pg_input_is_valid(${name}, '${to.replaceAll("'", "''")}') LIMIT 100;`,
        ),
      ]),
    }
  },
  examples: {
    bad: [
      {
        title: 'text to a number',
        before,
        tables: { orders: small },
        code: { 'src/app.ts': 'export {}\n' },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders ALTER COLUMN code TYPE int USING code::int;",
      },
      {
        title: 'text to a date',
        before,
        tables: { orders: small },
        code: { 'src/app.ts': 'export {}\n' },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders ALTER COLUMN placed TYPE date USING placed::date;",
      },
    ],
    good: [
      {
        title: 'a number to text',
        before,
        tables: { orders: small },
        code: { 'src/app.ts': 'export {}\n' },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders ALTER COLUMN id TYPE text USING id::text;",
      },
      {
        title: 'a table that is new',
        before,
        migration: 'CREATE TABLE refunds (code text);\nALTER TABLE refunds ALTER COLUMN code TYPE int USING code::int;',
      },
    ],
  },
})
