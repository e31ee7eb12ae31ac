import { provesNotNull } from '../../catalog/expressions.ts'
import { type Constraint, columnOf, type Relation } from '../../catalog/relation.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { alternative } from '../alternatives/alternative.ts'
import type { ReviewContext } from '../context/review-context.ts'
import { changesOf, changesOn } from '../context/schema-changes.ts'
import { medium } from '../example.ts'
import { defineHazard } from '../hazard.ts'

const before = `CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, total numeric, email text, customer_id bigint);
ALTER TABLE orders ADD CONSTRAINT orders_total_positive CHECK (total > 0);
ALTER TABLE orders ADD CONSTRAINT orders_email_key UNIQUE (email);
INSERT INTO orders VALUES (1, 10, 'a@example.com', NULL);`

export const hazard = defineHazard({
  id: 'drop-constraint',
  group: 'data loss',
  title: 'A constraint is dropped, and what it guarded is open',
  page: {
    what: 'From the drop on, rows come in that the constraint refused.',
    why: 'The constraint cannot be put back while such rows are there, and wrong rows can no longer be distinguished from right ones. INSERT … ON CONFLICT over a dropped key fails.',
    instead:
      'Put the new constraint in place first, NOT VALID if need be, and drop the old one in the same transaction.',
    harmless:
      'When the same change adds another constraint over the same columns, or the table is new. The finding is low: rules do change.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source:
    'ATExecDropConstraint in src/backend/commands/tablecmds.c; infer_arbiter_indexes in src/backend/optimizer/util/plancat.c looks for a key for ON CONFLICT (42P10).',
  detect: (context) =>
    changesOf(context, 'drops constraint').flatMap(({ step, change: { relation, constraint, cascade } }) =>
      cascade || relation.isNew || isReplaced(relation, constraint, context)
        ? []
        : [{ step, severity: 'low' as const, relation, rows: relation.size.rows, constraint }],
    ),
  describe({ relation, constraint }) {
    const isKey = constraint.kind === 'unique' || constraint.kind === 'primary key'
    const conflict = isKey ? ' INSERT … ON CONFLICT over these columns fails at once.' : ''
    return {
      message: `\`${quoteRelation(relation)}\` takes from now on what the ${kindText[constraint.kind]} \`${quoteName(constraint.name)}\` refused`,
      why: `Once such rows are there, the constraint cannot come back without removing them.${conflict}`,
      alternative: alternative(
        'Put the rule that is to hold in place first, NOT VALID if need be, and drop this one in the same transaction.',
        [],
      ),
    }
  },
  examples: {
    bad: [
      {
        title: 'a CHECK',
        before,
        tables: { orders: medium },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders DROP CONSTRAINT orders_total_positive;",
        seen: 'admits',
        application: "INSERT INTO orders VALUES (2, -1, 'b@example.com', NULL)",
      },
      {
        title: 'a unique key',
        before,
        tables: { orders: medium },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders DROP CONSTRAINT orders_email_key;",
        seen: 'admits',
        application: "INSERT INTO orders VALUES (2, 1, 'a@example.com', NULL)",
      },
    ],
    good: [
      {
        title: 'replaced in the same change',
        before,
        tables: { orders: medium },
        migration: `SET lock_timeout = '3s';
ALTER TABLE orders ADD CONSTRAINT orders_total_not_negative CHECK (total >= 0) NOT VALID;
ALTER TABLE orders DROP CONSTRAINT orders_total_positive;`,
      },
      {
        title: 'a CHECK that NOT NULL says already',
        before: `CREATE TABLE orders (id bigint PRIMARY KEY, total numeric NOT NULL, CONSTRAINT total_known CHECK (total IS NOT NULL));`,
        tables: { orders: medium },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders DROP CONSTRAINT total_known;",
      },
    ],
  },
})

const kindText = {
  check: 'CHECK constraint',
  'foreign key': 'foreign key',
  unique: 'UNIQUE constraint',
  'primary key': 'primary key',
  exclusion: 'EXCLUDE constraint',
  'not null': 'NOT NULL constraint',
} as const satisfies Record<Constraint['kind'], string>

/** Another constraint of the kind over one of its columns is added in this review, or NOT NULL says the same. */
function isReplaced(relation: Relation, { kind, columns, definition }: Constraint, context: ReviewContext): boolean {
  const now = context.catalog.get(relation.id)
  if (!now) return true
  const proves = columns.find((column) => kind === 'check' && provesNotNull(definition, column))
  if (proves && columnOf(now, proves)?.notNull) return true
  const keys = ['primary key', 'unique']
  return changesOn(context, 'adds constraint', relation).some(
    ({ change }) =>
      (change.type === kind || (keys.includes(change.type) && keys.includes(kind))) &&
      change.columns.some((column) => columns.includes(column)),
  )
}
