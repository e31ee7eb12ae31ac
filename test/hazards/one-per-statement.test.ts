import { expect, test } from 'vitest'
import { big } from '../../src/hazards/example.ts'
import { reviewExample } from '../../src/review/run-example.ts'
import { loadParser } from '../../src/sql/parse.ts'

await loadParser()

const names = Array.from({ length: 14 }, (_, i) => `c${i + 1}`)
const before = `CREATE TABLE orders (id bigint PRIMARY KEY, ${names.map((name) => `${name} text`).join(', ')});
INSERT INTO orders VALUES (1);`
const policy = 'session: { lock_timeout: 3s }'

test('fourteen dropped columns of one ALTER TABLE are one finding with fourteen names', () => {
  const migration = `ALTER TABLE orders ${names.map((name) => `DROP COLUMN ${name}`).join(', ')};`
  const { findings } = reviewExample({ title: '', before, tables: { orders: big }, policy, migration })
  const dropped = findings.filter(({ hazard }) => hazard === 'drop-column')
  expect(dropped).toHaveLength(1)
  for (const name of names) expect(dropped[0]?.message).toMatch(new RegExp(`\\b${name}\\b`))
})

test('dropped by statements of their own they are findings of their own', () => {
  const migration = names.map((name) => `ALTER TABLE orders DROP COLUMN ${name};`).join('\n')
  const { findings } = reviewExample({ title: '', before, tables: { orders: big }, policy, migration })
  expect(findings.filter(({ hazard }) => hazard === 'drop-column')).toHaveLength(14)
})

test('a finding of another hazard on the same statement stays', () => {
  const migration = 'ALTER TABLE orders DROP COLUMN c1, DROP COLUMN c2, ADD COLUMN n text NOT NULL;'
  const { findings } = reviewExample({ title: '', before, tables: { orders: big }, policy, migration })
  expect(findings.map(({ hazard }) => hazard)).toEqual(
    expect.arrayContaining(['drop-column', 'not-null-without-default']),
  )
})
