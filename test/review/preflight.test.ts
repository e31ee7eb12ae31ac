import { expect, test } from 'vitest'
import type { ActivityRead, ReplicaLag } from '../../src/forecast/activity.ts'
import { defaultPolicy, type Policy } from '../../src/policy/policy.ts'
import { preflight } from '../../src/review/preflight.ts'
import { seenNothing, vacuum } from '../support/activity.ts'
import { reviewSql } from '../support/review.ts'

const migration = reviewSql("SET LOCAL lock_timeout = '3s'; ALTER TABLE orders ADD COLUMN note text;")

function messages(seen: Partial<ActivityRead>, traffic: Partial<Policy['traffic']> = {}): string[] {
  const policy = { ...defaultPolicy, traffic: { ...defaultPolicy.traffic, ...traffic } }
  return preflight(migration, { ...seenNothing, ...seen }, [], policy).obstacles.map(({ message }) => message)
}

test.for<[string, Partial<ReplicaLag>, Partial<Policy['traffic']>, string[]]>([
  ['hours behind', { seconds: 11_000 }, {}, ['The standby reports is 3.1 h behind.']],
  [
    'catching up, whatever its seconds',
    { state: 'catchup', seconds: 0 },
    {},
    ['The standby reports is catching up, 2 GB behind.'],
  ],
  ['a little behind', { seconds: 9 }, {}, []],
  [
    'a little behind, where the policy asks for less',
    { seconds: 9 },
    { lag: 5_000 },
    ['The standby reports is 9 s behind.'],
  ],
  ['up to date', { seconds: null, bytes: 0 }, {}, []],
  ['behind on purpose', { seconds: 3_600 }, { delayed_standbys: ['reports'] }, []],
])('a standby that is %s', ([, lag, traffic, expected]) => {
  const replica: ReplicaLag = { name: 'reports', state: 'streaming', seconds: 0, bytes: 2 * 1024 ** 3, ...lag }
  expect(messages({ replicas: [replica] }, traffic)).toEqual(expected)
})

test('of autovacuums only one to prevent wraparound is in the way, on a table that is locked', () => {
  expect(messages({ transactions: [vacuum('public.orders')] })).toEqual([
    'public.orders: an autovacuum to prevent wraparound of 4 s, which does not give way to lock requests.',
  ])
  expect(messages({ transactions: [vacuum('public.orders', { wraparound: false })] })).toEqual([])
  expect(messages({ transactions: [vacuum('public.customers')] })).toEqual([])
})
