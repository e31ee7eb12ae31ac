import type { StatementAnalysis } from '../../effects/analyze.ts'
import { type Alternative, alternative, same } from '../alternatives/alternative.ts'
import { failing, wrongName } from '../context/failing-statements.ts'
import type { Step } from '../context/review-context.ts'
import { defineHazard } from '../hazard.ts'

type Fails = NonNullable<StatementAnalysis['fails']>

const list = new Intl.ListFormat('en-GB')

const before = `CREATE TABLE countries (code char(2) PRIMARY KEY);
CREATE TABLE orders (
  id bigint PRIMARY KEY,
  country char(2) REFERENCES countries,
  total numeric NOT NULL,
  tenant text,
  vat numeric GENERATED ALWAYS AS (total * 0.2) STORED
);
CREATE VIEW large_orders AS SELECT id, total FROM orders WHERE total > 1000;
CREATE POLICY own_tenant ON orders USING (tenant = current_user);`

export const hazard = defineHazard({
  id: 'dependent-objects',
  group: 'failure',
  title: 'The schema does not allow the statement',
  page: {
    what: 'A view, foreign key, generated column, policy, function or another rule of the schema prevents it: PostgreSQL refuses the statement.',
    why: 'The migration aborts, on this schema every time.',
    instead: 'Change what depends on it first, in the same migration.',
    harmless:
      'When the migration removes what depends on it first. Neither PostgreSQL nor Lockcast looks into a function whose body is a string: it fails when it is called.',
  },
  facts: ['catalog'],
  sqlstates: ['2BP01', '0A000', '42P16', '42830', '42809', '42804', '42704', '42883'],
  source:
    'reportDependentObjects in src/backend/catalog/dependency.c (2BP01); RememberAllDependentForRebuilding in src/backend/commands/tablecmds.c (0A000).',
  detect: (context) =>
    failing(context).flatMap((step) => {
      const { fails } = step.analysis
      // Names that are missing or taken, and transactions, have their own hazards.
      if (!fails || wrongName(fails) || fails.sqlstate === '25001' || !context.exact || step.hasPlaceholder) return []
      return [{ step, severity: 'critical' as const, relation: null, rows: null, fails }]
    }),
  describe({ step, fails }) {
    const { sqlstate, message, dependents } = fails
    const [first, ...more] = dependents
    const others = more.length > 2 ? [`${more.length} more`] : more.map((dependent) => dependent.words)
    const names = first ? [first.words, ...others] : []
    const what = first ? `: ${list.format(names)} ${names.length > 1 ? 'are' : 'is'} in the way` : ''
    return {
      message: `Will fail: ${message}`,
      why: `PostgreSQL refuses it on this schema with SQLSTATE ${sqlstate}${what}.`,
      alternative: first
        ? outOfTheWay(step, fails)
        : alternative('Write what the schema allows, or change first what stands against it.', []),
    }
  },
  examples: {
    bad: [
      {
        title: 'a column that a view reads',
        before,
        migration: 'ALTER TABLE orders DROP COLUMN total;',
      },
      {
        title: 'the type of a column that a view reads',
        before,
        migration: 'ALTER TABLE orders ALTER COLUMN id TYPE numeric;',
      },
      {
        title: 'a column that a policy reads',
        before,
        migration: 'ALTER TABLE orders DROP COLUMN tenant;',
      },
      {
        title: 'the type of a column with a generated one made of it',
        before: before.replace(/CREATE VIEW[^;]*;/, ''),
        migration: 'ALTER TABLE orders ALTER COLUMN total TYPE numeric(12, 2);',
      },
      {
        title: 'a column in the column list of a publication',
        before:
          'CREATE TABLE items (id int PRIMARY KEY, price int);\nCREATE PUBLICATION news FOR TABLE items (id, price);',
        migration: 'ALTER TABLE items DROP COLUMN price;',
      },
      {
        title: 'the type of a column in the row filter of a publication',
        before: 'CREATE TABLE items (id int PRIMARY KEY);\nCREATE PUBLICATION news FOR TABLE items WHERE (id > 5);',
        migration: 'ALTER TABLE items ALTER COLUMN id TYPE bigint;',
      },
      {
        title: 'a table that another refers to',
        before,
        migration: 'DROP TABLE countries;',
      },
      {
        title: 'an index over a type that has no order',
        before: 'CREATE TABLE notes (id bigint PRIMARY KEY, data json);',
        migration: 'CREATE UNIQUE INDEX notes_data ON notes (data);',
      },
      {
        title: 'a table that a function with a parsed body reads',
        before: `CREATE TABLE rates (id int);
CREATE FUNCTION rate() RETURNS int BEGIN ATOMIC SELECT id FROM rates LIMIT 1; END;`,
        migration: 'DROP TABLE rates;',
      },
    ],
    good: [
      {
        title: 'the view is replaced in the same migration',
        before,
        migration:
          "SET lock_timeout = '3s';\nDROP VIEW large_orders;\nALTER TABLE orders ALTER COLUMN id TYPE bigint;\nCREATE VIEW large_orders AS SELECT id, total FROM orders;",
      },
      {
        title: 'a function whose body is a string',
        before: `CREATE TABLE rates (id int);
CREATE FUNCTION rate() RETURNS int LANGUAGE sql AS 'SELECT id FROM rates LIMIT 1';`,
        tables: { rates: { rows: 0, bytes: 0 } },
        migration: "SET lock_timeout = '3s';\nDROP TABLE rates;",
      },
    ],
  },
})

/** In one transaction, so that a view or policy that is created again is never missing. */
function outOfTheWay(step: Step, { sqlstate, dependents }: Fails): Alternative {
  const removals = dependents.flatMap(({ removal }) => removal ?? [])
  if (removals.length < dependents.length)
    return alternative('Change what is in the way first, in the same migration.', [])
  const steps = [...removals, `${step.statement.sql};`]
  const { node } = step.statement
  if (node === null || !('AlterTableStmt' in node))
    return alternative(
      'Drop it by name first, if it is not needed any more.',
      steps.map((sql) => same(1, sql)),
    )
  const names = list.format(dependents.map((dependent) => dependent.words).reverse()).replaceAll('`', '')
  const without = sqlstate === '2BP01' ? ' without what goes' : ''
  const grants = removals.some((sql) => sql.includes(' VIEW ')) ? ', with its grants' : ''
  return alternative(
    `Take it away first and make it again in the same transaction${without && `,${without}`}${grants}.`,
    [...steps, `-- here: make ${names} again${without}`].map((sql) => same(1, sql)),
  )
}
