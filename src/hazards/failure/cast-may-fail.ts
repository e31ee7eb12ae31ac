import { columnOf } from '../../catalog/relation.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { alternative, outside } from '../alternatives/alternative.ts'
import { columnKey, columnTypeChanges, isCastAlone, isPrepared, lostLabels } from '../context/column-type-changes.ts'
import { holdsData } from '../context/held-data.ts'
import { changesInBothDirections } from '../context/schema-changes.ts'
import { small } from '../example.ts'
import { defineHazard } from '../hazard.ts'
import { ofPossibleFailure } from '../severity.ts'

const before = `CREATE TABLE orders (id bigint PRIMARY KEY, code text, placed text);
INSERT INTO orders VALUES (1, '17', '2025-01-01'), (2, 'none', 'soon');`

export const hazard = defineHazard({
  id: 'cast-may-fail',
  group: 'failure',
  title: 'A type change whose cast may abort',
  page: {
    what: 'USING casts each value; text to a number, a date, a uuid or JSON aborts on the first value that is none, and an enum on the first that the new enum lacks.',
    why: 'The migration fails after reading part of the table under ACCESS EXCLUSIVE.',
    instead: 'Look for values that do not cast, and put them right; or cast into a new column in batches.',
    harmless:
      'On an empty or new table, and for casts that cannot fail, such as a number to text or an enum to one with more values. Below 100,000 rows, or where an earlier statement of the change writes the column, it is medium. Critical where the policy’s `value_statistics` is on and a value is known that is no number or uuid.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: ['22P02', '22007', '22008'],
  source:
    'The input functions of the types (such as int4in in src/backend/utils/adt/int.c), called by ATRewriteTable for each row.',
  detect: (context) =>
    changesInBothDirections(context, 'changes type').flatMap(({ step, at, change }) => {
      const { relation, column, from, to, toLabels, using, narrows } = change
      if (!using || narrows || !holdsData(relation)) return []
      // By way of text, the values are still those of the enum before.
      const origin = columnTypeChanges(context).get(columnKey(change))
      const lost = origin ? lostLabels({ fromLabels: origin.fromLabels, toLabels }) : null
      if (lost ? lost.length === 0 : isText(to) || !isText(from)) return []
      const prepared = isPrepared(context, { step, at }, relation, column)
      const known = columnOf(relation, column)?.statistics?.known?.not ?? []
      const sure = !prepared && !lost && isCastAlone(step, column) && known.some((type) => type === familyOf(to))
      const severity = sure ? 'critical' : ofPossibleFailure(relation.size.rows, prepared)
      return [{ step, severity, relation, rows: relation.size.rows, column, from, to, toLabels, lost, sure }]
    }),
  describe({ relation, column, from, to, toLabels, lost, sure }, { catalog }) {
    const [table, name] = [quoteRelation(relation), quoteName(column)]
    const lacking = (lost ?? []).map(quoteText).join(', ')
    // The enum may be made by the change itself.
    const labels = toLabels?.map(quoteText).join(', ')
    const look = labels
      ? `SELECT ${name} FROM ${table} WHERE ${name} NOT IN (${labels}) LIMIT 100;`
      : catalog.behaves('input-can-be-tested')
        ? `SELECT ${name} FROM ${table} WHERE NOT pg_input_is_valid(${name}, ${quoteText(to)}) LIMIT 100;`
        : `SELECT ${name} FROM ${table} GROUP BY 1 ORDER BY length(${name}) DESC LIMIT 100;`
    return {
      message: lost
        ? `May fail: ${to} lacks ${lacking}, which \`${table}.${name}\` may hold`
        : sure
          ? `Will fail: \`${table}.${name}\` holds values that are no ${to}`
          : `May fail: every value of \`${table}.${name}\` must cast from ${from} to ${to}`,
      why: `The first value that does not cast aborts the migration (SQLSTATE ${/^(date|time)/.test(to) ? '22007 or 22008' : '22P02'}).`,
      alternative: lost
        ? alternative('Look for rows that hold it, and give them another value first.', [
            outside(1, `SELECT count(*) FROM ${table} WHERE ${name}::text IN (${lacking});`),
          ])
        : alternative('Look for values that do not cast first.', [outside(1, look)]),
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
        title: 'known values that are no number, where the policy turns that on',
        before,
        tables: { orders: { ...small, columns: { code: { known: { characters: 4, not: ['integer', 'uuid'] } } } } },
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
      {
        title: 'an enum to one that lacks a value',
        before:
          "CREATE TYPE state AS ENUM ('new', 'lost');\nCREATE TABLE orders (id bigint PRIMARY KEY, state state);\nINSERT INTO orders VALUES (1, 'lost');",
        tables: { orders: small },
        code: { 'src/app.ts': 'export {}\n' },
        migration: `SET lock_timeout = '3s';
CREATE TYPE state_new AS ENUM ('new');
ALTER TABLE orders ALTER COLUMN state TYPE state_new USING state::text::state_new;`,
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
        title: 'an enum to one with more values, by way of text',
        before:
          "CREATE TYPE state AS ENUM ('new');\nCREATE TABLE orders (id bigint PRIMARY KEY, state state);\nINSERT INTO orders VALUES (1, 'new');",
        tables: { orders: small },
        migration: `SET lock_timeout = '3s';
ALTER TABLE orders ALTER COLUMN state TYPE text;
DROP TYPE state;
CREATE TYPE state AS ENUM ('new', 'done');
ALTER TABLE orders ALTER COLUMN state TYPE state USING state::state;`,
      },
      {
        title: 'a table that is new',
        before,
        migration: 'CREATE TABLE refunds (code text);\nALTER TABLE refunds ALTER COLUMN code TYPE int USING code::int;',
      },
    ],
  },
})

/** `integer` for all of its sizes, `numeric` for every precision. */
function familyOf(type: string): string {
  if (/^(smallint|integer|bigint)$/.test(type)) return 'integer'
  return type.replace(/\(.*/, '')
}

function isText(type: string): boolean {
  return /^(text|character)/.test(type)
}

function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
