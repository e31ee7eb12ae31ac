import { describe, expect, test } from 'vitest'
import { only, reviewSql, told } from '../support/review.ts'

/** One danger, one finding: what another finding tells already is not told again. */

describe('one finding for one danger', () => {
  test.each([
    [
      'nulls that abort SET NOT NULL cover its scan',
      'ALTER TABLE orders ALTER COLUMN channel SET NOT NULL;',
      ['null-values-present critical'],
    ],
    [
      'a column that cannot be added covers its lock',
      'ALTER TABLE orders ADD COLUMN a int NOT NULL UNIQUE;',
      ['not-null-without-default critical'],
    ],
    [
      'duplicates that abort a key cover its build',
      'ALTER TABLE customers ADD UNIQUE (country_code);',
      ['duplicates-likely critical'],
    ],
    [
      'a backfill under a lock is the lock’s finding',
      'ALTER TABLE orders ADD COLUMN a int; UPDATE orders SET a = 1;',
      ['lock-kept-while-working critical'],
    ],
    [
      'a statement that blocks for minutes needs no word on lock_timeout',
      'CREATE INDEX ON orders (total);',
      ['blocking-index-build critical'],
    ],
    ['a statement that fails locks nothing', 'ALTER TABLE orders ADD COLUMN total int;', ['unknown-relation critical']],
    [
      'a statement that refuses the transaction builds nothing',
      'CREATE INDEX CONCURRENTLY ON orders (total);',
      ['cannot-run-in-transaction critical'],
    ],
    [
      'passes that block for long are told apart, not together',
      'ALTER TABLE orders ADD UNIQUE (id, total); ALTER TABLE orders ADD UNIQUE (id, channel);',
      ['blocking-unique critical', 'blocking-unique critical'],
    ],
    [
      'a table that is dropped whole is one loss',
      `SET lock_timeout = '3s'; TRUNCATE campaigns CASCADE;`,
      ['truncate high'],
    ],
  ])('%s', (_words, sql, right) => {
    expect(told(reviewSql(sql))).toEqual(right)
  })

  test('all locks that a transaction keeps while it works are one finding, which names them', () => {
    const tables = ['campaigns', 'countries', 'order_disputes', 'legacy_exports']
    const brief = tables.map((table) => `ALTER TABLE ${table} ADD COLUMN note text;`)
    const work = ['weight_grams', 'order_id', 'tracking', 'id'].flatMap((column) => [
      `CREATE INDEX ON shipments (${column}, id);`,
      `CREATE INDEX ON shipments (id, ${column});`,
    ])
    const { findings } = reviewSql([...brief, ...work].join('\n'))
    const [kept, ...more] = findings.filter(({ hazard }) => hazard === 'lock-kept-while-working')
    expect(more).toEqual([])
    expect(kept?.message).toContain('Blocks reads and writes of `campaigns`, `countries` and 2 more for')
    expect(kept?.message).toContain('while 8 statements work, from line 5 to 12')
    expect(kept?.related.map(({ relation }) => relation)).toEqual([
      'public.countries',
      'public.order_disputes',
      'public.legacy_exports',
      ...work.map(() => 'public.shipments'),
    ])
  })

  test('where a lock_timeout guards already, no way out sets another', () => {
    const refunds = 'CREATE TABLE refunds (id bigint PRIMARY KEY, order_id bigint UNIQUE REFERENCES orders);'
    const [found] = reviewSql(`SET lock_timeout = '3s'; ${refunds}`).findings
    expect(found).toMatchObject({ hazard: 'lock-on-other-table', severity: 'low', alternative: null })
  })

  test.each([
    'CREATE TABLE kept (id bigint PRIMARY KEY, LIKE raw);',
    'CREATE TABLE kept AS SELECT * FROM raw; ALTER TABLE kept ADD PRIMARY KEY (id);',
    'SELECT * INTO kept FROM raw; ALTER TABLE kept ADD PRIMARY KEY (id);',
  ])('types that are taken over are no choice of this change: %s', (sql) => {
    const raw = 'CREATE TABLE raw (id bigint, at timestamp, meta json);'
    const lines = reviewSql(`${raw}\n${sql}`).findings.map(({ hazard, line }) => `${line} ${hazard}`)
    expect(lines).toEqual(['1 no-primary-key', '1 prefer-jsonb', '1 prefer-timestamptz'])
  })

  test('the lock queue is told once for each file, at the first statement, with all tables', () => {
    const reviewed = reviewSql({
      '1.sql':
        'ALTER TABLE orders ADD COLUMN a int;\nALTER TABLE customers ADD COLUMN a int;\nALTER TABLE orders ADD COLUMN b int;',
      '2.sql': 'ALTER TABLE shipments ADD COLUMN a int;',
    })
    expect(reviewed.findings.map(({ path, line, relation }) => [path, line, relation])).toEqual([
      ['1.sql', 1, 'public.orders'],
      ['2.sql', 1, 'public.shipments'],
    ])
    expect(reviewed.findings[0]?.message).toContain('`orders` and `customers`')
  })

  test('the lock queue is still told of the statements that no other finding covers', () => {
    const reviewed = reviewSql('CREATE INDEX ON orders (total);\nALTER TABLE customers ADD COLUMN a int;')
    expect(only(reviewed, 'lock-queue')).toMatchObject({ relation: 'public.customers', line: 2 })
  })
})

describe('a rollback', () => {
  const down = { '1.down.sql': 'CREATE INDEX CONCURRENTLY ON orders (total);\nDROP TABLE order_disputes;' }

  test('never counts for the verdict and is never above medium', () => {
    const reviewed = reviewSql(down, { runner: 'golang-migrate', policy: 'fail_on: low' })
    expect(reviewed.verdict).toBe('pass')
    expect(reviewed.findings.map(({ hazard, severity, direction }) => [hazard, severity, direction])).toEqual([
      ['cannot-run-in-transaction', 'medium', 'down'],
      ['no-way-back', 'low', 'down'],
    ])
  })

  test('says that it matters on the day it is needed', () => {
    const [finding] = reviewSql(down, { runner: 'golang-migrate' }).findings
    expect(finding?.why).toContain('on the day it is needed')
  })
})

describe('what may not be told', () => {
  test('buckets hold no exact number and confirm no table', () => {
    const reviewed = reviewSql('CREATE INDEX ON orders (total);\nALTER TABLE nope ADD COLUMN a int;', {
      disclosure: 'buckets',
    })
    const text = JSON.stringify(reviewed)
    expect(text).not.toMatch(/80 M rows|80000000|41 GB/)
    expect(text).toContain('over 10 M rows')
    expect(told(reviewed)).toEqual(['blocking-index-build critical', 'lock-queue medium'])
  })

  test('nothing at all still fails what is dangerous', () => {
    const reviewed = reviewSql('CREATE INDEX ON orders (total);', { disclosure: 'none' })
    expect(reviewed.verdict).toBe('fail')
    expect(JSON.stringify(reviewed)).not.toMatch(/\d+(\.\d+)? ?(M|G|k) rows|[0-9]+ GB/)
  })
})

test('findings come the worst first, then in the order of their statements', () => {
  const reviewed = reviewSql(
    'ALTER TABLE orders ADD COLUMN a int;\nDROP TABLE order_disputes;\nCREATE INDEX ON shipments (tracking);',
  )
  const ranks = reviewed.findings.map(({ severity }) => ['critical', 'high', 'medium', 'low'].indexOf(severity))
  expect(ranks).toEqual(ranks.toSorted((a, b) => a - b))
})

test('a placeholder before may have made what a later statement names', () => {
  const reviewed = reviewSql(
    'ALTER TABLE {{ .orders_table }} ADD CONSTRAINT total_known CHECK (true) NOT VALID;\nALTER TABLE orders DROP CONSTRAINT total_known;',
  )
  expect(only(reviewed, 'unknown-relation').severity).toBe('medium')
})

test('a file that Flyway refuses for its mix of statements does not pass', () => {
  const mix = 'CREATE TABLE gifts (id int);\nCREATE INDEX CONCURRENTLY orders_currency ON orders (currency);'
  const reviewed = reviewSql({ 'V1__gifts.sql': mix }, { runner: 'flyway' })
  expect([reviewed.verdict, only(reviewed, 'cannot-run-in-transaction').line]).toEqual(['fail', 2])
})

describe('without a catalog a type may stand', () => {
  test('a value added to it is still used too soon in the same transaction', () => {
    const sql = "ALTER TYPE mood ADD VALUE 'calm';\nINSERT INTO moods VALUES ('calm');"
    expect(only(reviewSql(sql, { snapshot: null }), 'enum-value-used-too-soon').line).toBe(2)
  })

  test('a CHECK added to a domain cannot be judged, since its tables are not known', () => {
    const sql = 'ALTER DOMAIN positive ADD CONSTRAINT small CHECK (value < 10);'
    expect(told(reviewSql(sql, { snapshot: null }))).toEqual(['cannot-be-judged medium'])
  })
})

test.each([
  ['DROP INDEX', 'DROP INDEX orders_total;'],
  ['REINDEX INDEX', 'REINDEX INDEX orders_total;'],
  ['REINDEX SCHEMA', 'REINDEX SCHEMA public;'],
  ['VACUUM FULL of everything', 'VACUUM FULL;'],
])('%s on tables that are not known cannot be judged', (_words, sql) => {
  expect(told(reviewSql(sql, { snapshot: null, autocommit: true }))).toEqual(['cannot-be-judged medium'])
})

describe('advice is brief', () => {
  const tables = (count: number): string =>
    Array.from({ length: count }, (_, i) => `CREATE TABLE t${i} (a int);`).join('\n')

  test('up to ten pieces stand as they are', () => {
    const { findings } = reviewSql(tables(10))
    expect(findings.map(({ message, related }) => [message, related])).toEqual(
      Array.from({ length: 10 }, (_, i) => [`\`t${i}\` has no primary key`, []]),
    )
  })

  test('beyond, what is said of many tables of a file is said once, with their places', () => {
    const [first, ...more] = reviewSql(tables(14)).findings
    expect(more).toEqual([])
    expect(first?.message).toBe('`t0` has no primary key, and 13 more like it in this file')
    expect(first?.related.map(({ line }) => line)).toEqual(Array.from({ length: 13 }, (_, i) => i + 2))
  })

  test('ten lines are told, the others counted', () => {
    const files = Object.fromEntries(
      Array.from({ length: 14 }, (_, i) => [`${i + 10}.sql`, `CREATE TABLE u${i} (a int);`]),
    )
    const { findings, notes } = reviewSql(files)
    expect(findings).toHaveLength(10)
    expect(notes).toContain('More advice is not listed: 4.')
  })
})

test('advice that the policy switches off is not given', () => {
  const { findings } = reviewSql('CREATE TABLE t (a int);', { policy: 'advice: { off: [no-primary-key] }' })
  expect(findings).toEqual([])
})
