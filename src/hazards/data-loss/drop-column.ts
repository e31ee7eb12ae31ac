import { columnOf } from '../../catalog/relation.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { alternative } from '../alternatives/alternative.ts'
import { certaintyOfUse, mayBeUsed, usageOf, usageText } from '../context/code-usage.ts'
import { rowsPhrase } from '../context/held-data.ts'
import { dataLossHazard } from '../data-loss-hazard.ts'
import { big } from '../example.ts'

const before = `CREATE TABLE orders (id bigint PRIMARY KEY, region text, note text);
INSERT INTO orders SELECT i, 'north', 'x' FROM generate_series(1, 50) i;`

/** The share of nulls from which a column holds next to nothing. */
const nearlyAll = 0.99

export const hazard = dataLossHazard({
  group: 'data loss',
  id: 'drop-column',
  title: 'A column with values is dropped',
  page: {
    what: 'DROP COLUMN takes a moment, and the values of every row are gone.',
    why: 'The values come back only from a backup. The version of the code that runs while this deploys may still name the column and then fails on every such query, also when this very change takes the uses out.',
    instead: 'Stop using the column in an earlier deployment; drop it in a later one.',
    harmless:
      'On an empty table, or one made in the same change, nothing is lost. Where the code was searched and names the column nowhere, only in files that do not name its table, or where this change takes the uses out, the finding is medium; low where no use is left and 99 % of the values are null. The search looks for the whole word in snake, camel, Pascal and constant case, and leaves out migrations, documentation, lock files and vendored code.',
  },
  facts: ['effects', 'catalog', 'statistics', 'code'],
  sqlstates: ['42703'],
  source: 'ATExecDropColumn in tablecmds.c marks the column dropped at once; no command brings it back.',
  kind: 'drops column',
  severity: ({ relation, column }, context) => {
    const use = certaintyOfUse(usageOf(context, { table: relation.name, column }))
    if (use === 'likely') return 'high'
    const nulls = columnOf(relation, column)?.statistics?.nullFraction ?? 0
    return use === 'none' && nulls >= nearlyAll ? 'low' : 'medium'
  },
  message: ({ relation, column }, context) =>
    `Loses the values of \`${quoteRelation(relation)}.${quoteName(column)}\` in ${rowsPhrase(relation.size.rows, context)}`,
  why: ({ relation, column }, context) => {
    const share = columnOf(relation, column)?.statistics?.nullFraction
    const filled =
      share === undefined || !context.exact
        ? ''
        : share === 0
          ? '; none of them is null'
          : `; ${share < 0.0005 ? 'nearly all' : `${Number(((1 - share) * 100).toPrecision(3))} %`} of them are not null`
    const name = { table: relation.name, column }
    return `Only a backup brings them back${filled}. ${usageText(usageOf(context, name), context, name)}`
  },
  alternative: ({ relation, column }, _step, context) =>
    alternative(
      mayBeUsed(usageOf(context, { table: relation.name, column }))
        ? 'Let the code stop naming it in an earlier deployment; drop it in a later one.'
        : 'Copy the values first if they may be needed again.',
      [],
    ),
  examples: {
    bad: [
      {
        title: 'the code still names the column',
        before,
        tables: { orders: { ...big, columns: { region: { nulls: 0.3 } } } },
        policy: 'session: { lock_timeout: 3s }',
        migration: 'ALTER TABLE orders DROP COLUMN region;',
        code: { 'src/orders/report.ts': "export const byRegion = 'SELECT region, count(*) FROM orders GROUP BY 1'\n" },
      },
      {
        title: 'the code was searched and does not name it',
        before,
        policy: 'session: { lock_timeout: 3s }',
        migration: 'ALTER TABLE orders DROP COLUMN region;',
        code: { 'src/orders/report.ts': "export const all = 'SELECT note FROM orders'\n" },
      },
      {
        title: 'only code that does not name the table has the word',
        before,
        policy: 'session: { lock_timeout: 3s }',
        migration: 'ALTER TABLE orders DROP COLUMN region;',
        code: { 'src/weather.ts': 'export const region = "north"\n' },
      },
      {
        title: 'no code names it, and it is nearly all null',
        before,
        tables: { orders: { ...big, columns: { region: { nulls: 0.995 } } } },
        policy: 'session: { lock_timeout: 3s }',
        migration: 'ALTER TABLE orders DROP COLUMN region;',
        code: { 'src/orders/report.ts': "export const all = 'SELECT note FROM orders'\n" },
      },
    ],
    good: [
      {
        title: 'the table is made in the same change',
        before: '',
        migration: 'CREATE TABLE t (id bigint PRIMARY KEY, a int);\nALTER TABLE t DROP COLUMN a;',
      },
      {
        title: 'the table is empty and no code names the column',
        before: 'CREATE TABLE orders (id bigint PRIMARY KEY, region text);',
        tables: { orders: { rows: 0, bytes: 0 } },
        migration: 'ALTER TABLE orders DROP COLUMN region;',
        code: { 'src/app.ts': 'export {}\n' },
      },
    ],
  },
})
