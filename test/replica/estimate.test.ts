import { expect, test } from 'vitest'
import { estimateRows } from '../../src/replica/estimate.ts'
import type { ColumnFacts } from '../../src/replica/read-columns.ts'

const page = 8192

function column(type: Partial<ColumnFacts>): ColumnFacts {
  return {
    name: 'a',
    type: 'bigint',
    notNull: true,
    default: null,
    identity: null,
    generated: null,
    collation: null,
    statistics: null,
    typeLength: 8,
    maximumLength: null,
    ...type,
  }
}

test.each([
  ['as many pages as at the last ANALYZE', { tuples: 1_000, pages: 10 }, 10, 1_000],
  ['twice as many', { tuples: 1_000, pages: 10 }, 20, 2_000],
  ['a few pages that were never sent to the standby', { tuples: 4_000, pages: 32 }, 18, 4_000],
  ['far fewer pages', { tuples: 100_000, pages: 1_000 }, 500, 50_000],
  ['no page left', { tuples: 100, pages: 1 }, 0, 0],
  ['no page, and never analysed', { tuples: -1, pages: 0 }, 0, 0],
  ['analysed with pages but without rows', { tuples: 0, pages: 10 }, 10, 0],
])('rows by the last density and the pages of today: %s', (_, analysed, pages, rows) => {
  expect(estimateRows(analysed, pages * page, page, [column({})])).toEqual({ rows, rowsFrom: 'statistics' })
})

test.each([
  ['never analysed', { tuples: -1, pages: 0 }],
  ['never analysed, or analysed when empty, on 12 and 13', { tuples: 0, pages: 0 }],
])('rows by bytes: %s', (_, analysed) => {
  // 8168 usable bytes of a page, 36 a row.
  expect(estimateRows(analysed, 10 * page, page, [column({})])).toEqual({ rows: 2_260, rowsFrom: 'bytes' })
})

test.each([
  ['text', { type: 'text', typeLength: -1 }, 136],
  ['character varying(20)', { type: 'character varying(20)', typeLength: -1, maximumLength: 20 }, 157],
  ['character(100)', { type: 'character(100)', typeLength: -1, maximumLength: 100 }, 61],
  ['character varying(4000)', { type: 'character varying(4000)', typeLength: -1, maximumLength: 4_000 }, 14],
  ['what statistics say', { typeLength: -1, statistics: { nullFraction: 0, distinct: 1, averageWidth: 500 } }, 15],
  ['a row wider than a page', { typeLength: -1, statistics: { nullFraction: 0, distinct: 1, averageWidth: 9_000 } }, 1],
])('the width of a column: %s', (_, type, rows) => {
  expect(estimateRows({ tuples: -1, pages: 0 }, page, page, [column(type)]).rows).toBe(rows)
})
