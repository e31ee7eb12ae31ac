import { describe, expect, test } from 'vitest'
import { emptyRelation } from '../../src/catalog/relation.ts'
import { atMost, ofBlocking, reaches, severities, worst } from '../../src/hazards/severity.ts'
import { defaultPolicy, type Policy, parsePolicy } from '../../src/policy/policy.ts'
import { only, reviewSql, shopWith, told } from '../support/review.ts'

const orders = emptyRelation(1, 'public', 'orders', 'table')

describe('a blocking finding is weighed by its forecast’s high end against the budget', () => {
  // Budgets: reads 1 s, writes 2 s.
  test.each([
    [250, ['reads', 'writes'], 'low'],
    [251, ['reads', 'writes'], 'medium'],
    [1_000, ['reads', 'writes'], 'medium'],
    [1_001, ['reads', 'writes'], 'high'],
    [10_000, ['reads', 'writes'], 'high'],
    [10_001, ['reads', 'writes'], 'critical'],
    [500, ['writes'], 'low'],
    [501, ['writes'], 'medium'],
    [2_000, ['writes', 'ddl'], 'medium'],
    [2_001, ['writes', 'ddl'], 'high'],
    [20_000, ['writes'], 'high'],
    [20_001, ['writes'], 'critical'],
    [1e9, ['ddl'], 'low'],
    [1e9, [], 'low'],
    [null, ['writes'], 'high'],
  ] as const)('%s ms that block %s are %s', (ms, blocks, severity) => {
    expect(ofBlocking(ms, [...blocks], orders, defaultPolicy)).toBe(severity)
  })

  test.each([
    ['reads: 10s', 9_999, 'medium'],
    ['reads: 10s', 10_001, 'high'],
    ['reads: 100ms', 25, 'low'],
    ['reads: 100ms', 26, 'medium'],
    ['writes: 100ms', 1_001, 'critical'],
  ])('a table with a budget of its own, %s: %s ms are %s', (budget, ms, severity) => {
    const policy = policyWith(`budget:\n  tables:\n    public.orders:\n      ${budget}\n`)
    const side = budget.startsWith('reads') ? 'reads' : 'writes'
    expect(ofBlocking(ms, [side], orders, policy)).toBe(severity)
  })

  test('another table’s budget does not count', () => {
    const policy = policyWith('budget:\n  tables:\n    public.customers:\n      reads: 1h\n')
    expect(ofBlocking(20_000, ['reads'], orders, policy)).toBe('critical')
  })

  test('a budget of nothing lets nothing through', () => {
    expect(ofBlocking(11, ['writes'], orders, policyWith('budget:\n  writes: 0\n'))).toBe('critical')
  })
})

test('severities are ordered', () => {
  expect(severities).toEqual(['low', 'medium', 'high', 'critical'])
  expect(worst(['medium', 'critical', 'low'])).toBe('critical')
  expect(worst([])).toBe('low')
  expect(atMost('critical', 'high')).toBe('high')
  expect(atMost('low', 'high')).toBe('low')
  expect(reaches('high', 'high')).toBe(true)
  expect(reaches('medium', 'high')).toBe(false)
})

test('the same CREATE INDEX is low on 120 rows and critical on 80 million', () => {
  expect(only(reviewSql('CREATE INDEX ON countries (name);'), 'blocking-index-build').severity).toBe('low')
  expect(only(reviewSql('CREATE INDEX ON orders (total);'), 'blocking-index-build').severity).toBe('critical')
})

test('a table’s budget decides whether the review passes', () => {
  const sql = `SET lock_timeout = '3s'; CREATE INDEX ON shipments (tracking);`
  expect(reviewSql(sql).verdict).toBe('fail')
  const patient = 'budget:\n  tables:\n    public.shipments:\n      writes: 1h\n'
  expect(reviewSql(sql, { policy: patient })).toMatchObject({ verdict: 'pass', findings: [{ severity: 'low' }] })
})

describe('what is unknown counts as large and says so', () => {
  const unknown = shopWith(({ name }) =>
    name === 'orders'
      ? {
          size: {
            rows: null,
            rowsFrom: null,
            heapBytes: null,
            toastBytes: null,
            indexBytes: null,
            current: false,
            deadShare: null,
          },
        }
      : {},
  )

  test.each([
    ['CREATE INDEX ON orders (total);', 'blocking-index-build'],
    ['ALTER TABLE orders ALTER COLUMN currency SET NOT NULL;', 'blocking-validation'],
    ['ALTER TABLE orders ADD COLUMN a uuid DEFAULT gen_random_uuid();', 'table-rewrite'],
    ['ALTER TABLE orders ADD UNIQUE (reference);', 'blocking-unique'],
    ['UPDATE orders SET total = 1;', 'unbatched-write'],
    ['ALTER TABLE orders ADD COLUMN a int; UPDATE orders SET a = 1;', 'lock-kept-while-working'],
  ])('%s', (sql, hazard) => {
    for (const snapshot of [unknown, null]) {
      const reviewed = reviewSql(sql, { snapshot })
      const finding = only(reviewed, hazard)
      expect(finding).toMatchObject({ severity: 'high', rows: null })
      expect(finding.message).toMatch(/unknown/)
      const works = reviewed.files.flatMap((file) => file.statements).at(-1)
      expect(works?.forecast).toBeNull()
    }
  })

  test.each([
    ['DROP TABLE shipments;', 'drop-table'],
    ['TRUNCATE shipments;', 'truncate'],
    ['DELETE FROM shipments;', 'delete-without-where'],
    ['ALTER TABLE shipments DROP COLUMN tracking;', 'drop-column'],
  ])('%s loses an unknown number of rows', (sql, hazard) => {
    expect(only(reviewSql(sql, { snapshot: null }), hazard)).toMatchObject({
      severity: 'high',
      rows: null,
      message: expect.stringContaining('unknown number of rows'),
    })
  })

  test('a lock of a moment is known to be one', () => {
    expect(told(reviewSql('ALTER TABLE orders ADD COLUMN a int;', { snapshot: null }))).toEqual(['lock-queue medium'])
  })
})

describe('nothing is lost where nothing is', () => {
  const empty = shopWith(({ name, size }) =>
    name === 'order_disputes' ? { size: { ...size, rows: 0, heapBytes: 0 } } : {},
  )
  test.each(['DROP TABLE', 'TRUNCATE', 'DELETE FROM'])('%s of an empty table', (verb) => {
    const sql = `SET lock_timeout = '3s'; ${verb} order_disputes;`
    const losses = reviewSql(sql, { snapshot: empty }).findings.filter(({ severity }) => reaches(severity, 'medium'))
    expect(losses).toEqual([])
  })
})

describe('the threshold decides the verdict, not the findings', () => {
  const medium = 'EXECUTE something;'
  const critical = 'CREATE INDEX ON orders (total);'
  test.each([
    ['low', medium, 'fail'],
    ['medium', medium, 'fail'],
    ['high', medium, 'pass'],
    ['high', critical, 'fail'],
    ['critical', critical, 'fail'],
    ['never', critical, 'pass'],
  ])('fail_on %s', (failOn, sql, verdict) => {
    const reviewed = reviewSql(sql, { policy: `fail_on: ${failOn}` })
    expect(reviewed.verdict).toBe(verdict)
    expect(reviewed.findings).toHaveLength(1)
  })

  test('no findings pass at any threshold', () => {
    expect(reviewSql('SELECT 1;', { policy: 'fail_on: low' }).verdict).toBe('pass')
  })

  test('what cannot be judged is medium, and the policy may raise it', () => {
    const sql = `DO $$ BEGIN EXECUTE 'ALTER TABLE ' || current_user; END $$;`
    expect(told(reviewSql(sql))).toEqual(['cannot-be-judged medium'])
    expect(reviewSql(sql, { policy: 'cannot_be_judged: high' }).verdict).toBe('fail')
  })

  test.each([
    ['\\ir columns.sql', 'it runs another file'],
    ["SELECT format('DROP TABLE %I', 'a') \\gexec", 'it runs what the query before it returns'],
    ['\\copy orders FROM orders.csv', 'it loads rows from outside the database'],
    ['\\connect archive', 'what follows runs in another database or as another role'],
    ['\\! rm -rf old', 'it runs a command of the shell'],
  ])('what psql runs from elsewhere cannot be judged: %s', (sql, reason) => {
    expect(only(reviewSql(sql), 'cannot-be-judged').message).toBe(`Cannot be judged: ${reason}`)
  })

  test.each(['\\set ON_ERROR_STOP on', '\\echo done', '\\copy orders TO orders.csv'])('%s is for psql alone', (sql) => {
    expect(reviewSql(sql).findings).toEqual([])
  })
})

function policyWith(yaml: string): Policy {
  const { policy } = parsePolicy(yaml, 'policy')
  if (!policy) throw new Error('not a policy')
  return policy
}
