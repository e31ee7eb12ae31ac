import { describe, expect, test } from 'vitest'
import { type ReviewSqlOptions, reviewSql } from '../support/review.ts'

/** In words, SQL, options; against the shop, PostgreSQL 16. */
type Case = [words: string, sql: string | Record<string, string>, options?: ReviewSqlOptions]

/** More cases than the examples of the hazards' own files show: when each fires, once, and when it does not. */
export function testCases(cases: Record<string, { fires: Case[]; silent: Case[] }>): void {
  describe.each(Object.entries(cases))('%s', (id, { fires, silent }) => {
    test.each(fires)('fires on %s', (_words, sql, options) => {
      expect(found(id, sql, options)).toBe(1)
    })

    test.each(silent)('is silent on %s', (_words, sql, options) => {
      expect(found(id, sql, options)).toBe(0)
    })
  })
}

function found(id: string, sql: Case[1], options: ReviewSqlOptions = {}): number {
  return reviewSql(sql, options).findings.filter(({ hazard }) => hazard === id).length
}
