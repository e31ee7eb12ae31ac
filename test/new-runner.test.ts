import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** `npm run new:runner` in a copy of the sources. */

const folder = mkdtempSync(join(tmpdir(), 'lockcast-new-runner-'))

beforeAll(() => {
  for (const part of ['src', 'scripts', 'package.json', 'tsconfig.json'])
    cpSync(part, join(folder, part), { recursive: true })
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
})

afterAll(() => rmSync(folder, { recursive: true }))

function newRunner(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/new-runner.ts', ...args], {
    cwd: folder,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

test('what it writes compiles, is registered, and has a fixture that is not filled in', () => {
  expect(newRunner('my-tool', 'My Tool')).toMatchObject({ status: 0, stderr: '' })
  expect(readFileSync(join(folder, 'src/runners/runner-registry.ts'), 'utf8')).toContain("'./my-tool.ts'")
  expect(readFileSync(join(folder, 'src/policy/runner-names.ts'), 'utf8')).toContain("'my-tool'")
  const outline = readFileSync(join(folder, 'fixtures/migrations/my-tool/outline.txt'), 'utf8')
  expect(outline).not.toMatch(/^migrations\/001\.my-tool\.sql up transaction 1$/m)
  const only = { extends: './tsconfig.json', include: ['src/runners/runner-registry.ts'] }
  writeFileSync(join(folder, 'tsconfig.registry.json'), JSON.stringify(only))
  execFileSync(resolve('node_modules/.bin/tsc'), ['--noEmit', '-p', 'tsconfig.registry.json'], { cwd: folder })
})

test.each([
  ['a name that is no file name', ['My Tool'], /^usage: npm run new:runner <name> \[title\]/],
  ['a runner that exists', ['flyway'], /^src\/runners\/flyway\.ts exists already/],
])('%s is refused and nothing is written', (_words, args, words) => {
  const { status, stderr } = newRunner(...args)
  expect(status).toBe(2)
  expect(stderr).toMatch(words)
})
