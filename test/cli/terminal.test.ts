import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { screenOf } from '../../src/cli/screen.ts'
import { git, inFolder, inRepository, mainFile, put, reviewIn } from '../support/command-line.ts'

const index = 'CREATE INDEX orders_total ON orders (total);\n'

test.each([
  [{}, true, true],
  [{}, false, false],
  [{ NO_COLOR: '1' }, true, false],
  [{ NO_COLOR: '' }, true, true],
  [{ FORCE_COLOR: '1' }, false, true],
  [{ FORCE_COLOR: '0' }, true, false],
  [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false, true],
])('colour by %o on a terminal that has it (%s): %s', (env, hasIt, expected) => {
  const stream = { hasColors: () => hasIt, columns: 80 } as unknown as NodeJS.WriteStream
  expect(screenOf(stream, env)).toEqual({ colour: expected, width: 80 })
})

describe('--staged', () => {
  const findings = async (folder: string, paths: string[] = []) => {
    const { exit, stdout } = await reviewIn(folder, paths, { staged: true })
    return { exit, found: JSON.parse(stdout).findings.map((finding: { path: string; line: number }) => finding.path) }
  }

  test('reviews the text as it is staged, not what the working tree or other files have', async () => {
    await inRepository({ 'migrations/1.sql': 'SELECT 1;\n' }, async (folder) => {
      put(folder, { 'migrations/2.sql': index, 'migrations/3.sql': index })
      git(folder, 'add', 'migrations/2.sql')
      put(folder, { 'migrations/2.sql': 'SELECT 1;\n' })
      expect(await findings(folder)).toEqual({ exit: 1, found: ['migrations/2.sql'] })
    })
  })

  test('works before the first commit', async () => {
    await inFolder({ 'migrations/1.sql': index }, async (folder) => {
      git(folder, 'init', '--quiet')
      expect(await findings(folder)).toEqual({ exit: 0, found: [] })
      git(folder, 'add', '.')
      expect(await findings(folder)).toEqual({ exit: 1, found: ['migrations/1.sql'] })
    })
  })
})

test('--watch reviews again when a file changes, and ends with the last exit code', async () => {
  await inFolder({ 'migrations/1.sql': index }, async (cwd) => {
    const child = spawn(process.execPath, [mainFile, 'review', 'migrations', '--watch'], { cwd })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (part) => {
      stdout += part
    })
    child.stderr.on('data', (part) => {
      stderr += part
    })
    const rounds = (count: number) =>
      expect
        .poll(() => stderr.split('waiting for changes').length - 1, { timeout: 120_000 })
        .toBeGreaterThanOrEqual(count)
    await rounds(1)
    expect(stdout).toContain('blocking-index-build')
    writeFileSync(join(cwd, 'migrations/1.sql'), 'SELECT 1;\n')
    await rounds(2)
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^pass {2}no findings/)
    child.kill('SIGINT')
    expect((await once(child, 'close'))[0]).toBe(0)
  })
})
