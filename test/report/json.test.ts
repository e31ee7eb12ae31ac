import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { beforeAll, describe, expect, test } from 'vitest'
import { catalogSnapshot } from '../../src/catalog/snapshot.ts'
import { collect } from '../../src/cli/files.ts'
import { prepareLanguages } from '../../src/languages/prepare-languages.ts'
import { defaultPolicy } from '../../src/policy/policy.ts'
import { json } from '../../src/report/json.ts'
import type { CatalogFacts } from '../../src/review/facts.ts'
import { gatherAndReview, reviewCore } from '../../src/review/gather-and-review.ts'
import { readMigrations } from '../../src/runners/read-migrations.ts'
import { loadParser } from '../../src/sql/parse.ts'

const validate = formats
  .default(new Ajv2020({ allErrors: true, allowUnionTypes: true }))
  .compile(JSON.parse(readFileSync('schema/review.json', 'utf8')) as object)

const catalogs: Record<string, CatalogFacts> = {
  'the snapshot of a shop': {
    kind: 'snapshot',
    snapshot: catalogSnapshot.parse(JSON.parse(readFileSync('fixtures/catalogs/shop.json', 'utf8'))),
  },
  'no database': { kind: 'none' },
  'an empty database': { kind: 'empty', sizes: { 'public.orders': { rows: 2_000_000, bytes: 200_000_000 } } },
  'a database that cannot be reached': { kind: 'unreachable', reason: 'It refuses.', retry: 'Try again.' },
}

beforeAll(loadParser)

describe.each(Object.keys(catalogs))('with %s, what is printed fits schema/review.json', (name) => {
  test.each([
    ...readdirSync('fixtures/migrations').map((folder) => `fixtures/migrations/${folder}`),
    ...readdirSync('fixtures/demo').map((folder) => `fixtures/demo/${folder}`),
    ...readdirSync('fixtures/scenarios').map((folder) => `fixtures/scenarios/${folder}`),
  ])('%s', async (folder) => {
    const { files, project } = collect([folder], defaultPolicy)
    await prepareLanguages(files.map(({ path }) => path))
    const reviewed = await gatherAndReview(
      {
        migrations: readMigrations(files, project, defaultPolicy),
        policy: defaultPolicy,
        catalog: async () => catalogs[name] ?? { kind: 'none' },
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
    validate(JSON.parse(json(reviewed)))
    expect(validate.errors ?? []).toEqual([])
  })
})
