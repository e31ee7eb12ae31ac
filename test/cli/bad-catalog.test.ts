import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { Review } from '../../src/review/result.ts'
import { inFolder, lockcast, reviewIn } from '../support/command-line.ts'
import { shopFile } from '../support/shop.ts'

/** Catalogs that do not fit the migrations: said where it matters, and the rest is judged all the same. */

const snapshot = fileURLToPath(shopFile)

test('a relation that the snapshot misses is told of with its date and the way out, and the other statements are judged', async () => {
  const { findings, files } = await reviewed(
    'ALTER TABLE later_than_the_snapshot ADD COLUMN x int;\nCREATE INDEX i ON orders (status);\n',
    {},
  )
  const missing = findings.find((finding) => finding.hazard === 'unknown-relation')
  expect(missing?.why).toContain('The snapshot of 2026-06-01')
  expect(missing?.why).toContain('take a new one with lockcast snapshot')
  expect(files[0]?.statements[1]?.effects[0]).toMatchObject({
    relation: 'public.orders',
    lock: 'ShareLock',
    scan: true,
  })
})

test('a column that the snapshot is too old to have is told of in the same way', async () => {
  const { findings } = await reviewed('ALTER TABLE orders ALTER COLUMN added_since SET NOT NULL;\n', {})
  expect(findings[0]).toMatchObject({ hazard: 'unknown-relation', line: 1 })
  expect(findings[0]?.why).toContain('take a new one with lockcast snapshot')
})

test('a snapshot of another major version is judged as the version that was asked for, and a note says so', async () => {
  const { notes, files, postgresVersion } = await reviewed("ALTER TABLE orders ADD COLUMN x text DEFAULT 'x';\n", {
    postgresVersion: 10,
  })
  expect(postgresVersion).toBe(10)
  expect(notes).toContain('The catalog is of PostgreSQL 16; locks and work are judged as on 10, as asked.')
  expect(files[0]?.statements[0]?.effects[0]?.rewrite).toBe(true)
})

test.each([
  ['that was cut', readFileSync(snapshot, 'utf8').slice(0, 3_000), /bad\.json: not JSON/],
  ['of another shape', '{ "lockcastSnapshot": 1 }', /bad\.json: not a catalog snapshot/],
  ['that is a list', '[]', /bad\.json: not a catalog snapshot/],
])('a snapshot %s says so, loses the sizes and no other finding', async (_words, text, said) => {
  const sql = 'CREATE INDEX i ON orders (status);\n'
  await inFolder({ 'migrations/1.sql': sql, 'bad.json': text }, async (folder) => {
    const { exit, stdout } = await lockcast(['review', 'migrations', '--snapshot', 'bad.json'], { cwd: folder })
    expect(exit).toBe(2)
    expect(stdout).toMatch(said)
    expect(stdout).toContain('Blocks writes to `orders` for an unknown time: size unknown, counted as large')
  })
})

async function reviewed(sql: string, options: { postgresVersion?: number }): Promise<Review> {
  return inFolder({ 'migrations/1.sql': sql }, async (folder) => {
    const { stdout } = await reviewIn(folder, [join(folder, 'migrations')], { snapshot, ...options })
    return JSON.parse(stdout) as Review
  })
}
