import { expect, test } from 'vitest'
import type { ActivityFacts } from '../../../src/forecast/activity.ts'
import { only, type ReviewSqlOptions, reviewSql } from '../../support/review.ts'
import { readShop } from '../../support/shop.ts'

/** Scenario 24: an integer key at 71 % of its values. */

const sql = 'ALTER TABLE line_items ALTER COLUMN id TYPE bigint;'

function writing(insertsPerSecond: number): ActivityFacts {
  const rates = {
    relation: 'public.line_items',
    readsPerSecond: 10,
    writesPerSecond: 2 * insertsPerSecond,
    insertsPerSecond,
    seconds: 60,
  }
  return {
    kind: 'read',
    takenAt: '2026-06-01T06:00:00Z',
    serverVersion: 160_000,
    relations: [rates],
    countsSince: null,
    indexes: [],
    transactions: [],
    replicas: [],
    standbys: 0,
    warnings: [],
  }
}

test.each<[string, ReviewSqlOptions, RegExp | null]>([
  ['without traffic', {}, /At least 71 % of the values of integer are taken; how long the rest lasts is not known/],
  [
    'at 100 inserts a second',
    { facts: { activity: writing(100) } },
    /at today's inserts the rest lasts at most 10 weeks\.$/,
  ],
  ['when nothing is inserted', { facts: { activity: writing(0) } }, /how long the rest lasts is not known/],
  ['for readers who may not know', { disclosure: 'buckets' }, null],
])('how long the key lasts, %s', (_words, options, told) => {
  const { why } = only(reviewSql(sql, options), 'table-rewrite')
  if (told) expect(why).toMatch(told)
  else expect(why).not.toMatch(/values of integer/)
})

test('a column that is no key says nothing of it', () => {
  const other = only(reviewSql('ALTER TABLE line_items ALTER COLUMN quantity TYPE bigint;'), 'table-rewrite')
  expect(other.why).not.toMatch(/values of integer/)
})

test('with the sequence read, it tells how much is used, also of what was deleted since', () => {
  const shop = readShop()
  const relations = shop.relations.map((relation) =>
    relation.name === 'line_items_id_seq' && relation.sequence
      ? { ...relation, sequence: { ...relation.sequence, last: 2_000_000_000 } }
      : relation,
  )
  const { why } = only(
    reviewSql(sql, { snapshot: { ...shop, relations }, facts: { activity: writing(100) } }),
    'table-rewrite',
  )
  expect(why).toMatch(/ 93 % of the values of integer are taken; at today's inserts the rest lasts about 2 weeks\.$/)
})
