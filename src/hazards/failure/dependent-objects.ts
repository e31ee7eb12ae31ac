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
  sqlstates: ['2BP01', '0A000', '42P16', '42830', '42809', '42804', '42704', '42883', '22P02', '55000', '23502'],
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
      alternative: first ? outOfTheWay(step, fails) : alternative(wayFor(fails), []),
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

/** The way out of a failure, as the server's own HINT says it or more exactly: by its message, else by its SQLSTATE. */
function wayFor({ sqlstate, message }: Fails): string {
  const found = ways.find(([pattern]) => pattern.test(`${sqlstate} ${message}`))
  return found?.[1] ?? `Look up SQLSTATE ${sqlstate}: no other statement gives this result on this schema as it is.`
}

const ways: readonly (readonly [RegExp, string])[] = [
  [
    /^42804 .*default.*cannot be cast/,
    'DROP DEFAULT first, change the type, then SET DEFAULT again with a value of the new type.',
  ],
  [
    /^42804 .*cannot be cast automatically/,
    'Say how the values are converted: `ALTER COLUMN … TYPE … USING …::newtype`.',
  ],
  [
    /^42804 .*is of type/,
    'Write a value of the type of the column: `true` or `false` for a boolean, in quotes for a date, or with a cast.',
  ],
  [
    /^42804 .*not found in parent/,
    'Drop the column from the table first, or add it to the parent: both must have the same columns.',
  ],
  [/^42804/, 'Make the types agree: change the type of one of the two, or write a cast.'],
  [
    /^22P02 .*enum/,
    'Add the label first, in a migration of its own: `ALTER TYPE … ADD VALUE`; or write one that the type has.',
  ],
  [/^22P02|^22007/, 'Write a value that the type of the column can read.'],
  [
    /^0A000 .*cannot create index on partitioned table .* concurrently/,
    'Build it on each partition CONCURRENTLY; then CREATE INDEX ON ONLY the parent, and ALTER INDEX … ATTACH PARTITION each of them.',
  ],
  [
    /^0A000 .*cannot drop partitioned index .* concurrently/,
    'Drop it without CONCURRENTLY, behind a lock_timeout: PostgreSQL cannot drop a partitioned index otherwise.',
  ],
  [
    /^0A000 .*cannot alter type .* because column .* uses it/,
    'Change the column to the base type first, alter the domain, and change the column back.',
  ],
  [/^0A000 .*USING INDEX/, 'Add the key to each partition with USING INDEX, then to the parent, which takes theirs.'],
  [
    /^0A000 .*unique constraint on partitioned table/i,
    'Add the columns of the partition key to the key: each partition checks its own rows only.',
  ],
  [
    /^2BP01 .*because constraint (\S+) on table/,
    'Drop the constraint that owns the index instead: `ALTER TABLE … DROP CONSTRAINT …`.',
  ],
  [/^42830/, 'Give the referenced columns a primary key or a UNIQUE constraint first, over exactly these columns.'],
  [/^42P16 .*multiple primary keys/, 'Drop the old primary key in the same ALTER TABLE, or make the new one UNIQUE.'],
  [/^42P16 .*in a primary key/, 'Drop the primary key first: its columns cannot hold nulls.'],
  [
    /^42P16 .*cannot (drop columns from|change (name|data type) of) view/,
    'DROP VIEW and create it again, in one transaction and with its grants: OR REPLACE can only add columns at the end.',
  ],
  [/^42P16 .*inherited|^42P16 .*parent/, 'Do it on the parent table: the child has it from there.'],
  [
    /^55000 .*detach partitions concurrently/,
    'Detach it without CONCURRENTLY, behind a lock_timeout; or detach the default partition first.',
  ],
  [
    /^55000 .*replica identity/,
    'Give the table a primary key, or `ALTER TABLE … REPLICA IDENTITY FULL`, before it is written.',
  ],
  [
    /^55000 .*concurrently/,
    'Create a UNIQUE index over columns of the view first, without WHERE; or refresh without CONCURRENTLY.',
  ],
  [/^55000 .*must be declared NOT NULL/, 'SET NOT NULL on the column first.'],
  [/^55000 .*already has a default/, 'DROP DEFAULT in the same ALTER TABLE, before ADD GENERATED.'],
  [
    /^55000 .*is not valid/,
    'Drop the index, build it again CONCURRENTLY, and take it for the constraint when it is valid.',
  ],
  [/^42809 .*is not a unique index/, 'Build a UNIQUE index over these columns, and take that for the constraint.'],
  [
    /^42809 .*is not a|^42809 "/,
    'Use the command for its kind: ALTER VIEW, DROP INDEX, DROP MATERIALIZED VIEW and so on.',
  ],
  [
    /^42704 .*operator class for access method/,
    'Name an operator class of this index method, or an expression of a type that has one.',
  ],
  [
    /^42704|^42883/,
    'Create it first, or the extension that brings it; or write a cast, so that one with these types is found.',
  ],
  [/^23502/, 'Give the column a value in the statement, or a default before it.'],
  [/^428C9|^42601/, 'Leave the column out, or write DEFAULT: PostgreSQL computes its value.'],
  [/^42P17/, 'Choose bounds that no other partition covers.'],
  [/^42P10/, 'Let the column list and the row filter of the publication fit the replica identity.'],
]

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
