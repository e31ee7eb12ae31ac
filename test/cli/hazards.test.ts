import { expect, test } from 'vitest'
import { hazards } from '../../src/hazards/hazard-registry.ts'
import { lockcast } from '../support/command-line.ts'

test('lockcast hazards lists every hazard under its group', async () => {
  const { exit, stdout } = await lockcast(['hazards'])
  expect(exit).toBe(0)
  const ids = [...stdout.matchAll(/^ {2}([a-z-]+) /gm)].map(([, id]) => id)
  expect(ids).toEqual(hazards.map(({ id }) => id))
  expect(stdout).toMatch(/^failure\n {2}/m)
})

test('as JSON each has the address of its page', async () => {
  const { stdout } = await lockcast(['hazards', '--format', 'json'])
  const listed = JSON.parse(stdout) as { id: string; docs: string }[]
  expect(listed).toHaveLength(hazards.length)
  for (const { id, docs } of listed) expect(docs).toMatch(new RegExp(`/docs/hazards/${id}\\.md$`))
})

test('lockcast hazards <id> prints the page with what would be said', async () => {
  const { exit, stdout } = await lockcast(['hazards', 'null-values-present'])
  expect(exit).toBe(0)
  expect(stdout).toMatch(/^Bad: .*\n/m)
  expect(stdout).toMatch(/│ critical: Will fail: `orders\.channel` holds about 1\.6 M nulls/)
  for (const line of stdout.split('\n').filter((name) => !name.startsWith('    ')))
    expect(line.length).toBeLessThan(121)
})

test('of a group it lists the hazards', async () => {
  const { exit, stdout } = await lockcast(['hazards', 'data-loss'])
  expect(exit).toBe(0)
  expect(stdout).toMatch(/^data loss\n {2}column-recreated /)
  expect(stdout).not.toContain('blocking-index-build')
})

test('an id that is none names the nearest', async () => {
  const { exit, stderr } = await lockcast(['hazards', 'null-value-present'])
  expect(exit).toBe(2)
  expect(stderr).toContain('did you mean null-values-present?')
})
