import { readdirSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { prepareLanguages } from '../../../src/languages/prepare-languages.ts'
import type { Migration } from '../../../src/runners/runner.ts'
import { loadParser } from '../../../src/sql/parse.ts'
import { fixture, migrationsOf } from '../project.ts'
import { comparison, wrappingOf } from './compare.ts'
import { type DebianTool, installed, type Recording, record } from './record.ts'

/** Answers of the real tools, written by `npm run truth:debian`. */
const tools = readdirSync(new URL('.', import.meta.url))
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.replace('.json', '') as DebianTool)

describe.each(tools)('%s', (tool) => {
  const recording = JSON.parse(readFileSync(new URL(`${tool}.json`, import.meta.url), 'utf8')) as Recording
  const files = fixture(tool)
  let migrations: Migration[] = []
  beforeAll(async () => {
    await loadParser()
    await prepareLanguages(Object.keys(files))
    migrations = migrationsOf(files)
  })

  test('has at least 20 files, each of which it ran', () => {
    const read = new Set(migrations.map(({ path }) => path))
    expect(read.size).toBeGreaterThanOrEqual(20)
    expect(Object.keys(recording.files).sort()).toEqual([...read].sort())
  })

  test.each(Object.keys(recording.files))('%s is read as it is sent', (path) => {
    for (const direction of ['up', 'down'] as const) {
      const own = migrations.filter((migration) => migration.path === path && migration.direction === direction)
      const { sent, read } = comparison(recording.files[path]?.[direction] ?? [], own)
      expect(read).toEqual(sent)
    }
  })

  test.each(Object.keys(recording.files))('%s is wrapped as it is sent', (path) => {
    const messages = recording.files[path]?.up ?? []
    const wrappings = migrations
      .filter((migration) => migration.path === path && migration.direction === 'up')
      .map(({ wrapping }) => wrapping)
    if (messages.length > 0) expect(wrappings).toContain(wrappingOf(messages))
  })
})

describe('the installed tools', async () => {
  for (const tool of tools) {
    const here = await installed(tool)
    if (!here)
      console.warn(
        `${tool} is not installed here: its recorded answers are used (apt-get install, see docs/code-migrations.md)`,
      )
    test.skipIf(!here)(`${tool} still sends what was recorded`, { timeout: 120_000 }, async () => {
      const recorded = JSON.parse(readFileSync(new URL(`${tool}.json`, import.meta.url), 'utf8')) as Recording
      const now = await record(tool)
      if (now.tool !== recorded.tool) return console.warn(`${now.tool} is installed here, ${recorded.tool} is recorded`)
      expect(now.files).toEqual(recorded.files)
    })
  }
})
