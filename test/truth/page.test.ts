import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { cases, isOnPage } from './cases.ts'

/** The page is written from six servers; here only that none of its cases is missing or gone. */
it('docs/locks.md has every case of the catalogue: npm run truth -- --docs writes it', () => {
  const page = readFileSync(new URL('../../docs/locks.md', import.meta.url), 'utf8')
  const listed = cases().filter(isOnPage)
  const missing = listed.filter(({ sql }) => !page.includes(sql.replace(/\s+/g, ' ').replaceAll('|', '\\|')))
  expect(missing.map(({ sql }) => sql)).toEqual([])
  expect(page).toContain(`${listed.length} statements`)
})
