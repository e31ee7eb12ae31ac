import { provesNotNull } from '../../catalog/expressions.ts'
import { columnOf, type Relation } from '../../catalog/relation.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { type AlternativeStep, alternative, outside, own } from '../alternatives/alternative.ts'
import { batch, someValue } from '../alternatives/batches.ts'
import { notNullByCheck, notValidThenValidate } from '../alternatives/not-valid.ts'
import type { ReviewContext, Step } from '../context/review-context.ts'
import { changesInBothDirections } from '../context/schema-changes.ts'
import { big } from '../example.ts'
import { defineHazard } from '../hazard.ts'
import { large } from '../severity.ts'

const before = `CREATE TABLE orders (id bigint PRIMARY KEY, channel text, currency text);
INSERT INTO orders VALUES (1, 'web', 'EUR'), (2, NULL, 'EUR');`

const orders = { ...big, columns: { channel: { nulls: 0.02, distinct: 6 } } }

export const hazard = defineHazard({
  id: 'null-values-present',
  group: 'failure',
  title: 'A column that holds nulls is made NOT NULL',
  page: {
    what: 'SET NOT NULL, a primary key, or the validation of CHECK (… IS NOT NULL) aborts on the first null it reads; the column’s statistics say that there are some.',
    why: 'The migration fails after reading part of the table under its lock, and with it the deployment.',
    instead: 'Fill the nulls in batches in an earlier deployment, once nothing writes them any more.',
    harmless:
      'When the migrations themselves fill the nulls first. Statistics are as old as the last ANALYZE: if the column was filled since, ANALYZE it and review again.',
  },
  facts: ['catalog', 'statistics'],
  sqlstates: ['23502', '23514'],
  source:
    'ATRewriteTable in src/backend/commands/tablecmds.c raises 23502 for NOT NULL and 23514 for a CHECK; pg_stats.null_frac is what ANALYZE saw in its sample.',
  covers: ['blocking-index-build', 'blocking-validation', 'blocking-unique', 'not-null-breaks-old-writers'],
  detect: (context) =>
    claimsIn(context).flatMap(({ step, relation, column: name }) => {
      const column = columnOf(relation, name)
      const share = column?.statistics?.nullFraction ?? null
      if (!column || column.notNull || share === 0 || relation.size.rows === 0) return []
      // On a small table it costs nothing to try.
      if (share === null && (relation.size.rows ?? large) < large) return []
      const rows =
        relation.size.rows === null || share === null ? null : Math.max(1, Math.round(relation.size.rows * share))
      return [
        { step, severity: share === null ? ('low' as const) : ('critical' as const), relation, rows, column, share },
      ]
    }),
  describe({ step, relation, rows, column, share }, context) {
    const name = quoteName(column.name)
    const nulls =
      rows === null || !context.exact ? 'nulls' : `about ${context.format.rows(rows).replace(/ rows?$/, '')} nulls`
    if (share === null) {
      return {
        message: `Fails if \`${quoteRelation(relation)}.${name}\` holds a null: its statistics are not known`,
        why: `PostgreSQL aborts with SQLSTATE ${codeOf(step)} on the first one.`,
        alternative: alternative('Look for one first.', [
          outside(1, `SELECT count(*) FROM ${quoteRelation(relation)} WHERE ${name} IS NULL;`),
        ]),
      }
    }
    const known = context.exact ? `${Number((share * 100).toPrecision(2))} % of the values are null` : 'there are some'
    return {
      message: `Will fail: \`${quoteRelation(relation)}.${name}\` holds ${nulls}`,
      why: `The statistics say that ${known}; PostgreSQL aborts with SQLSTATE ${codeOf(step)} on the first one.`,
      alternative: alternative('Fill the nulls in batches first; then let it be checked without blocking.', [
        outside(
          1,
          batch(relation, { update: `${name} = ${column.default ?? someValue(column.type)}` }, `${name} IS NULL`),
        ),
        ...checked(step, relation, column.name, context),
      ]),
    }
  },
  examples: {
    bad: [
      {
        title: 'SET NOT NULL over nulls',
        before,
        tables: { orders },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders ALTER COLUMN channel SET NOT NULL;",
      },
      {
        title: 'a CHECK that is validated over nulls',
        before: `${before}\nALTER TABLE orders ADD CONSTRAINT orders_channel_known CHECK (channel IS NOT NULL) NOT VALID;`,
        tables: { orders },
        migration: 'ALTER TABLE orders VALIDATE CONSTRAINT orders_channel_known;',
      },
    ],
    good: [
      {
        title: 'the nulls are filled in an earlier file',
        before,
        tables: { orders: { rows: 120, bytes: 16_384, columns: orders.columns } },
        migration: {
          '1.sql': "UPDATE orders SET channel = 'web' WHERE channel IS NULL;",
          '2.sql': 'ALTER TABLE orders ALTER COLUMN channel SET NOT NULL;',
        },
      },
      {
        title: 'only new rows must have a value',
        before,
        tables: { orders },
        migration:
          "SET lock_timeout = '3s';\nALTER TABLE orders ADD CONSTRAINT orders_channel_known CHECK (channel IS NOT NULL) NOT VALID;",
      },
    ],
  },
})

function codeOf({ analysis }: Step): string {
  return analysis.changes.some(
    (change) => change.kind === 'sets not null' || (change.kind === 'adds constraint' && change.type === 'primary key'),
  )
    ? '23502'
    : '23514'
}

/** The original aim of the statement, once no null is left. */
function checked(step: Step, relation: Relation, column: string, context: ReviewContext): AlternativeStep[] {
  for (const change of step.analysis.changes) {
    if (change.kind === 'validates constraint') return [own(2, `${step.statement.sql};`)]
    if (change.kind === 'adds constraint' && change.type === 'check')
      return notValidThenValidate(relation, change.constraint, change.definition, 2)
  }
  return notNullByCheck(relation, column, 2, context.catalog)
}

interface Claim {
  step: Step
  relation: Relation
  column: string
}

/** The columns that statements claim to be free of nulls now. */
function claimsIn(context: ReviewContext): Claim[] {
  const set = changesInBothDirections(context, 'sets not null').flatMap(({ step, change }) =>
    change.proven ? [] : [{ step, ...change }],
  )
  const added = changesInBothDirections(context, 'adds constraint').flatMap(({ step, change }): Claim[] => {
    const { relation, columns, definition, validated, type } = change
    const isClaimed = (name: string): boolean =>
      type === 'primary key'
        ? columnOf(relation, name)?.notNull === false
        : type === 'check' && validated && provesNotNull(definition, name)
    const column = columns.find(isClaimed)
    return column ? [{ step, relation, column }] : []
  })
  const validated = changesInBothDirections(context, 'validates constraint').flatMap(({ step, change }): Claim[] => {
    const { relation } = change
    const check = relation.constraints.find((constraint) => constraint.name === change.constraint)
    if (check?.kind !== 'check' || check.validated) return []
    const column = check.columns.find((name) => provesNotNull(check.definition, name))
    return column ? [{ step, relation, column }] : []
  })
  return [...set, ...added, ...validated]
}
