import fc from 'fast-check'
import stringWidth from 'string-width'
import { expect, test } from 'vitest'
import { sqlLines } from '../../src/report/sql-lines.ts'
import { loadParser, parseOne } from '../../src/sql/parse.ts'

test('a statement is broken before its clauses', () => {
  const sql =
    "UPDATE orders SET total = total + 1, note = 'a, b FROM c' FROM customers WHERE customers.id = orders.customer_id"
  expect(sqlLines(sql, 60)).toEqual([
    "UPDATE orders SET total = total + 1, note = 'a, b FROM c'",
    '  FROM customers WHERE customers.id = orders.customer_id',
  ])
})

test('a list without a clause is broken behind a comma', () => {
  expect(sqlLines('CREATE INDEX a ON b (first_column, second_column, third_column)', 45)).toEqual([
    'CREATE INDEX a ON b (first_column,',
    '  second_column, third_column)',
  ])
})

test('nothing is broken inside of quotes and comments', () => {
  const sql =
    "SELECT 'a long text that goes on and on',\n  'over\n two lines of it that are long' -- and a long remark behind it"
  expect(sqlLines(sql, 20).join('\n')).toContain("'a long text that goes on and on',\n")
  expect(sqlLines(sql, 20).join('\n')).toContain("'over\n two lines of it that are long'")
  expect(sqlLines(sql, 20).at(-1)).toMatch(/-- and a long remark behind it$/)
})

test('whatever the text, the server reads the same statement, and only what has no space is too wide', async () => {
  await loadParser()
  const word = fc.constantFrom("'it''s FROM  here'", '"a b"', 'x', '漢字漢字漢字', 'é'.repeat(50), '$$a  b$$', '1')
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 30 }), fc.integer({ min: 20, max: 60 }), (words, width) => {
      const sql = `SELECT ${words.join(', ')} FROM a WHERE b`
      const lines = sqlLines(sql, width)
      expect(JSON.stringify(withoutPlaces(parseOne(lines.join('\n'))))).toBe(
        JSON.stringify(withoutPlaces(parseOne(sql))),
      )
      expect(lines.filter((line) => stringWidth(line) > width && line.trim().includes(', '))).toEqual([])
    }),
  )
})

function withoutPlaces(tree: unknown): unknown {
  return JSON.parse(JSON.stringify(tree, (key, value) => (key === 'location' ? undefined : value)))
}
