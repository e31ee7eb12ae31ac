import { expect, test } from 'vitest'
import type { Facts } from '../../src/review/facts.ts'
import { reviewSql, told } from '../support/review.ts'
import { readShop } from '../support/shop.ts'

const snapshot = readShop()
const sql = "SET LOCAL lock_timeout = '3s'; CREATE INDEX countries_name ON countries (name);"

function at(now: string | null, policy = '') {
  return reviewSql(sql, { policy, facts: { catalog: { kind: 'snapshot', snapshot }, now } satisfies Partial<Facts> })
}

test.each<[string, string, string[], RegExp | null]>([
  ['six days', '2026-06-07T06:00:00Z', ['blocking-index-build low'], null],
  ['seven days to the second', '2026-06-08T06:00:00Z', ['blocking-index-build low'], null],
  [
    'eight days',
    '2026-06-09T06:00:00Z',
    ['blocking-index-build low'],
    /^The snapshot is 8 d old: tables may have grown/,
  ],
  [
    'thirty-one days',
    '2026-07-02T06:00:00Z',
    ['blocking-index-build high'],
    /31 d old, more than 30 d: its sizes count as unknown/,
  ],
  ['a server whose clock is ahead', '2026-05-31T06:00:00Z', ['blocking-index-build low'], null],
])('after %s', (_words, now, findings, note) => {
  const reviewed = at(now)
  expect(told(reviewed)).toEqual(findings)
  if (note === null) expect(reviewed.notes).toEqual([])
  else expect(reviewed.notes.join()).toMatch(note)
})

test('the ages are the policy’s', () => {
  const policy = 'snapshot: { warn_after: 1h, unknown_after: 1d }\n'
  expect(at('2026-06-01T08:00:00Z', policy).notes.join()).toContain('The snapshot is 2 h old')
  expect(told(at('2026-06-03T08:00:00Z', policy))).toEqual(['blocking-index-build high'])
})

test('nothing of the old numbers is left: no rows, bytes, nulls or forecast', () => {
  const old = reviewSql('ALTER TABLE orders ALTER COLUMN status SET NOT NULL;', {
    facts: { catalog: { kind: 'snapshot', snapshot }, now: '2026-09-01T06:00:00Z' },
  })
  expect(old.files[0]?.statements[0]?.forecast).toBeNull()
  // Whether nulls stand is not known any more either.
  expect(told(old)).toEqual(['blocking-validation high', 'not-null-breaks-old-writers low', 'null-values-present low'])
})

test('what a database says now has no age', () => {
  const facts = { catalog: { kind: 'replica' as const, snapshot }, now: '2026-09-01T06:00:00Z' }
  expect(told(reviewSql(sql, { facts }))).toEqual(['blocking-index-build low'])
})

test('a snapshot without a date that can be read counts as old', () => {
  const undated = { ...snapshot, takenAt: 'yesterday' }
  const reviewed = reviewSql(sql, {
    facts: { catalog: { kind: 'snapshot', snapshot: undated }, now: '2026-06-02T06:00:00Z' },
  })
  expect(reviewed.notes.join()).toContain('does not say when it was taken (yesterday)')
  expect(told(reviewed)).toEqual(['blocking-index-build high'])
})
