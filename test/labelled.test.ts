import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import type { CatalogSnapshot } from '../src/catalog/snapshot.ts'
import { reaches } from '../src/hazards/severity.ts'
import { defaultPolicy } from '../src/policy/policy.ts'
import { nothingGathered } from '../src/review/facts.ts'
import { review } from '../src/review/review.ts'
import { readMigrations } from '../src/runners/read-migrations.ts'
import type { Project } from '../src/runners/runner.ts'
import { runners } from '../src/runners/runner-registry.ts'
import { loadParser } from '../src/sql/parse.ts'
import { readShop } from './support/shop.ts'

/** Migrations as their tools write them, each labelled with what it deserves before Lockcast saw it. */

await loadParser()

const root = fileURLToPath(new URL('../fixtures/labelled/', import.meta.url))
const labels = z
  .array(z.strictObject({ path: z.string(), label: z.enum(['safe', 'dangerous', 'sized']), reason: z.string() }))
  .parse(parse(readFileSync(`${root}labels.yml`, 'utf8')))
const shop = readShop()
const small = withRows(shop, 1_000)
const policy = { ...defaultPolicy, session: { ...defaultPolicy.session, lock_timeout: 3_000 } }
const projects = new Map<string, Project>()

test('there are at least 150, of every runner that reads SQL files', () => {
  expect(labels.length).toBeGreaterThanOrEqual(150)
  const have = new Set(labels.map(({ path }) => folderOf(path)))
  expect(runners.filter(({ name }) => sqlRunners.includes(name) && !have.has(name))).toEqual([])
})

const sqlRunners = 'plain prisma drizzle flyway golang-migrate goose dbmate sqlx diesel sql-migrate'.split(' ')

const of = (label: string) => labels.filter((item) => item.label === label)

describe('safe: nothing of medium or above', () => {
  test.each(of('safe'))('$path: $reason', ({ path }) => {
    expect(grave(path, shop)).toEqual([])
  })
})

describe('dangerous: something of medium or above', () => {
  test.each(of('dangerous'))('$path: $reason', ({ path }) => {
    expect(grave(path, shop)).not.toEqual([])
  })
})

describe('dangerous on big tables, safe on small ones', () => {
  test.each(of('sized'))('$path: $reason', ({ path }) => {
    expect(grave(path, shop)).not.toEqual([])
    expect(grave(path, small)).toEqual([])
  })
})

function grave(path: string, snapshot: CatalogSnapshot): string[] {
  const project = projectOf(folderOf(path))
  const own = path.slice(folderOf(path).length + 1)
  const migrations = readMigrations([{ path: own, text: project.text(own), problem: null }], project, policy)
  const facts = { ...nothingGathered, catalog: { kind: 'snapshot' as const, snapshot } }
  return review(migrations, facts, policy)
    .findings.filter(({ severity }) => reaches(severity, 'medium'))
    .map(({ hazard, severity, message }) => `${severity} ${hazard}: ${message}`)
}

function folderOf(path: string): string {
  return path.slice(0, path.indexOf('/'))
}

function projectOf(runner: string): Project {
  const known = projects.get(runner)
  if (known) return known
  const paths = readdirSync(`${root}${runner}`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(root.length + runner.length + 1))
  const project = {
    paths: new Set(paths),
    text: (path: string) => (paths.includes(path) ? readFileSync(`${root}${runner}/${path}`, 'utf8') : null),
  }
  projects.set(runner, project)
  return project
}

function withRows(snapshot: CatalogSnapshot, rows: number): CatalogSnapshot {
  const relations = snapshot.relations.map((relation) => ({
    ...relation,
    size: {
      ...relation.size,
      rows,
      rowsFrom: 'statistics' as const,
      heapBytes: rows * 100,
      toastBytes: 0,
      indexBytes: 0,
    },
    indexes: relation.indexes.map((index) => ({ ...index, bytes: rows * 24 })),
  }))
  return { ...snapshot, relations }
}
