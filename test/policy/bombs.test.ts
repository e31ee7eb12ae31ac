import { expect, test } from 'vitest'
import { parsePolicy } from '../../src/policy/policy.ts'

/** Globs and policy files that would take longer than anybody waits for are refused with the way out. */

const policyWith = (glob: string) => parsePolicy(`not_migrations: [${JSON.stringify(glob)}]\n`, 'policy.yml')

test.each(['**/*.sql', 'db/{migrate,seeds}/**/*_[0-9]*.sql', 'apps/*/migrations/**/up.sql', '*.{sql,ts,js,rb,py,ex}'])(
  '%s is taken',
  (glob) => {
    expect(policyWith(glob).problems).toEqual([])
  },
)

test.each([
  ['many stars', '*a'.repeat(10)],
  ['many folders', `${'**/'.repeat(20)}x`],
  ['many braces', '{a,b}'.repeat(30)],
  ['nested braces', `${'{a,'.repeat(20)}b${'}'.repeat(20)}`],
  ['a range', '{1..1000000000}'],
  ['patterns in parentheses', '+(a|+(b|+(c)))'],
  ['thousands of characters', 'a'.repeat(5_000)],
])('%s are refused at their line', (_what, glob) => {
  expect(policyWith(glob).problems).toMatchObject([{ line: 1, message: expect.stringContaining('a glob may') }])
})

test.each([
  ['keys in keys', '? '.repeat(500)],
  ['lists in lists', '['.repeat(5_000)],
  ['more than a policy can be', `# ${'x'.repeat(300_000)}\n`],
  [
    'aliases that multiply',
    [
      'a0: &a0 [x]',
      ...Array.from({ length: 30 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}, *a${at}]`),
    ].join('\n'),
  ],
])('a policy of %s is a problem, not a hang', (_what, text) => {
  expect(parsePolicy(text, 'policy.yml').problems.length).toBeGreaterThan(0)
})
