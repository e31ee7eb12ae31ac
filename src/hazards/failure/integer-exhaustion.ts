import { type Column, columnOf, type Relation } from '../../catalog/relation.ts'
import { durationText } from '../../forecast/numbers.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { besideTheOld } from '../alternatives/expand-and-contract.ts'
import { defineHazard } from '../hazard.ts'
import { isUnseen } from '../scene/blocked.ts'
import { type KeyUse, keyUse } from '../scene/key-use.ts'
import type { Scene, Step } from '../scene/scene.ts'
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
    what: 'A table that this change touches has a smallint or integer key, and its rows have used up most of the values: 2,147,483,647 for an integer.',
    why: 'On the day the last value is taken every INSERT fails, and the way out, a wider column on a table of that size, takes days of preparation.',
    instead: 'Move the key to bigint now, by way of a column beside it, while there is time.',
    harmless:
      'When the change itself makes the key bigint. The rows say only how much is used at least, since deleted rows took values too; how long the rest lasts is said where the primary’s activity is known, and updates and deletes are counted in, so it lasts at least that long.',
  },
  facts: ['catalog', 'activity'],
  sqlstates: ['2200H', '22003'],
  source:
    'nextval_internal in src/backend/commands/sequence.c (2200H); int84 in src/backend/utils/adt/int8.c when the sequence goes on beyond the column (22003).',
  detect(scene) {
    const seen = new Set<number>()
    return scene.steps.flatMap((step) =>
      step.migration.direction === 'down'
        ? []
        : step.effects.flatMap(({ effect }) => {
            const { id } = effect.relation
            if (seen.has(id)) return []
            seen.add(id)
            const relation = scene.catalog.get(id) ?? effect.relation
            const column = isUnseen(relation) ? null : keyOf(relation)
            const use = column && keyUse(relation, column.type, scene)
            if (!use) return []
            const severity = severityOf(use, inserted(step, relation))
            return severity === null ? [] : [{ step, severity, relation, rows: relation.size.rows, column, use }]
          }),
    )
  },
  tell({ relation, rows, column, use }, scene) {
    const size = rows === null ? '' : `: ${scene.say.rows(rows)}`
    return {
      message: `\`${quoteRelation(relation)}.${quoteName(column.name)}\` ${useText(use, scene)}${size}`,
      why: `It is ${column.type}; when the last value is taken every INSERT fails with SQLSTATE 2200H or 22003.`,
      alternative: besideTheOld(relation, column.name, 'bigint', scene),
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
        traffic: { orders: { reads: 10, writes: 90 } },
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
        title: 'a bigint key',
        before: 'CREATE TABLE orders (id bigserial PRIMARY KEY);',
        tables: { orders: nearlyFull },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders ADD COLUMN device text;",
      },
    ],
  },
})

/** `has used at least 71 % of its values, and the rest lasts about 80 d at today’s writes`. */
function useText({ share, seconds }: KeyUse, { exact }: Scene): string {
  const part = exact ? `at least ${Math.min(100, Math.round(share * 100))} %` : 'some'
  const lasts =
    seconds === null || !exact ? '' : `, and the rest lasts about ${durationText(seconds * 1_000)} at today’s writes`
  return `has used ${part} of its values${lasts}`
}

/** The one column of the primary key. One that refers to another key ends with that one. */
function keyOf(relation: Relation): Column | null {
  const [only, more] = relation.constraints.find((one) => one.kind === 'primary key')?.columns ?? []
  if (only === undefined || more !== undefined) return null
  const refers = relation.constraints.some((one) => one.kind === 'foreign key' && one.columns.includes(only))
  return refers ? null : columnOf(relation, only)
}

/** How many rows the statement itself adds; 0 when that is not known. */
function inserted({ judgement }: Step, relation: Relation): number {
  return judgement.marks.reduce(
    (sum, mark) =>
      mark.kind === 'writes rows' && mark.verb === 'insert' && mark.relation.id === relation.id
        ? sum + (mark.rows ?? 0)
        : sum,
    0,
  )
}

/** By what is left when the growth is known, else by what is used; null while there is time. */
function severityOf({ share, seconds, left }: KeyUse, adds: number): Severity | null {
  if (adds > left) return 'critical'
  if (share < 0.75 && (seconds === null || seconds > year / 4)) return null
  if (seconds !== null) return seconds < year / 4 ? 'high' : seconds < year ? 'medium' : 'low'
  return share > 0.95 ? 'high' : 'medium'
}
