import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import { expect, test } from 'vitest'
import { sarif } from '../../src/report/sarif.ts'
import type { Review } from '../../src/review/result.ts'
import { reviewSql } from '../support/review.ts'
import { reviewOf } from './made.ts'

/** The official schema, as Microsoft's package ships it. Of draft 4 it uses nothing that later drafts read otherwise. */
const path = createRequire(import.meta.url).resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json')
const { $schema: _, id: __, ...schema } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
const validate = formats.default(new Ajv({ strict: false, allErrors: true, unicodeRegExp: false })).compile(schema)

interface Log {
  runs: {
    tool: { driver: { rules: { id: string; help?: { markdown: string } }[] } }
    invocations: { executionSuccessful: boolean; toolExecutionNotifications: { message: { text: string } }[] }[]
    results: {
      ruleId: string
      ruleIndex: number
      level: string
      message: { text: string }
      locations: {
        physicalLocation: {
          artifactLocation: { uri: string }
          region: { startLine: number; startColumn: number; endLine: number; endColumn: number }
        }
      }[]
      fixes?: { artifactChanges: { replacements: { insertedContent: { text: string } }[] }[] }[]
      partialFingerprints: Record<string, string>
    }[]
  }[]
}

function logOf(review: Review): Log['runs'][number] {
  const log = JSON.parse(sarif(review)) as Log
  validate(log)
  expect(validate.errors ?? []).toEqual([])
  return log.runs[0]!
}

test('a review of many findings is valid, and each result is of the rule that its index says', () => {
  const run = logOf(
    reviewSql(
      'CREATE INDEX ON orders (total);\nDROP TABLE customers;\nALTER TABLE orders ADD CHECK (total > 0);\nSELEC 1;\n',
      { autocommit: true },
    ),
  )
  expect(run.results.length).toBeGreaterThan(2)
  for (const { ruleId, ruleIndex } of run.results) expect(run.tool.driver.rules[ruleIndex]?.id).toBe(ruleId)
  expect(run.tool.driver.rules.every(({ help }) => help?.markdown.includes('**Instead:**'))).toBe(true)
})

test('what the review itself finds has a rule too, and says that the run was not whole', () => {
  const away = { kind: 'unreachable', reason: 'It is away.', retry: 'Try again.' } as const
  const run = logOf(reviewSql('SELECT 1;', { facts: { catalog: away } }))
  expect(run.results).toMatchObject([{ ruleId: 'replica-unreachable', level: 'error' }])
  expect(run.tool.driver.rules.map(({ id }) => id)).toContain('replica-unreachable')
  expect(run.invocations[0]?.executionSuccessful).toBe(false)
})

test('an alert stays itself when its line moves', () => {
  const fingerprints = (sql: string) => logOf(reviewSql(sql)).results.map((result) => result.partialFingerprints)
  expect(fingerprints('SELECT 1;\n\nDROP TABLE customers;')).toEqual(fingerprints('DROP TABLE customers;'))
})

test('severity is told as a level and never as a security score', () => {
  expect(sarif(reviewOf())).not.toContain('security-severity')
  expect(logOf(reviewOf({ severity: 'medium' })).results[0]?.level).toBe('warning')
})

test('of more results than code scanning shows, the worst are there and the rest is counted', () => {
  const review = reviewOf({ severity: 'low' })
  const [first] = review.findings
  const findings = [...Array.from({ length: 5_000 }, () => first!), { ...first!, severity: 'critical' as const }]
  const run = logOf({ ...review, findings })
  expect(run.results).toHaveLength(5_000)
  expect(run.results[0]?.level).toBe('error')
  expect(run.invocations[0]?.toolExecutionNotifications[0]?.message.text).toContain('1 more findings')
})

test('a path is a URI whatever is in it', () => {
  const uri = logOf(reviewOf({ path: 'db/a b#c?[d]\ud800.sql' })).results[0]?.locations[0]?.physicalLocation
  expect(uri?.artifactLocation.uri).toBe('db/a%20b%23c%3F%5Bd%5D%EF%BF%BD.sql')
})

test('a region is the statement, and a fix replaces exactly it', () => {
  const sql = "SET lock_timeout = '1s'; ALTER TABLE orders ADD CONSTRAINT positive\n  CHECK (total > 0);\n"
  const run = logOf(reviewSql(sql))
  const lines = sql.split('\n')
  for (const { locations } of run.results) {
    const region = locations[0]!.physicalLocation.region
    const text = lines.slice(region.startLine - 1, region.endLine)
    text[text.length - 1] = text.at(-1)!.slice(0, region.endColumn - 1)
    text[0] = text[0]!.slice(region.startColumn - 1)
    expect(text.join('\n')).toMatch(/^(SET|ALTER)[^;]*$/)
  }
})
