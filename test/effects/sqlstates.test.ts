import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

test('an SQLSTATE is written once, in sqlstate-errors.ts and server-errors.ts', () => {
  const folder = new URL('../../src/effects/', import.meta.url)
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))
  const written = paths
    .filter((path) => !/^model\/(sqlstate|server)-errors\.ts$/.test(path))
    .filter((path) => /new StatementFails\(\s*'/.test(readFileSync(new URL(path, folder), 'utf8')))
  expect(written).toEqual([])
})
