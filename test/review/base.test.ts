import { describe, expect, test } from 'vitest'
import { migrationsOf, reviewSql, told } from '../support/review.ts'

const made = 'CREATE TABLE wishlists (id bigint PRIMARY KEY, note text);'
const indexed = 'CREATE INDEX wishlists_note ON wishlists (note);'

/** What the base branch's files are taken for. */
describe('the base branch', () => {
  test('a table that is merged but not on the server is new and empty', () => {
    const reviewed = reviewSql(indexed, { facts: { base: migrationsOf({ 'base/1.sql': made }) } })
    expect(told(reviewed)).toEqual([])
    expect(reviewed.notes.join()).toContain('Merged but not on the server yet, applied first: base/1.sql.')
  })

  test.each([
    ['none was given', { kind: 'none' } as const],
    ['it cannot be reached', { kind: 'unreachable', reason: 'It refuses.', retry: 'Try again.' } as const],
  ])('without a catalog its tables are not taken for new: %s', (_words, catalog) => {
    const base = migrationsOf({ 'base/1.sql': made })
    expect(told(reviewSql(indexed, { facts: { base, catalog } }))).toContain('blocking-index-build high')
  })
})
