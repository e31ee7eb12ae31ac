import { expect, test } from 'vitest'
import { proofKey, withProofs } from '../../src/review/with-proofs.ts'
import { reviewSql } from '../support/review.ts'

test('a plan that failed its proof is not shown, and the log names pattern and version only', () => {
  const reviewed = reviewSql('CREATE INDEX ON orders (region);')
  const plan = reviewed.findings[0]?.alternative
  if (!plan) throw new Error('no plan')
  const proofs = new Map([
    [proofKey('1.sql', plan), { kind: 'failed' as const, reasons: ['missing: index public.orders'] }],
  ])
  const { review, failures } = withProofs(reviewed, proofs)
  expect(review.findings[0]?.alternative).toBeNull()
  expect(review.findings[0]?.advice).toContain('failed when it was tried')
  expect(failures).toEqual([`the plan build-concurrently failed its proof on PostgreSQL ${reviewed.postgresVersion}`])
})
