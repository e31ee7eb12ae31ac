import { describe, expect, test } from 'vitest'
import { bytesText, durationText, numberFormat, rangeText, rowsText } from '../../src/forecast/numbers.ts'

test.each([
  [0, 'no rows'],
  [1, '1 row'],
  [120, '120 rows'],
  [9_999, '9,999 rows'],
  [10_000, '10 k rows'],
  [999_600, '1 M rows'],
  [1_600_000, '1.6 M rows'],
  [26_400_000, '26 M rows'],
  [80_000_000, '80 M rows'],
  [1_530_000_000, '1.5 G rows'],
  [2.5e12, '2.5 T rows'],
])('%s rows read %s', (rows, text) => {
  expect(rowsText(rows)).toBe(text)
})

test.each([
  [0, '0 bytes'],
  [1_023, '1023 bytes'],
  [8_192, '8 kB'],
  [1.5 * 1024 ** 2, '1.5 MB'],
  [41 * 1024 ** 3, '41 GB'],
  [2 * 1024 ** 4, '2 TB'],
])('%s bytes read %s', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text)
})

test.each([
  [0, '0 ms'],
  [12, '12 ms'],
  [999, '999 ms'],
  [1_000, '1 s'],
  [4_000, '4 s'],
  [60_000, '60 s'],
  [90_000, '1.5 min'],
  [540_000, '9 min'],
  [7_200_000, '2 h'],
  [259_200_000, '3 d'],
])('%s ms read %s', (ms, text) => {
  expect(durationText(ms)).toBe(text)
})

test.each([
  [1, 20, 'under 1 s'],
  [1, 999, 'under 1 s'],
  [500, 4_800, 'up to 4.8 s'],
  [1_400, 7_400, '1.4–7.4 s'],
  [26_000, 132_000, '26 s–2.2 min'],
  [240_000, 540_000, '4–9 min'],
  [1_800_000, 7_200_000, '30 min–2 h'],
  [5_000, 5_000, '5 s'],
])('%s to %s ms read %s', (low, high, text) => {
  expect(rangeText(low, high)).toBe(text)
})

describe('for readers who may not know the numbers', () => {
  const buckets = numberFormat('buckets')
  const none = numberFormat('none')

  test.each([
    [0, 'under 10 k rows', 0],
    [9_999, 'under 10 k rows', 0],
    [12_345, 'over 10 k rows', 10_000],
    [80_000_000, 'over 10 M rows', 10_000_000],
    [1_530_000_000, 'over 1 G rows', 1_000_000_000],
  ])('%s rows are %s', (rows, text, count) => {
    expect(buckets.rows(rows)).toBe(text)
    expect(buckets.count(rows)).toBe(count)
  })

  test.each([
    [100, 'under 1 s'],
    [5_000, 'seconds'],
    [600_000, 'minutes'],
    [7_200_000, 'hours'],
  ])('up to %s ms is %s', (ms, text) => {
    expect(buckets.time(0, ms)).toBe(text)
  })

  test('with no disclosure no digit is told', () => {
    expect([none.rows(80e6), none.bytes(41e9), none.time(1, 1e6)].join(' ')).not.toMatch(/\d/)
    expect(none.count(80e6)).toBeNull()
  })

  test('unknown stays unknown', () => {
    for (const say of [buckets, none, numberFormat('exact')]) expect(say.count(null)).toBeNull()
  })
})
