import type { ColumnDef } from '@pgsql/types'
import type { Relation } from '../../catalog/relation.ts'
import { print, quoteName, quoteRelation } from '../../sql/quote.ts'
import { textOf } from '../../sql/statement.ts'
import { walk } from '../../sql/walk.ts'
import { alternative, outside, own } from '../alternatives/alternative.ts'
import { batch, someValue } from '../alternatives/batches.ts'
import { notNullByCheck } from '../alternatives/not-valid.ts'
import { isUnseen } from '../context/blocked-statements.ts'
import type { ReviewContext, Step } from '../context/review-context.ts'
import { changesInBothDirections, changesOn } from '../context/schema-changes.ts'
import { big } from '../example.ts'
import { defineHazard } from '../hazard.ts'
import type { Severity } from '../severity.ts'

const before = `CREATE TABLE orders (id bigint PRIMARY KEY);
INSERT INTO orders VALUES (1);`

export const hazard = defineHazard({
  id: 'not-null-without-default',
  group: 'failure',
  title: 'A NOT NULL column without a default is added to a table with rows',
  page: {
    what: 'ADD COLUMN … NOT NULL without a default fails as soon as the table has one row: the rows that are there would hold null in it.',
    why: 'The migration aborts in production, though it worked on the empty table of a test.',
    instead:
      'Give it a constant default, which from PostgreSQL 11 on writes no row; or add it nullable, fill it, and make it NOT NULL afterwards.',
    harmless:
      'On a table that is empty or new in the same change, and for a column that brings its own values: identity, serial, generated.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: ['23502'],
  source: 'ATRewriteTable in src/backend/commands/tablecmds.c: column contains null values.',
  covers: ['blocking-index-build', 'blocking-validation', 'blocking-unique'],
  detect: (context) =>
    changesInBothDirections(context, 'adds column').flatMap(
      ({ step, change: { relation, column, notNullWithoutDefault } }) => {
        const { rows } = relation.size
        if (!notNullWithoutDefault || relation.kind === 'foreign table' || rows === 0) return []
        // A table of this change holds what the change itself put into it.
        const filled = isUnseen(relation) ? isFilledHere(relation, context) : true
        if (!filled) return []
        const severity: Severity = rows === null ? 'high' : 'critical'
        return [{ step, severity, relation, rows, column }]
      },
    ),
  describe({ step, relation, rows, column }, { format, catalog }) {
    const [table, name] = [quoteRelation(relation), quoteName(column)]
    return {
      message:
        rows === null
          ? `Will fail if \`${table}\` has a row: \`${name}\` is NOT NULL and has no default`
          : `Will fail: \`${name}\` is NOT NULL without a default, and \`${table}\` has ${format.rows(rows)}`,
      why: 'The rows that are there would hold null in the new column, so PostgreSQL refuses with SQLSTATE 23502.',
      alternative: alternative(
        `Add it nullable, fill it, then make it NOT NULL; or give it a constant default${catalog.behaves('constant-default-writes-no-row') ? ', which writes no row' : ''}.`,
        [
          own(1, `${textOf(step.statement).replace(/\s+NOT\s+NULL\b/i, '')};`),
          outside(2, batch(relation, { update: `${name} = ${someValue(typeOfNew(step, column))}` }, `${name} IS NULL`)),
          ...notNullByCheck(relation, column, 3, catalog),
        ],
      ),
    }
  },
  examples: {
    bad: [
      {
        title: 'a table with rows',
        before,
        tables: { orders: big },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders ADD COLUMN region text NOT NULL;",
      },
      {
        title: 'a table that the same change makes and fills',
        before,
        migration:
          'CREATE TABLE refunds (id bigint PRIMARY KEY);\nINSERT INTO refunds VALUES (1);\nALTER TABLE refunds ADD COLUMN region text NOT NULL;',
      },
      {
        title: 'a default of NULL is none',
        before,
        migration: 'ALTER TABLE orders ADD COLUMN region text NOT NULL DEFAULT NULL;',
      },
    ],
    good: [
      {
        title: 'a constant default',
        before,
        tables: { orders: big },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders ADD COLUMN region text NOT NULL DEFAULT 'EU';",
      },
      {
        title: 'a table that is new',
        before,
        migration: 'CREATE TABLE refunds (id bigint);\nALTER TABLE refunds ADD COLUMN region text NOT NULL;',
      },
    ],
  },
})

/** The type that the statement gives the new column. */
function typeOfNew(step: Step, column: string): string | undefined {
  let type: string | undefined
  walk(step.statement.node, (name, value) => {
    if (name === 'ColumnDef' && (value as ColumnDef).colname === column) {
      const { typeName } = value as ColumnDef
      type = typeName && print({ TypeName: typeName })
    }
    return type === undefined
  })
  return type
}

/** Rows are written to a table of this change, by values that are given. */
function isFilledHere(relation: Relation, context: ReviewContext): boolean {
  return (
    (relation.size.rows ?? 0) > 0 &&
    changesOn(context, 'writes rows', relation).some(
      ({ change }) => change.verb === 'insert' && change.bounded && change.certain,
    )
  )
}
