import { expect, test } from 'vitest'
import { compareVersions, versionsAfter } from '../../src/fix/numbering.ts'

test.each([
  ['1', null, 2, ['2', '3']],
  ['009', null, 2, ['010', '011']],
  ['2', '3', 1, null],
  ['2', '5', 2, ['3', '4']],
  ['20261231235959', null, 2, ['20270101000000', '20270101000001']],
  ['20260101120000', '20260101120001', 1, null],
  ['202601012359', null, 1, ['202601020000']],
  ['2026-01-01-120059', null, 1, ['2026-01-01-120100']],
  ['1767225600', null, 1, ['1767225601']],
  // Fourteen digits that are no time.
  ['20269999999999', null, 1, ['20270000000000']],
  ['2.1', '3', 2, ['2.2', '2.3']],
  ['99999999999999999999', null, 1, ['100000000000000000000']],
] as const)('behind %s and before %s', (version, next, count, expected) => {
  expect(versionsAfter(version, next, count)).toEqual(expected)
})

test('numbers are compared, not their text', () => {
  expect(['10', '9', '2.10', '2.9', '002'].sort(compareVersions)).toEqual(['002', '2.9', '2.10', '9', '10'])
})
