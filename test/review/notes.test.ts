import { expect, test } from 'vitest'
import type { ActivityRead } from '../../src/forecast/activity.ts'
import { seenNothing, vacuum } from '../support/activity.ts'
import { reviewSql } from '../support/review.ts'

/** The notes of a review on the state of the primary and its standbys. The shop's snapshot is of PostgreSQL 16. */
function notes(activity: Partial<ActivityRead>, policy?: string, disclosure: 'exact' | 'none' = 'exact'): string[] {
  const facts = { activity: { ...seenNothing, serverVersion: 160_004, ...activity } }
  const options = policy === undefined ? { facts, disclosure } : { facts, disclosure, policy }
  return reviewSql('ALTER TABLE orders ADD COLUMN note text;', options).notes
}

test('nothing is noted of a quiet primary of the same version', () => {
  expect(notes({})).toEqual([])
})

test('the version of the primary counts, and is told once', () => {
  expect(notes({ serverVersion: 170_002 })).toEqual([
    'The catalog is of PostgreSQL 16; locks and work are judged as on 17, which the primary is.',
  ])
  expect(notes({ serverVersion: 170_002 }, 'postgres_version: 15')).toEqual([
    'The catalog is of PostgreSQL 16; locks and work are judged as on 15, as asked.',
  ])
})

test('a standby a minute behind or catching up is noted, and outsiders do not learn of it', () => {
  const replicas: ActivityRead['replicas'] = [
    { name: 'reports', state: 'streaming', seconds: 11_000, bytes: 3e9 },
    { name: 'spare', state: 'catchup', seconds: 2, bytes: 42 * 1024 ** 3 },
    { name: 'near', state: 'streaming', seconds: 59, bytes: 1_000 },
    { name: 'idle', state: 'streaming', seconds: null, bytes: 0 },
  ]
  expect(notes({ replicas })).toEqual([
    'The standby reports is 3.1 h behind.',
    'The standby spare is catching up, 42 GB behind.',
  ])
  expect(notes({ replicas }, undefined, 'none').join()).not.toMatch(/reports|spare/)
})

test('an autovacuum to prevent wraparound that still runs is noted once for a table', () => {
  const ended = vacuum('public.customers', { running: false })
  expect(notes({ transactions: [vacuum('public.orders'), vacuum('public.orders'), ended] })).toEqual([
    'Autovacuum to prevent wraparound works on public.orders: it does not give way, so statements that lock that table wait for its end.',
  ])
})
