import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** `npm run new:hazard` in a copy of the sources. */

const folder = mkdtempSync(join(tmpdir(), 'lockcast-new-hazard-'))

beforeAll(() => {
  for (const part of ['src', 'scripts', 'package.json', 'tsconfig.json'])
    cpSync(part, join(folder, part), { recursive: true })
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
})

afterAll(() => rmSync(folder, { recursive: true }))

function newHazard(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/new-hazard.ts', ...args], {
    cwd: folder,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

test('what it writes compiles and is registered', () => {
  expect(newHazard('drop-trigger', 'failure')).toMatchObject({ status: 0, stderr: '' })
  expect(readFileSync(join(folder, 'src/hazards/hazard-registry.ts'), 'utf8')).toContain("'./failure/drop-trigger.ts'")
  const only = { extends: './tsconfig.json', include: ['src/hazards/hazard-registry.ts'] }
  writeFileSync(join(folder, 'tsconfig.registry.json'), JSON.stringify(only))
  execFileSync(resolve('node_modules/.bin/tsc'), ['--noEmit', '-p', 'tsconfig.registry.json'], { cwd: folder })
})

test.each([
  ['an id that is no file name', ['Drop Trigger'], /^usage: npm run new:hazard <id> \[group\]/],
  ['a group that is none', ['drop-trigger', 'danger'], /group: blocking, failure, data-loss, compatibility, advice/],
  ['a hazard that is there', ['lock-queue', 'blocking'], /^src\/hazards\/blocking\/lock-queue\.ts is there already/],
])('%s is refused and nothing is written', (_words, args, words) => {
  const { status, stderr } = newHazard(...args)
  expect(status).toBe(2)
  expect(stderr).toMatch(words)
})
