import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** `npm run new:statement` in a copy of the sources. */

const folder = mkdtempSync(join(tmpdir(), 'lockcast-new-statement-'))

beforeAll(() => {
  for (const part of ['src', 'scripts', 'package.json', 'tsconfig.json'])
    cpSync(part, join(folder, part), { recursive: true })
  mkdirSync(join(folder, 'test/truth/cases'), { recursive: true })
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
})

afterAll(() => rmSync(folder, { recursive: true }))

function newStatement(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/new-statement.ts', ...args], {
    cwd: folder,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

function read(path: string): string {
  return readFileSync(join(folder, path), 'utf8')
}

test.each([
  [
    'a name that is no file name',
    ['Security Label', "security label on table orders is 'x'"],
    /^usage: npm run new:statement <name>/,
  ],
  ['no statement', ['security-label'], /^usage: npm run new:statement <name>/],
  [
    'a statement that does not parse',
    ['security-label', 'security label orders'],
    /^the statement does not parse: syntax error/,
  ],
  ['a kind that has a handler', ['truncate-table', 'truncate orders'], /^TruncateStmt has a handler already/],
])('%s is refused and nothing is written', (_words, args, words) => {
  const { status, stderr } = newStatement(...args)
  expect(status).toBe(2)
  expect(stderr).toMatch(words)
})

test('what it writes compiles, is registered, and does not pass for safe', () => {
  expect(newStatement('security-label', "security label on table orders is 'x';")).toMatchObject({
    status: 0,
    stderr: '',
  })
  expect(read('src/effects/statements/statement-registry.ts')).toContain("'./security-label.ts'")
  expect(read('src/effects/statements/change-nothing.ts')).not.toContain('SecLabelStmt')
  expect(read('test/truth/cases/security-label.sql')).toBe("security label on table orders is 'x';\n")
  expect(read('src/effects/statements/security-label.ts')).toContain('throw new CannotBeJudged(')
  const only = { extends: './tsconfig.json', include: ['src/effects/analyze.ts'] }
  writeFileSync(join(folder, 'tsconfig.statement.json'), JSON.stringify(only))
  execFileSync(resolve('node_modules/.bin/tsc'), ['--noEmit', '-p', 'tsconfig.statement.json'], { cwd: folder })
})
