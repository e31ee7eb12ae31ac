import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { defaultPolicy, parsePolicy, policyJsonSchema } from '../../src/policy/policy.ts'

const path = '.github/lockcast.yml'

/** Problems as `line: message`. */
function problems(text: string): string[] {
  const read = parsePolicy(text, path)
  for (const problem of read.problems) expect(problem.path).toBe(path)
  return read.problems.map(({ line, message }) => `${line}: ${message}`)
}

describe('the defaults', () => {
  test.each(['', '\n', '\t', '# nothing yet\n', '---\n', '{}'])('%j is the default policy', (text) => {
    expect(parsePolicy(text, path)).toEqual({ policy: defaultPolicy, problems: [] })
  })

  test('are those of the design', () => {
    expect(defaultPolicy).toMatchObject({
      fail_on: 'high',
      budget: { reads: 1_000, writes: 2_000, tables: {} },
      cannot_be_judged: 'medium',
      migrations: [],
      numbers: { private: 'exact', public: 'buckets' },
    })
  })

  test('hold for what a file does not say', () => {
    const { policy } = parsePolicy('budget:\n  reads: 3s\nmigrations:\n  - paths: db/**\n', path)
    expect(policy).toEqual({
      ...defaultPolicy,
      budget: { ...defaultPolicy.budget, reads: 3_000 },
      migrations: [{ paths: 'db/**', transaction: 'file' }],
    })
  })
})

describe('durations are in PostgreSQL’s units', () => {
  test.each<[string, number]>([
    ['500us', 0.5],
    ['500ms', 500],
    ['"2s"', 2_000],
    ['1.5s', 1_500],
    ['10min', 600_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['3000', 3_000],
    ['0', 0],
    ['" 2 s "', 2_000],
  ])('%s', (written, milliseconds) => {
    expect(parsePolicy(`max_lock_timeout: ${written}`, path).policy?.max_lock_timeout).toBe(milliseconds)
  })

  test.each(['2 weeks', '"-1s"', '2S', 's', '""', '-5', '1e3s'])('%s is none', (written) => {
    expect(problems(`fail_on: low\nmax_lock_timeout: ${written}`)).toEqual([
      expect.stringMatching(/^2: max_lock_timeout: not a duration: .* \(write 500ms, 2s or 10min\)$/),
    ])
  })
})

describe('a mistake is named with its line', () => {
  test.each<[string, string, string[]]>([
    [
      'an unknown key and the nearest right one',
      'fail_on: low\nbugdet:\n  reads: 1s\n',
      ['2: unknown key bugdet; did you mean budget?'],
    ],
    ['an unknown key inside', 'budget:\n  read: 1s\n', ['2: unknown key budget.read; did you mean reads?']],
    [
      'one of a table',
      'budget:\n  tables:\n    public.orders:\n      reads: 1s\n      writers: 2s\n',
      ['5: unknown key budget.tables.public.orders.writers; did you mean writes?'],
    ],
    [
      'one in a list',
      'migrations:\n  - paths: a\n  - paths: b\n    transactions: none\n',
      ['4: unknown key migrations.1.transactions; did you mean transaction?'],
    ],
    ['one like no other', 'zzzzzz: 1\n', ['1: unknown key zzzzzz']],
    [
      'several at once',
      'fail-on: low\nrunnner: goose\n',
      ['1: unknown key fail-on; did you mean fail_on?', '2: unknown key runnner; did you mean runner?'],
    ],
    ['a wrong type', 'budget:\n  tables: 3\n', ['2: budget.tables: Invalid input: expected record, received number']],
    ['a wrong word', 'budget: {}\nfail_on: severe\n', [expect.stringMatching(/^2: fail_on: /)]],
    ['a version out of range', 'postgres_version: 9\n', [expect.stringMatching(/^1: postgres_version: .*10/)]],
    ['a missing key', 'migrations:\n  - transaction: none\n', [expect.stringMatching(/^2: migrations\.0\.paths: /)]],
    ['a list for a mapping', '- a\n', [expect.stringMatching(/^1: policy: Invalid input: expected object/)]],
    ['a label too long', `override:\n  label: ${'x'.repeat(51)}\n`, [expect.stringMatching(/^2: override\.label: /)]],
    ['YAML that does not parse', 'fail_on: low\nbudget: [1, 2\n', [expect.stringMatching(/^[23]: /)]],
    ['a key twice', 'fail_on: low\nfail_on: high\n', [expect.stringMatching(/^2: .*unique/)]],
    ['CRLF', 'fail_on: low\r\nbugdet: 1\r\n', ['2: unknown key bugdet; did you mean budget?']],
  ])('%s', (_, text, expected) => {
    expect(problems(text)).toEqual(expected)
  })

  test.each(['&a [*a]', 'a: &b 1\nb: *nobody', '!!binary xx', '\0', 'a\n---\nb'])(
    '%j is a problem, not a crash',
    (text) => {
      expect(problems(text).length).toBeGreaterThan(0)
    },
  )
})

describe('the JSON Schema for editors', () => {
  const ajv = new Ajv2020({ strict: false })
  const schema = policyJsonSchema()

  test('is valid JSON Schema', () => {
    expect(ajv.validateSchema(schema)).toBe(true)
  })

  test.each<[string, boolean]>([
    ['{}', true],
    ['budget:\n  reads: 1s\n  tables:\n    public.orders: { writes: 500 }', true],
    ['migrations:\n  - paths: db/**\n    transaction: none', true],
    ['session:\n  search_path: [app, public]', true],
    ['bugdet: {}', false],
    ['fail_on: severe', false],
    ['migrations:\n  - runner: goose', false],
  ])('%j: %s, as the policy itself says', (text, valid) => {
    expect(ajv.validate(schema, parse(text))).toBe(valid)
    expect(parsePolicy(text, path).policy !== null).toBe(valid)
  })
})
