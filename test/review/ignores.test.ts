import { describe, expect, test } from 'vitest'
import { only, reviewSql, told } from '../support/review.ts'

/** Comments in the SQL that silence a finding, and what they may not do. */

const index = 'CREATE INDEX ON orders (total);'

test('a comment above a statement silences one hazard there, and the review says what and why', () => {
  const reviewed = reviewSql(`-- lockcast-ignore blocking-index-build: nightly window, agreed with ops\n${index}\n`)
  expect(told(reviewed)).toEqual([])
  expect(reviewed.verdict).toBe('pass')
  expect(reviewed.ignored).toMatchObject([
    {
      hazard: 'blocking-index-build',
      severity: 'critical',
      line: 2,
      reason: 'nightly window, agreed with ops',
      comment: { path: '1.sql', line: 1 },
    },
  ])
  expect(reviewed.notes.join()).toContain('nightly window, agreed with ops')
})

test.each([
  [
    'other words above it',
    `-- makes the list fast\n\n-- lockcast-ignore blocking-index-build: at night\n-- so\n${index}`,
  ],
  ['spaces around', `--  lockcast-ignore   blocking-index-build :  at night \n${index}`],
  ['Windows line ends', `-- lockcast-ignore blocking-index-build: at night\r\n${index}\r\n`],
  ['on the file', `SELECT 1;\n-- lockcast-ignore-file blocking-index-build: at night\nSELECT 2;\n${index}`],
  [
    'behind the statement on its line',
    `SELECT 1;\n${index} -- lockcast-ignore blocking-index-build: at night\nSELECT 2;`,
  ],
  ['behind the last statement', `${index} -- lockcast-ignore blocking-index-build: at night`],
  ['in the statement', 'CREATE INDEX -- lockcast-ignore blocking-index-build: at night\nON orders (total);'],
  ['in a block comment', `/* lockcast-ignore blocking-index-build: at night */\n${index}`],
  ['in a block comment of several lines', `/*\n * lockcast-ignore blocking-index-build: at night\n */\n${index}`],
  ['in other letters', `-- Lockcast ignore blocking-index-build: at night\n${index}`],
  ['twice', `-- lockcast-ignore blocking-index-build: at night\n-- lockcast-ignore blocking-index-build: x\n${index}`],
])('%s', (_words, sql) => {
  const reviewed = reviewSql(sql)
  expect(told(reviewed)).toEqual([])
  expect(reviewed.ignored).toMatchObject([{ reason: 'at night' }])
})

test('it does not reach the next statement', () => {
  const reviewed = reviewSql(
    `-- lockcast-ignore blocking-index-build: at night\n${index}\nCREATE INDEX ON orders (region);`,
  )
  expect(reviewed.findings).toMatchObject([{ hazard: 'blocking-index-build', line: 3 }])
})

test.each([
  ['two comments', '-- lockcast-ignore cast-may-fail: only digits in it\n-- lockcast-ignore table-rewrite: at night'],
  ['one comment', '-- lockcast-ignore cast-may-fail, table-rewrite: only digits, at night'],
])('%s may silence two hazards of one statement', (_words, comments) => {
  const sql = `${comments}
ALTER TABLE orders ALTER COLUMN region TYPE int USING region::int;`
  const silenced = reviewSql(sql).ignored.map(({ hazard }) => hazard)
  expect(silenced.sort()).toEqual(['cast-may-fail', 'table-rewrite'])
})

describe('a finding of its own', () => {
  test.each([
    ['no reason', `-- lockcast-ignore blocking-index-build\n${index}`, 'high', 'no reason'],
    ['an empty reason', `-- lockcast-ignore blocking-index-build:   \n${index}`, 'high', 'no reason'],
    ['no colon', `-- lockcast-ignore blocking-index-build - at night\n${index}`, 'high', 'behind a colon'],
    ['another word', `-- lockcast-disable blocking-index-build: x\n${index}`, 'high', 'mean `lockcast-ignore`?'],
    ['an unknown hazard', `-- lockcast-ignore blocking-index-bild: x\n${index}`, 'high', '`blocking-index-build`?'],
    ['no hazard', `-- lockcast-ignore\n${index}`, 'high', 'names no hazard'],
    ['nothing to suppress', '-- lockcast-ignore drop-table: x\nSELECT 1;', 'low', 'suppresses nothing'],
    ['nothing in the file', '-- lockcast-ignore-file drop-table: x\nSELECT 1;', 'low', 'suppresses nothing'],
    ['data loss', '-- lockcast-ignore drop-table: x\nDROP TABLE order_disputes;', 'medium', 'cannot be ignored'],
  ])('%s', (_words, sql, severity, words) => {
    const finding = only(reviewSql(sql), 'lockcast-ignore')
    expect(finding).toMatchObject({ severity, line: 1 })
    expect(finding.message).toContain(words)
  })

  test('what does not silence leaves the finding as it is', () => {
    expect(told(reviewSql(`-- lockcast-ignore blocking-index-build\n${index}`))).toContain(
      'blocking-index-build critical',
    )
  })
})

test('data loss and certain failure are silenced only where the policy allows it', () => {
  const drop = "SET lock_timeout = '3s';\n-- lockcast-ignore drop-table: archived\nDROP TABLE order_disputes;"
  const fails = '-- lockcast-ignore unknown-relation: made by hand\nALTER TABLE nope ADD COLUMN a int;'
  expect(reviewSql(drop).verdict).toBe('fail')
  expect(reviewSql(fails).verdict).toBe('fail')
  const policy = 'ignores: { may_silence: [drop-table, unknown-relation] }'
  expect(reviewSql(drop, { policy })).toMatchObject({ verdict: 'pass', ignored: [{ hazard: 'drop-table' }] })
  expect(reviewSql(fails, { policy })).toMatchObject({ verdict: 'pass', ignored: [{ hazard: 'unknown-relation' }] })
})

test('the words inside a string or a function are no comment', () => {
  const sql = `CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT '
-- lockcast-ignore blocking-index-build: x
' $$;\n${index}`
  expect(told(reviewSql(sql))).toContain('blocking-index-build critical')
})

test('the way up and the way back of one file are silenced apart', () => {
  const sql = {
    'm/1.sql': `-- +goose Up\n${index}\n-- +goose Down\n-- lockcast-ignore blocking-index-build: x\nSELECT 1;\n`,
  }
  const reviewed = reviewSql(sql, { runner: 'goose' })
  expect(told(reviewed)).toContain('blocking-index-build critical')
  expect(only(reviewed, 'lockcast-ignore').direction).toBe('down')
})

test('a hazard that the policy names and that does not exist is told with the nearest one', () => {
  const policy = 'ignores: { may_silence: [drop-tabel] }\nadvice: { off: [prefer-texts] }'
  const notes = reviewSql('SELECT 1;', { policy }).notes.join()
  expect(notes).toContain('drop-tabel, which does not exist; did you mean drop-table?')
  expect(notes).toContain('did you mean prefer-text?')
})

test('a comment behind the last statement, and one on the last line of another, tell their own lines', () => {
  const reviewed = reviewSql('SELECT 1; -- lockcast-ignore drop-table: x\n\n-- lockcast-ignore drop-table: y\n')
  expect(reviewed.findings.map(({ hazard, line }) => `${hazard} ${line}`)).toEqual([
    'lockcast-ignore 1',
    'lockcast-ignore 3',
  ])
})

test('words about Lockcast are no comment to it', () => {
  expect(told(reviewSql('-- lockcast is asked before this\nSELECT 1;'))).toEqual([])
})
