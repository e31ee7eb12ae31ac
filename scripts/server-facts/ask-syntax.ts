import type pg from 'pg'
import { syntaxFeatures } from '../../src/catalog/syntax-features.ts'
import type { FactList } from './ask.ts'

/** The features whose example the server runs, each in a transaction that is rolled back. */
export async function askSyntax(client: pg.Client): Promise<FactList> {
  const known: FactList = []
  for (const feature of syntaxFeatures) {
    await client.query('begin')
    try {
      if (feature.before) await client.query(feature.before)
      await client.query(feature.example)
      known.push([feature.words, ''])
    } catch (error) {
      // What refuses a transaction block was understood.
      if ((error as { code?: string }).code === '25001') known.push([feature.words, ''])
    } finally {
      await client.query('rollback')
    }
  }
  return known
}
