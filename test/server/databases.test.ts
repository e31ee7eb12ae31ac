import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { defaultPolicy } from '../../src/policy/policy.ts'
import { databaseSource } from '../../src/server/databases.ts'
import { freshShop } from '../support/shop.ts'

const needs = { relations: [], cascades: false, code: [] }

function source(path: string, profilePath: string | null = null) {
  return databaseSource({
    name: 'shop',
    from: { kind: 'snapshot', path },
    profilePath,
    activityUrl: null,
    migrations: null,
    repositories: [],
  })
}

test('a snapshot file is read anew each time, since a cron puts a new one there', async () => {
  const path = freshShop(3)
  const read = source(path)
  const first = await read(needs, defaultPolicy)
  writeFileSync(path, readFileSync(freshShop(0), 'utf8'))
  const second = await read(needs, defaultPolicy)
  const times = [first, second].map((facts) => (facts.kind === 'snapshot' ? facts.snapshot.takenAt : ''))
  expect(times[0]! < times[1]!).toBe(true)
})

test.each([
  ['is not there', 'nope.json', 'there is no such file'],
  ['is not JSON', 'text.json', 'not JSON'],
])('a file that %s counts as a database out of reach, and its path is not told', async (_words, name, sentence) => {
  const folder = dirname(freshShop())
  writeFileSync(join(folder, 'text.json'), 'half a fi')
  const facts = await source(join(folder, name))(needs, defaultPolicy)
  expect(facts).toMatchObject({ kind: 'unreachable', reason: expect.stringContaining(sentence) })
  expect(JSON.stringify(facts)).not.toContain(folder)
})

test('a profile that cannot be used is a warning; the catalog stays', async () => {
  const facts = await source(freshShop(), '/nowhere/profile.json')(needs, defaultPolicy)
  if (facts.kind !== 'snapshot') throw new Error(facts.kind)
  expect(facts.snapshot.profile).toBeNull()
  expect(facts.snapshot.warnings).toEqual(['The profile of database shop is not used: there is no such file.'])
})
