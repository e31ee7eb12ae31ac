import { describe, expect, test } from 'vitest'
import type { Finding, Plan } from '../../src/review/result.ts'
import { reviewSql } from '../support/review.ts'

/** The shape of plans, on the shop of the scenarios; that they are right is proven on servers by alternatives.test.ts. */

const session = { policy: 'session: { lock_timeout: 3s }' }

function findingsOf(
  sql: Parameters<typeof reviewSql>[0],
  options: Parameters<typeof reviewSql>[1] = session,
): Finding[] {
  return reviewSql(sql, options).findings
}

function planOf(sql: Parameters<typeof reviewSql>[0], options: Parameters<typeof reviewSql>[1] = session): Plan {
  const plan = findingsOf(sql, options).find(({ alternative }) => alternative !== null)?.alternative
  if (!plan) throw new Error('no plan')
  return plan
}

function sqlOf(plan: Plan): string[] {
  return plan.steps.flatMap(({ sql }) => sql ?? [])
}

test('all findings of a statement carry the same plan', () => {
  const findings = findingsOf('ALTER TABLE orders ALTER COLUMN shipping_code TYPE varchar(20);')
  expect(findings.length).toBeGreaterThan(1)
  expect(new Set(findings.map(({ alternative }) => alternative?.id)).size).toBe(1)
})

test('statements of one transaction have one plan, which covers them all in their order', () => {
  const sql = `ALTER TABLE orders ADD COLUMN note text;
CREATE INDEX orders_note ON orders (note);
ALTER TABLE customers ADD COLUMN note text;`
  const plan = planOf(sql)
  expect(plan.covers).toEqual([1, 2, 3])
  expect(sqlOf(plan)).toEqual([
    'ALTER TABLE orders ADD COLUMN note text;',
    'CREATE INDEX CONCURRENTLY orders_note ON orders (note);',
    'ALTER TABLE customers ADD COLUMN note text;',
  ])
})

test('the successor of an index is built before the old one goes', () => {
  const sql = 'DROP INDEX orders_placed_at_idx;\nCREATE INDEX orders_placed_at_idx ON orders (placed_at, id);'
  expect(sqlOf(planOf(sql))).toEqual([
    'CREATE INDEX CONCURRENTLY orders_placed_at_idx_new ON orders (placed_at, id);',
    'DROP INDEX orders_placed_at_idx;',
    'ALTER INDEX orders_placed_at_idx_new RENAME TO orders_placed_at_idx;',
  ])
})

test('a backfill is one statement outside a transaction, behind statement_timeout = 0', () => {
  const { steps } = planOf("UPDATE orders SET region = 'US';")
  expect(steps.map(({ kind, transaction }) => [kind, transaction])).toEqual([
    ['migration', 'none'],
    ['backfill', 'none'],
  ])
  expect(steps[0]?.sql).toBe('SET statement_timeout = 0;')
  expect(steps[1]?.sql).toMatch(/^DO \$backfill\$.*COMMIT;.*\$backfill\$;$/s)
})

test('where a file is one query, a file outside a transaction holds one statement', () => {
  const path = 'prisma/migrations/20260101000000_step/migration.sql'
  const { steps } = planOf({ [path]: "UPDATE orders SET region = 'US';" }, { ...session, runner: 'prisma' })
  const outside = steps.filter(({ file, transaction }) => file !== null && transaction === 'none')
  expect(new Set(outside.map(({ file }) => file)).size).toBe(outside.length)
})

describe('where a split could change what the statement means, there is no way, and the window has its cost', () => {
  test.each([
    ['a value that builds on itself, without a numbered key', 'UPDATE events SET kind = kind || kind;'],
    [
      'rows of a WITH query',
      `WITH old AS (SELECT id FROM orders) UPDATE orders SET region = 'x' FROM old WHERE old.id = orders.id;`,
    ],
    ['a join with itself', 'DELETE FROM orders a USING orders b WHERE a.id > b.id AND a.customer_id = b.customer_id;'],
    ['the key itself', 'UPDATE orders SET id = id;'],
    ['a copy of the table', 'CLUSTER orders USING orders_pkey;'],
  ])('%s', (_words, sql) => {
    const { steps, summary } = planOf(sql)
    expect(steps).toEqual([])
    expect(summary).toMatch(/^There is no safe way .* A maintenance window costs /)
  })
})

test('the exchange of a column begins with a guard, and ends without the trigger', () => {
  const sql = sqlOf(planOf('ALTER TABLE orders ALTER COLUMN region TYPE varchar(9);'))
  const guard = sql.findIndex((text) => text.startsWith('DO $guard$'))
  expect(guard).toBeGreaterThan(0)
  expect(sql[guard]).toMatch(/RAISE EXCEPTION/)
  expect(sql.slice(guard).join('\n')).toMatch(/DROP TRIGGER .*RENAME COLUMN .*DROP COLUMN region_old;$/s)
})

test('what was read without definitions has no plan that would lose some', () => {
  expect(planOf('ALTER TABLE orders ALTER COLUMN region TYPE varchar(9);', { snapshot: null }).steps).toEqual([])
})

test('what certainly fails by the rows at hand has no plan', () => {
  const findings = findingsOf('CREATE UNIQUE INDEX ON customers (country_code);')
  expect(findings.map(({ alternative }) => alternative)).toEqual([null])
  expect(findings[0]?.advice).toMatch(/duplicates/)
})

test('an older server has none', () => {
  expect(planOf('CREATE INDEX ON orders (region);', { ...session, facts: { postgresVersion: 12 } }).steps).toEqual([])
})

test('each transaction that waits for a strong lock gives up waiting, where the session does not already', () => {
  const sql = 'ALTER TABLE orders ALTER COLUMN currency SET NOT NULL;'
  const bound = (policy: string): (number | null)[] =>
    planOf(sql, { policy }).steps.flatMap(({ sql: text, file }) => (text?.includes('lock_timeout') ? [file] : []))
  expect(bound('')).toEqual([1, 3])
  expect(bound('session: { lock_timeout: 3s }')).toEqual([])
})

test('the application comes before the file of the statement that breaks it, not before all files', () => {
  const { steps } = planOf(
    'CREATE INDEX orders_total ON orders (total);\nALTER TABLE orders RENAME COLUMN region TO area;',
  )
  const deployment = steps.findIndex(({ kind }) => kind === 'deployment')
  expect(steps.slice(0, deployment).map(({ sql }) => sql)).toEqual([
    expect.stringContaining('CREATE INDEX CONCURRENTLY'),
  ])
  expect(steps.slice(deployment + 1).map(({ sql }) => sql)).toContainEqual(expect.stringContaining('RENAME COLUMN'))
})
