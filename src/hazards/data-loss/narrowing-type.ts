import type { Node } from '@pgsql/types'
import { columnOf } from '../../catalog/relation.ts'
import type { SnapshotColumn } from '../../catalog/snapshot.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { alternative, outside } from '../alternatives/alternative.ts'
import { isCastAlone, isPrepared } from '../context/column-type-changes.ts'
import { holdsData } from '../context/held-data.ts'
import { changesInBothDirections } from '../context/schema-changes.ts'
import { small } from '../example.ts'
import { defineHazard } from '../hazard.ts'
import { ofPossibleFailure } from '../severity.ts'

type Known = NonNullable<NonNullable<SnapshotColumn['statistics']>['known']>

const before = `CREATE TABLE orders (id bigint PRIMARY KEY, code varchar(50), total numeric(10, 2));
INSERT INTO orders VALUES (1, 'a code that is far too long', 10.55);`

export const hazard = defineHazard({
  id: 'narrowing-type',
  group: 'data loss',
  title: 'A type that holds less',
  page: {
    what: 'A shorter length, a smaller integer or a lower precision: a value that does not fit makes the statement abort, or is rounded, or cut by a cast in USING.',
    why: 'The migration fails after reading part of the table under ACCESS EXCLUSIVE, or changes values silently.',
    instead: 'Look for values that do not fit first.',
    harmless:
      'On an empty or new table. The widths in the statistics are averages, so they prove a danger but never its absence; so do the sizes of the values that the statistics know, which the policy’s `value_statistics` turns on. What can only abort, not lose, is medium below 100,000 rows or where an earlier statement of the change writes the column.',
  },
  facts: ['effects', 'catalog', 'statistics'],
  sqlstates: ['22001', '22003'],
  source:
    'varchar() in src/backend/utils/adt/varchar.c aborts with 22001 and cuts in an explicit cast; numeric() in src/backend/utils/adt/numeric.c rounds to the scale and aborts with 22003.',
  detect: (context) =>
    changesInBothDirections(context, 'changes type').flatMap(({ step, at, change }) => {
      const { relation, column, from, to, using, narrows } = change
      if (!narrows || !holdsData(relation)) return []
      const statistics = columnOf(relation, column)?.statistics ?? null
      const width = payloadOf(statistics?.averageWidth ?? null)
      const prepared = isPrepared(context, { step, at }, relation, column)
      // A cast that is written cuts a text, and refuses a number as an unwritten one does.
      const abides = !using || (lengthOf(to) === null && isCastAlone(step, column))
      const sizes = abides && !prepared ? (statistics?.known ?? null) : null
      const beyond = sizes && beyondOf(sizes, to)
      const rounded = sizes?.decimals && sizes.decimals > scaleOf(to) ? `${sizes.decimals} decimals` : null
      // The average alone does not fit: then some value does not.
      const tooWide = !using && width !== null && width > (lengthOf(to) ?? Number.POSITIVE_INFINITY) * 4
      const sure = tooWide || beyond !== null
      const loses = using || rounds(from, to)
      const severity = sure ? 'critical' : loses ? 'high' : ofPossibleFailure(relation.size.rows, prepared)
      const known = beyond ?? rounded
      return [{ step, severity, relation, rows: relation.size.rows, column, from, to, using, width, known, sure }]
    }),
  describe({ relation, column, from, to, using, width, known, sure }, { exact }) {
    const [table, name] = [quoteRelation(relation), quoteName(column)]
    const average = width === null || lengthOf(to) === null ? '' : `; the average value is ${width} bytes wide`
    const seen = known === null ? average : `; values with ${known} are known`
    const { verb, what } = misfits(from, to, using)
    return {
      message: `${sure ? 'Will fail' : `May ${verb}`}: \`${table}.${name}\` goes from ${from} to ${to}, which holds less`,
      why: `${what}${exact ? seen : ''}.`,
      alternative: alternative('Look for values that do not fit first.', [
        outside(1, `SELECT count(*) FROM ${table} WHERE ${misfit(name, from, to)};`),
      ]),
    }
  },
  examples: {
    bad: [
      {
        title: 'a shorter varchar',
        before,
        tables: { orders: small },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders ALTER COLUMN code TYPE varchar(10);",
        seen: 'fails',
      },
      {
        title: 'cents that are rounded away',
        before,
        tables: { orders: small },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders ALTER COLUMN total TYPE numeric(10, 0);",
      },
      {
        title: 'an average that is wider than the new length',
        before,
        tables: { orders: { ...small, columns: { code: { width: 44 } } } },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders ALTER COLUMN code TYPE varchar(10);",
        seen: 'fails',
      },
      {
        title: 'a known value that needs bigint, where the policy turns that on',
        before:
          'CREATE TABLE orders (id bigint PRIMARY KEY, units bigint);\nINSERT INTO orders VALUES (1, 3000000000);',
        tables: { orders: { ...small, columns: { units: { known: { digits: 10, decimals: 0, integer: 'bigint' } } } } },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders ALTER COLUMN units TYPE integer;",
        seen: 'fails',
      },
    ],
    good: [
      {
        title: 'a longer varchar and more digits',
        before,
        tables: { orders: small },
        migration:
          "SET lock_timeout = '3s';\nALTER TABLE orders ALTER COLUMN code TYPE varchar(80), ALTER COLUMN total TYPE numeric(12, 2);",
      },
      {
        title: 'a table that is new',
        before,
        migration: 'CREATE TABLE refunds (code varchar(50));\nALTER TABLE refunds ALTER COLUMN code TYPE varchar(20);',
      },
    ],
  },
})

/** Bytes of a text's average without its header, which the statistics count: 1 byte up to 126, else 4 (varatt.h). */
function payloadOf(width: number | null): number | null {
  return width === null ? null : Math.max(0, width - (width <= 127 ? 1 : 4))
}

/** A requirement of the known values that the type does not meet: `11 digits before the point`; null when they fit. */
function beyondOf({ characters, digits, integer }: Known, to: string): string | null {
  const length = lengthOf(to)
  if (length !== null) return characters !== null && characters > length ? `${characters} characters` : null
  if (to === 'smallint' || to === 'integer')
    return integer === 'bigint' || (integer === 'integer' && to === 'smallint') ? `${digits} digits` : null
  const [, precision, scale = '0'] = /^numeric\((\d+)(?:, ?(-?\d+))?\)$/.exec(to) ?? []
  if (precision === undefined || digits === null) return null
  return digits > Number(precision) - Number(scale) ? `${digits} digits before the point` : null
}

/** Decimals go without a word; digits in front of the point abort. */
function rounds(from: string, to: string): boolean {
  return /^(real|double)/.test(from) || (/^numeric/.test(from) && scaleOf(to) < scaleOf(from))
}

/** Decimals that a number of this type keeps. */
function scaleOf(type: string): number {
  if (/^(smallint|integer|bigint)/.test(type)) return 0
  const scale = /^numeric\(\d+,(-?\d+)\)$/.exec(type)?.[1]
  return scale === undefined ? Number.POSITIVE_INFINITY : Number(scale)
}

/** Characters, for a type with a length; a character takes four bytes at most, and a short value one for its length. */
function lengthOf(type: string): number | null {
  const length = /^character(?: varying)?\((\d+)\)$/.exec(type)?.[1]
  return length === undefined ? null : Number(length)
}

/** What happens to a value that does not fit: an explicit cast cuts a text, a lower scale rounds, all else aborts. */
function misfits(from: string, to: string, using: Node | null): { verb: string; what: string } {
  if (lengthOf(to) !== null)
    return using
      ? { verb: 'lose', what: 'The cast in USING cuts a longer value without a word' }
      : { verb: 'fail', what: 'A longer value aborts the statement (SQLSTATE 22001)' }
  return rounds(from, to)
    ? {
        verb: 'fail or lose',
        what: 'A value with more decimals is rounded, and one that is too large aborts the statement (SQLSTATE 22003)',
      }
    : { verb: 'fail', what: 'A value that is too large aborts the statement (SQLSTATE 22003)' }
}

/** The condition that a value of the column does not fit into the new type, or only rounded; it never aborts itself. */
function misfit(name: string, from: string, to: string): string {
  const length = lengthOf(to)
  if (length !== null && /^(text|character)/.test(from)) return `length(${name}) > ${length}`
  const most = { smallint: 32_767, integer: 2_147_483_647 }[to]
  if (most !== undefined) {
    const beyond = `${name} NOT BETWEEN ${-most - 1} AND ${most}`
    return /^(integer|bigint)$/.test(from) ? beyond : `${beyond} OR ${name} <> round(${name})`
  }
  const [, digits, scale = '0'] = /^numeric\((\d+)(?:, ?(\d+))?\)$/.exec(to) ?? []
  if (digits !== undefined && Number(digits) >= Number(scale))
    return `abs(${name}) >= 1e${Number(digits) - Number(scale)} OR ${name}::numeric <> round(${name}::numeric, ${scale})`
  return `${name} IS DISTINCT FROM ${name}::${to}`
}
