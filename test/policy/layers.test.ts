import { describe, expect, test } from 'vitest'
import { layeredPolicy, type PolicyLayer } from '../../src/policy/layers.ts'
import { defaultPolicy } from '../../src/policy/policy.ts'

const organisation = (text: string): PolicyLayer => ({ from: 'organisation', path: 'acme/.github', text })
const repository = (text: string): PolicyLayer => ({ from: 'repository', path: 'lockcast.yml', text })
const layered = (...layers: PolicyLayer[]) => layeredPolicy(layers)

test('no file at all is the default policy', () => {
  expect(layered()).toMatchObject({ policy: defaultPolicy, problems: [], notes: [] })
})

test("a repository's file goes over the organisation's key by key, lists and single values as a whole", () => {
  const { policy } = layered(
    organisation(
      'fail_on: medium\nbudget:\n  reads: 3s\n  tables:\n    public.a: {writes: 1s}\nmigrations: [{paths: a}, {paths: b}]',
    ),
    repository(
      'budget:\n  writes: 9s\n  tables:\n    public.a: {reads: 5s}\n    public.b: {reads: 7s}\nmigrations: [{paths: c}]',
    ),
  )
  expect(policy?.fail_on).toBe('medium')
  expect(policy?.budget).toEqual({
    reads: 3_000,
    writes: 9_000,
    tables: { 'public.a': { writes: 1_000, reads: 5_000 }, 'public.b': { reads: 7_000 } },
  })
  expect(policy?.migrations).toEqual([{ paths: 'c', transaction: 'file' }])
})

test('each value says which file and line it comes from', () => {
  const read = layered(organisation('fail_on: low\nbudget:\n  reads: 3s'), repository('# own\nfail_on: high'))
  const origins = read.policy ? Object.fromEntries(read.origins) : {}
  expect(origins).toEqual({
    fail_on: { path: 'lockcast.yml', line: 2 },
    'budget.reads': { path: 'acme/.github', line: 3 },
  })
})

describe('what the organisation locks', () => {
  test('is passed over in a repository, with a note that names the line, and the rest counts', () => {
    const read = layered(
      organisation('numbers: {public: none}\nlocked: [numbers, fail_on]'),
      repository('runner: flyway\nnumbers:\n  public: exact\nfail_on: never'),
    )
    expect(read).toMatchObject({ policy: { numbers: { public: 'none' }, fail_on: 'high', runner: 'flyway' } })
    expect(read.policy ? read.notes : []).toEqual([
      '`numbers.public` of `lockcast.yml:3` does not count: the organisation locks `numbers`.',
      '`fail_on` of `lockcast.yml:4` does not count: the organisation locks `fail_on`.',
    ])
  })

  test('has to be a key of a policy', () => {
    expect(layered(organisation('locked:\n  - fail_on\n  - fail_onn')).problems).toEqual([
      { path: 'acme/.github', line: 3, message: 'locked: fail_onn is not a key of a policy' },
    ])
  })

  test('is not for a repository to say', () => {
    expect(layered(repository('fail_on: low\nlocked: [fail_on]')).problems).toEqual([
      { path: 'lockcast.yml', line: 2, message: "only an organisation's policy may lock keys" },
    ])
  })
})

test('the problems of every file are told, each with its own path', () => {
  const { problems } = layered(organisation('fail_onn: low'), repository('budget: 1'))
  expect(problems.map(({ path, line }) => [path, line])).toEqual([
    ['acme/.github', 1],
    ['lockcast.yml', 1],
  ])
})

test('a table may have any name', () => {
  const { policy } = layered(repository('budget:\n  tables:\n    __proto__: {reads: 5s}\n    constructor: {reads: 6s}'))
  expect(Object.keys(policy?.budget.tables ?? {})).toContain('constructor')
  expect(({} as { reads?: number }).reads).toBeUndefined()
})
