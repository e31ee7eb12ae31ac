import { type Column, columnOf, type Relation } from '../../catalog/relation.ts'
import { sequenceOf } from '../../catalog/sequences.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { type Alternative, alternative, own } from '../alternatives/alternative.ts'
import { besideTheOld } from '../alternatives/expand-and-contract-steps.ts'
import { isUnseen } from '../context/blocked-statements.ts'
import { type KeyUse, keyUse, lastsText, usedText } from '../context/key-use.ts'
import type { ReviewContext, Step } from '../context/review-context.ts'
import { defineHazard } from '../hazard.ts'
import type { Severity } from '../severity.ts'

const before = `CREATE TABLE orders (id serial PRIMARY KEY, note text);
SELECT setval('orders_id_seq', 2147483646);
INSERT INTO orders (note) VALUES ('the last one');
CREATE TABLE notes (id int PRIMARY KEY);`

const nearlyFull = { rows: 1_900_000_000, bytes: 120 * 1024 ** 3 }

const year = 365 * 86_400

export const hazard = defineHazard({
  id: 'integer-exhaustion',
  group: 'failure',
  title: 'An integer key is near its end',
  page: {
    what: 'A table that this change touches has a smallint or integer key, or one whose sequence ends as early, and most of the values are used up: there are 2,147,483,647 of integer.',
    why: 'On the day the last value is taken every INSERT fails, and the way out, a wider column on a table of that size, takes days of preparation.',
    instead:
      'Move the key to bigint now, by way of a column beside it, while there is time. A sequence that ends before its column does is altered in a moment.',
    harmless:
      'When the change itself makes the key bigint, its sequence too: the one of an identity column follows, the one of a serial keeps its own type. The sequence shows how much is used up where the role may read it (docs/replica.md); else the number of rows is a lower bound, since deleted rows used values too. How long the rest lasts is said where the primary’s activity is known, not of a sequence that several tables share or that counts in steps.',
  },
  facts: ['catalog', 'activity'],
  sqlstates: ['2200H', '22003'],
  source:
    'nextval_internal in src/backend/commands/sequence.c (2200H); int84 in src/backend/utils/adt/int8.c when the sequence goes on beyond the column (22003).',
  detect(context) {
    const seen = new Set<number>()
    return context.steps.flatMap((step) =>
      step.migration.direction === 'down'
        ? []
        : step.effects.flatMap(({ effect }) => {
            const { id } = effect.relation
            if (seen.has(id)) return []
            seen.add(id)
            const relation = context.catalog.get(id) ?? effect.relation
            const column = isUnseen(relation) ? null : keyOf(relation)
            const use = column && keyUse(relation, column, context)
            if (!use) return []
            const severity = severityOf(use, inserted(step, relation))
            return severity === null ? [] : [{ step, severity, relation, rows: relation.size.rows, column, use }]
          }),
    )
  },
  describe({ relation, rows, column, use }, context) {
    const size = rows === null ? '' : `: ${context.format.rows(rows)}`
    const sequence = sequenceOf(context.catalog, relation, column)
    const early = use.ends === 'sequence' && sequence
    const subject = early ? `but its sequence \`${quoteRelation(sequence)}\` ends earlier` : ''
    const counted =
      use.by === 'rows' && sequence ? ' (its rows are counted: the value of its sequence was not read)' : ''
    return {
      message: `\`${quoteRelation(relation)}.${quoteName(column.name)}\` ${useText(use, context)}${size}`,
      why: `It is ${column.type}${early ? `, ${subject}` : ''}; when the last value is taken every INSERT fails with SQLSTATE 2200H or 22003${counted}.`,
      alternative: early
        ? longerSequence(sequence, column.type)
        : besideTheOld(relation, column.name, 'bigint', context),
    }
  },
  examples: {
    bad: [
      {
        title: 'a key with a tenth of its values left',
        before,
        tables: { orders: nearlyFull },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders ADD COLUMN device text;",
        application: "INSERT INTO orders (note) VALUES ('one too many')",
      },
      {
        title: 'how long it lasts, where the traffic is known',
        before,
        tables: { orders: nearlyFull },
        traffic: { orders: { reads: 10, writes: 90, inserts: 60 } },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders ADD COLUMN device text;",
        application: "INSERT INTO orders (note) VALUES ('one too many')",
      },
      {
        title: 'few rows, but the sequence has come far',
        before,
        tables: { orders: { rows: 40_000_000, bytes: 4 * 1024 ** 3 } },
        sequences: { orders_id_seq: 2_040_109_465 },
        traffic: { orders: { reads: 10, writes: 30, inserts: 20 } },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders ADD COLUMN device text;",
        application: "INSERT INTO orders (note) VALUES ('one too many')",
      },
      {
        title: 'the key became bigint, its sequence did not',
        before: `CREATE TABLE orders (id serial PRIMARY KEY, note text);
ALTER TABLE orders ALTER COLUMN id TYPE bigint;
SELECT setval('orders_id_seq', 2147483646);
INSERT INTO orders (note) VALUES ('the last one');`,
        tables: { orders: nearlyFull },
        sequences: { orders_id_seq: 2_090_000_000 },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders ADD COLUMN device text;",
        application: "INSERT INTO orders (note) VALUES ('one too many')",
      },
      {
        title: 'two tables take from one sequence',
        before: `CREATE SEQUENCE ids;
CREATE TABLE orders (id int PRIMARY KEY DEFAULT nextval('ids'), note text);
CREATE TABLE refunds (id int PRIMARY KEY DEFAULT nextval('ids'));
SELECT setval('ids', 2147483647);`,
        tables: { orders: { rows: 400_000_000, bytes: 30 * 1024 ** 3 } },
        sequences: { ids: 2_000_000_000 },
        traffic: { orders: { reads: 10, writes: 30, inserts: 20 } },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders ADD COLUMN device text;",
        application: "INSERT INTO orders (note) VALUES ('one too many')",
      },
      {
        title: 'a smallint key',
        before: `CREATE TABLE stores (id smallint PRIMARY KEY);
INSERT INTO stores VALUES (32767);`,
        tables: { stores: { rows: 31_000, bytes: 2_000_000 } },
        migration: "SET lock_timeout = '3s';\nALTER TABLE stores ADD COLUMN device text;",
        application: 'INSERT INTO stores SELECT max(id) + 1 FROM stores',
      },
    ],
    good: [
      {
        title: 'far from the end',
        before,
        tables: { orders: { rows: 400_000_000, bytes: 30 * 1024 ** 3 } },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders ADD COLUMN device text;",
      },
      {
        title: 'an identity column that became bigint, and its sequence with it',
        before: `CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text);
ALTER TABLE orders ALTER COLUMN id TYPE bigint;`,
        tables: { orders: nearlyFull },
        sequences: { orders_id_seq: 2_090_000_000 },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders ADD COLUMN device text;",
      },
      {
        title: 'a sequence that goes on beyond an integer',
        before: 'CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);',
        tables: { orders: nearlyFull },
        sequences: { orders_id_seq: 3_000_000_000 },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders ADD COLUMN device text;",
      },
      {
        title: 'the sequence is widened here',
        before: `CREATE TABLE orders (id serial PRIMARY KEY, note text);
ALTER TABLE orders ALTER COLUMN id TYPE bigint;`,
        tables: { orders: nearlyFull },
        sequences: { orders_id_seq: 2_090_000_000 },
        migration:
          "SET lock_timeout = '3s';\nALTER SEQUENCE orders_id_seq AS bigint;\nALTER TABLE orders ADD COLUMN device text;",
      },
      {
        title: 'a bigint key',
        before: 'CREATE TABLE orders (id bigserial PRIMARY KEY);',
        tables: { orders: nearlyFull },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders ADD COLUMN device text;",
      },
    ],
  },
})

/** `has used 71 % of its values, and the rest lasts about 9 weeks at today’s inserts`. */
function useText(use: KeyUse, { exact }: ReviewContext): string {
  if (!exact) return 'has used some of its values'
  const lasts = use.seconds === null ? '' : `, and the rest lasts ${lastsText(use)} at today’s inserts`
  return `has used ${usedText(use, 'at least')} of its values${lasts}`
}

function longerSequence(sequence: Relation, type: string): Alternative {
  return alternative('Give the sequence the type of its column: that takes a moment, in which INSERT waits.', [
    own(1, `ALTER SEQUENCE ${quoteRelation(sequence)} AS ${type} NO MAXVALUE;`),
  ])
}

/** The one column of the primary key. One that refers to another key ends with that one. */
function keyOf(relation: Relation): Column | null {
  const [only, more] = relation.constraints.find((constraint) => constraint.kind === 'primary key')?.columns ?? []
  if (only === undefined || more !== undefined) return null
  const refers = relation.constraints.some(
    (constraint) => constraint.kind === 'foreign key' && constraint.columns.includes(only),
  )
  return refers ? null : columnOf(relation, only)
}

/** How many rows the statement itself adds; 0 when that is not known. */
function inserted({ analysis }: Step, relation: Relation): number {
  return analysis.changes.reduce(
    (sum, change) =>
      change.kind === 'writes rows' && change.verb === 'insert' && change.relation.id === relation.id
        ? sum + (change.rows ?? 0)
        : sum,
    0,
  )
}

/** By the time left when the growth is known, else by the share used; null while there is time. */
function severityOf({ share, seconds, left }: KeyUse, adds: number): Severity | null {
  if (adds > left) return 'critical'
  if (share < 0.75 && (seconds === null || seconds > year / 4)) return null
  if (seconds !== null) return seconds < year / 4 ? 'high' : seconds < year ? 'medium' : 'low'
  return share > 0.95 ? 'high' : 'medium'
}
