import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { alternative } from '../alternatives/alternative.ts'
import { rowsPhrase } from '../context/held-data.ts'
import type { ReviewContext, Step } from '../context/review-context.ts'
import { changesOn } from '../context/schema-changes.ts'
import { dataLossHazard } from '../data-loss-hazard.ts'
import { big } from '../example.ts'

const before = `CREATE TABLE orders (id bigint PRIMARY KEY, region text, note text);
INSERT INTO orders SELECT i, 'north', 'x' FROM generate_series(1, 50) i;`

export const hazard = dataLossHazard({
  group: 'data loss',
  id: 'column-recreated',
  title: 'A column is dropped and added again',
  page: {
    what: 'The same change drops a column and adds one of its name. The new column is empty: every value is gone, and so are the indexes and constraints of the old one.',
    why: 'It is written to change the type, and TypeORM’s `changeColumn` sends it for a new type or length (seen with 0.3.27 and 1.1.1). The application finds the column it knows, so the loss shows late.',
    instead: 'Change the type in place with ALTER COLUMN … TYPE, in TypeORM by `queryRunner.query`.',
    harmless:
      'On an empty table, or one made in the same change. Where an UPDATE of the table runs before the drop, the values may have been moved, and only the drop is reported.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source:
    'PostgresQueryRunner.changeColumn of TypeORM calls dropColumn and addColumn when type, length or array changes; ATExecDropColumn in tablecmds.c brings nothing back.',
  kind: 'drops column',
  covers: ['drop-column'],
  severity: (change, context) => {
    const drop = changesOn(context, 'drops column', change.relation).find((found) => found.change === change)
    if (!drop) return null
    const added = changesOn(context, 'adds column', change.relation).some(
      ({ step, at, change: other }) =>
        other.column === change.column &&
        at >= drop.at &&
        step.migration.path === drop.step.migration.path &&
        step.migration.direction === drop.step.migration.direction,
    )
    return added && !movesBefore(drop.step, change.relation.id, context) ? 'critical' : null
  },
  message: ({ relation, column }, context) =>
    `Loses the values of \`${quoteRelation(relation)}.${quoteName(column)}\` in ${rowsPhrase(relation.size.rows, context)}: the column is dropped and added again, empty`,
  why: () => 'Only a backup brings the values back; indexes and constraints of the column are gone too.',
  alternative: ({ relation, column }) =>
    alternative(
      `Change the column in place: ALTER TABLE ${quoteRelation(relation)} ALTER COLUMN ${quoteName(column)} TYPE … USING ….`,
      [],
    ),
  examples: {
    bad: [
      {
        title: 'to change the type',
        before,
        tables: { orders: big },
        policy: 'session: { lock_timeout: 3s }',
        migration: 'ALTER TABLE orders DROP COLUMN note;\nALTER TABLE orders ADD COLUMN note varchar(200);',
      },
      {
        title: 'in one statement',
        before,
        tables: { orders: big },
        policy: 'session: { lock_timeout: 3s }',
        migration: 'ALTER TABLE orders DROP COLUMN region, ADD COLUMN region varchar(40);',
      },
    ],
    good: [
      {
        title: 'the type is changed in place, to a wider one',
        before: before.replace('note text', 'note varchar(10)'),
        policy: 'session: { lock_timeout: 3s }',
        migration: 'ALTER TABLE orders ALTER COLUMN note TYPE varchar(200);',
      },
      {
        title: 'the table is empty',
        before: 'CREATE TABLE orders (id bigint PRIMARY KEY, note text);',
        tables: { orders: { rows: 0, bytes: 0 } },
        policy: 'session: { lock_timeout: 3s }',
        migration: 'ALTER TABLE orders DROP COLUMN note;\nALTER TABLE orders ADD COLUMN note varchar(200);',
        code: { 'src/app.ts': 'export {}\n' },
      },
    ],
  },
})

/** An UPDATE of the table in the same file before the drop: the values may have been moved to another column. */
function movesBefore(drop: Step, relation: number, { steps }: ReviewContext): boolean {
  return steps
    .slice(0, steps.indexOf(drop))
    .some(
      ({ migration, statement, effects }) =>
        migration === drop.migration &&
        statement.node !== null &&
        'UpdateStmt' in statement.node &&
        effects.some(({ effect }) => effect.relation.id === relation),
    )
}
