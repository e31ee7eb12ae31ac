import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CatalogSnapshot } from '../../src/catalog/snapshot.ts'
import { collect } from '../../src/cli/files.ts'
import { prepareLanguages } from '../../src/languages/prepare-languages.ts'
import { defaultPolicy } from '../../src/policy/policy.ts'
import { readCatalog, readDefaults, readWholeCatalog, wholeDefaults } from '../../src/replica/read-replica.ts'
import type { CatalogFacts, Needs } from '../../src/review/facts.ts'
import { gatherAndReview, reviewCore } from '../../src/review/gather-and-review.ts'
import { readMigrations } from '../../src/runners/read-migrations.ts'
import { loadParser } from '../../src/sql/parse.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { makeShop } from '../support/shop.ts'

/** What `lockcast snapshot` writes to a file must serve as well as the database itself. */
let server: PostgresServer
let written: CatalogSnapshot

beforeAll(async () => {
  await loadParser()
  server = await startPostgres()
  const client = await server.connect()
  await makeShop(client).finally(() => client.end())
  const whole = await readWholeCatalog(server.url, wholeDefaults)
  if (whole.kind !== 'replica') throw new Error(JSON.stringify(whole))
  written = JSON.parse(JSON.stringify(whole.snapshot)) as CatalogSnapshot
})

afterAll(() => server?.stop())

/** The review with the words for source and age taken out. */
async function reviewFrom(folder: string, catalog: (needs: Needs) => Promise<CatalogFacts>): Promise<unknown> {
  const { files, project } = collect([folder], defaultPolicy)
  await prepareLanguages(files.map(({ path }) => path))
  const reviewed = await gatherAndReview(
    {
      migrations: readMigrations(files, project, defaultPolicy),
      policy: defaultPolicy,
      catalog,
      activity: null,
      base: null,
      code: async () => null,
      history: null,
      postgresVersion: null,
      now: null,
      disclosure: 'exact',
      skipped: [],
    },
    reviewCore,
  )
  // What is missing or taken is explained by the source: a snapshot can be old.
  const findings = reviewed.findings.map((finding) =>
    finding.hazard === 'unknown-relation' ? { ...finding, why: null } : finding,
  )
  return { ...reviewed, findings, catalog: null, catalogTakenAt: null }
}

const folders = ['migrations', 'demo', 'scenarios'].flatMap((kind) =>
  readdirSync(`fixtures/${kind}`).map((name) => `fixtures/${kind}/${name}`),
)

describe('a review from the snapshot file equals the review from the database', () => {
  test.each(folders)('%s', async (folder) => {
    const fromFile = await reviewFrom(folder, async () => ({ kind: 'snapshot', snapshot: written }))
    const fromDatabase = await reviewFrom(folder, (needs) => readCatalog(server.url, needs, readDefaults))
    expect(fromFile).toEqual(fromDatabase)
  })
})
