import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { runnerRegistry } from '../../scripts/runner-registry.ts'
import { runnerNames } from '../../src/policy/runner-names.ts'
import { claims } from '../../src/runners/runner.ts'
import { runners } from '../../src/runners/runner-registry.ts'

/** What every runner has besides its file. */

const readme = readFileSync('README.md', 'utf8')
const tests = readdirSync('test/runners', { recursive: true, encoding: 'utf8' })
const rules = tests
  .filter((path) => path.endsWith('.test.ts') && !path.includes('registry'))
  .map((path) => readFileSync(`test/runners/${path}`, 'utf8'))
  .join('\n')

/** Answers of the tool itself, by which its reading is held. */
const recorded = tests.filter((path) => /(^|\/)(?:recorded|truth)\/.*\.json$/.test(path))

test('the registry and the names of the policy are those of the files', () => {
  expect(readFileSync('src/runners/runner-registry.ts', 'utf8')).toBe(runnerRegistry())
  expect([...runnerNames]).toEqual(runners.map(({ name }) => name))
})

describe.each(runners.map((runner) => [runner.name, runner] as const))('%s', (name, runner) => {
  test('has a fixture', () => {
    const folders = [`fixtures/migrations/${name}`, `test/runners/tools/fixtures/${name}`]
    expect(folders.filter((folder) => existsSync(folder))).not.toEqual([])
  })

  test('has a case of its rules', () => {
    const isRecorded = recorded.some((path) => path.split('/').at(-1)?.startsWith(name))
    expect(isRecorded || new RegExp(`['"\`]${name}['"\`]`).test(rules)).toBe(true)
  })

  test('has its line in the README', () => {
    const [, line = ''] = /^Migration tools that are read: (.*)$/m.exec(readme) ?? []
    expect(line.split(/[,;:] |\.$/).map((title) => title.trim())).toContain(runner.title)
  })

  test('says of applied files what the tool does, in sentences without a full stop', () => {
    const { edited, removed, renamed, late } = runner.applied
    for (const words of [edited, removed, renamed ?? edited, late.words]) expect(words).toMatch(/^\w.*[^.]$/)
    expect(claims).toContain(runner.claims('x', { paths: new Set(), text: () => null }) ?? 'own')
  })
})
