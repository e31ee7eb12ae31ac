import { describe, expect, test } from 'vitest'
import { Catalog } from '../../src/catalog/catalog.ts'
import type { CatalogSnapshot } from '../../src/catalog/snapshot.ts'
import { snapshotOf } from '../../src/catalog/snapshot-of.ts'
import { numberFormat } from '../../src/forecast/numbers.ts'
import { defaultPolicy } from '../../src/policy/policy.ts'
import { wantsBase } from '../../src/review/review.ts'
import { runMigrations } from '../../src/review/run-migrations.ts'
import { migrationsOf, reviewSql, told } from '../support/review.ts'
import { readShop } from '../support/shop.ts'

const made = 'CREATE TABLE wishlists (id bigint PRIMARY KEY, note text);'
const indexed = 'CREATE INDEX wishlists_note ON wishlists (note);'

/** What the base branch's files are taken for. */
describe('the base branch', () => {
  test('a table that is merged but not on the server is new and empty', () => {
    const reviewed = reviewSql(indexed, { facts: { base: migrationsOf({ 'base/1.sql': made }) } })
    expect(told(reviewed)).toEqual([])
    expect(reviewed.notes.join()).toContain('Merged but not on the server yet, applied first: base/1.sql.')
  })

  test.each([
    ['none was given', { kind: 'none' } as const],
    ['it cannot be reached', { kind: 'unreachable', reason: 'It refuses.', retry: 'Try again.' } as const],
  ])('without a catalog its tables are not taken for new: %s', (_words, catalog) => {
    const base = migrationsOf({ 'base/1.sql': made })
    expect(told(reviewSql(indexed, { facts: { base, catalog } }))).toContain('blocking-index-build high')
  })

  describe('tells what the functions do that stand on the server', () => {
    const fn = (body: string) => `CREATE FUNCTION note(text) RETURNS void LANGUAGE sql AS $$ ${body} $$;`
    const snapshot = snapshotAfter(fn('SELECT 1'))

    test('a call is judged by the newest body that is merged', () => {
      const base = migrationsOf({ '1.sql': fn('SELECT 1'), '2.sql': fn('DELETE FROM campaigns') })
      expect(told(reviewSql("SELECT note('a');", { snapshot }))).toContain('cannot-be-judged medium')
      expect(wantsBase(reviewSql("SELECT note('a');", { snapshot }))).toBe(true)
      const reviewed = reviewSql("SELECT note('a');", { snapshot, facts: { base } })
      expect(told(reviewed)).toContain('delete-without-where high')
      expect(told(reviewed)).not.toContain('cannot-be-judged medium')
    })

    test('one that the server has no more stays missing', () => {
      const gone = 'CREATE FUNCTION gone() RETURNS void LANGUAGE sql AS $$ SELECT 1 $$;'
      const base = migrationsOf({ '1.sql': `CREATE TABLE campaigns (id int); ${gone}` })
      expect(told(reviewSql('SELECT gone();', { snapshot, facts: { base } }))).toContain('cannot-be-judged medium')
    })
  })
})

/** The shop after these statements, as the next review reads it: names of functions, and no bodies. */
function snapshotAfter(sql: string): CatalogSnapshot {
  const catalog = new Catalog({ snapshot: readShop(), knowledge: 'read', serverVersion: 160_000 })
  runMigrations(migrationsOf(sql), catalog, defaultPolicy, 1, numberFormat('exact'))
  return snapshotOf(catalog)
}
