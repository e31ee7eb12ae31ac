import type { SelectStmt } from '@pgsql/types'
import { expect, test } from 'vitest'
import { Catalog } from '../../src/catalog/catalog.ts'
import { selectivity } from '../../src/catalog/selectivity.ts'
import { loadParser, parseOne } from '../../src/sql/parse.ts'
import { readShop } from '../support/shop.ts'

await loadParser()
const catalog = new Catalog({ snapshot: readShop(), knowledge: 'read', serverVersion: 160_000 })

/** status: a third null, 9 values. currency: 31. channel: 2 % null, 6 values. region: 30 % null, 240. id: the key. */
function share(where: string, table = 'orders'): number {
  const { SelectStmt } = parseOne(`SELECT WHERE ${where}`) as { SelectStmt: SelectStmt }
  const relation = catalog.find('public', table)
  if (!relation || !SelectStmt.whereClause) throw new Error(where)
  return selectivity(relation, SelectStmt.whereClause, relation.size.rows ?? 0)
}

test.each<[string, number]>([
  ['status IS NULL', 0.33],
  ['status IS NOT NULL', 0.67],
  ['currency IS NULL', 0],
  ["status = 'paid'", 0.67 / 9],
  ["'paid' = status", 0.67 / 9],
  ["currency = 'EUR'", 1 / 31],
  ["currency <> 'EUR'", 30 / 31],
  ["currency IN ('EUR', 'USD')", 2 / 31],
  ["currency NOT IN ('EUR', 'USD')", 29 / 31],
  ["currency = ANY (ARRAY['EUR', 'USD', 'CHF'])", 3 / 31],
  ["currency <> ALL (ARRAY['EUR'])", 30 / 31],
  ["currency = ANY ('{EUR,USD}'::text[])", 10 / 31],
  ["channel IN ('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h')", 1],
  ['id = 42', 1 / 80_000_000],
  ['id IN (1, 2, 3)', 3 / 80_000_000],
  ['total > 100', 1 / 3],
  ['total BETWEEN 1 AND 100', 1 / 9],
  ['total >= 1 AND total <= 100', 1 / 9],
  ['total NOT BETWEEN 1 AND 100', 8 / 9],
  ["reference LIKE 'A%'", 0.1],
  ["reference NOT ILIKE 'a%'", 0.9],
  ["NOT (currency = 'EUR')", 30 / 31],
  ["currency = 'EUR' AND status IS NULL", 0.33 / 31],
  ["currency = 'EUR' OR status IS NULL", 1 / 31 + 0.33 - 0.33 / 31],
  ['status IS DISTINCT FROM region', 1],
  ['true', 1],
  ['false', 0],
  ['1 = 1', 1],
  ["'a' <> 'a'", 0],
  ['NOT (1 = 0) AND (false OR true)', 1],
  ['id = 42 AND 1 = 0', 0],
  ['customer_id = id', 1],
  ['id = (SELECT max(id) FROM orders)', 1 / 80_000_000],
  // Three values of a column that is not unique are no batch of three rows.
  ['currency IN (SELECT code FROM countries LIMIT 3)', 3 / 31],
  // What is computed from a key is no key: every second order is not one order.
  ['id % 2 = 0', 1 / 3],
  ["length(reference) = 10 AND currency = 'EUR'", 1 / 93],
  ["placed_at::date = '2026-01-01'", 1 / 3],
  ['id % 2 IN (SELECT id FROM orders LIMIT 3)', 0.5],
  ["(to_jsonb(currency) ->> 'a') IS NULL", 1],
  ["lower(currency) = 'eur'", 1 / 31],
  ["currency::text = 'EUR'", 1 / 31],
  ['EXISTS (SELECT FROM customers)', 0.5],
  ['id IN (SELECT id FROM orders WHERE status IS NULL LIMIT 1000)', 1000 / 80_000_000],
])('%s', (where, expected) => {
  expect(share(where)).toBeCloseTo(expected, 10)
})

test.each(['actor IS NULL', "action = 'read'"])('without statistics %s may mean every row', (where) => {
  expect(share(where, 'audit_log')).toBe(1)
})

test('no condition leaves more than all or less than nothing', () => {
  const parts = ['status IS NULL', "currency = 'EUR'", 'total > 1', "channel IN ('a','b','c','d','e','f','g')"]
  for (const a of parts)
    for (const b of parts)
      for (const where of [`${a} AND ${b}`, `${a} OR NOT ${b}`, `NOT (${a} OR ${b})`]) {
        expect(share(where), where).toBeGreaterThanOrEqual(0)
        expect(share(where), where).toBeLessThanOrEqual(1)
      }
})
