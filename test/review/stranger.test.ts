import { expect, test } from 'vitest'
import type { CatalogSnapshot } from '../../src/catalog/snapshot.ts'
import { defaultPolicy } from '../../src/policy/policy.ts'
import { json } from '../../src/report/json.ts'
import { nothingGathered } from '../../src/review/facts.ts'
import { gatherAndReview, reviewCore } from '../../src/review/gather-and-review.ts'
import { migrationsOf } from '../support/review.ts'
import { readShop } from '../support/shop.ts'

/** The base branch's files of a public repository: the names that anybody may know. */
const publicFiles = `
  CREATE TABLE customers (id bigint PRIMARY KEY, email text);
  CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers, total numeric, status text);
  CREATE INDEX orders_customer_id ON orders (customer_id);`

/** Statements with a name that a stranger guesses. */
const questions = [
  (guess: string) => `DROP INDEX ${guess}`,
  (guess: string) => `DROP INDEX CONCURRENTLY ${guess}`,
  (guess: string) => `DROP INDEX IF EXISTS ${guess}`,
  (guess: string) => `REINDEX INDEX ${guess}`,
  (guess: string) => `ALTER INDEX ${guess} RENAME TO renamed`,
  (guess: string) => `CREATE INDEX ${guess} ON orders (total)`,
  (guess: string) => `CREATE INDEX IF NOT EXISTS ${guess} ON orders (total)`,
  (guess: string) => `DROP TABLE ${guess}`,
  (guess: string) => `DROP TABLE IF EXISTS ${guess}`,
  (guess: string) => `CREATE TABLE ${guess} (id int)`,
  (guess: string) => `CREATE TABLE IF NOT EXISTS ${guess} (id int)`,
  (guess: string) => `ALTER TABLE ${guess} ADD COLUMN note text`,
  (guess: string) => `CREATE INDEX ON ${guess} (id)`,
  (guess: string) => `SELECT * FROM ${guess}`,
  (guess: string) => `INSERT INTO ${guess} SELECT * FROM orders`,
  (guess: string) => `TRUNCATE ${guess}`,
  (guess: string) => `VACUUM FULL ${guess}`,
  (guess: string) => `CREATE VIEW ${guess} AS SELECT 1 AS one`,
  (guess: string) => `DROP VIEW ${guess}`,
  (guess: string) => `DROP SEQUENCE ${guess}`,
  (guess: string) => `CREATE SEQUENCE ${guess}`,
  (guess: string) => `ALTER TABLE orders ADD COLUMN ${guess} text`,
  (guess: string) => `ALTER TABLE orders ADD COLUMN IF NOT EXISTS ${guess} text`,
  (guess: string) => `ALTER TABLE orders DROP COLUMN ${guess}`,
  (guess: string) => `ALTER TABLE orders DROP COLUMN IF EXISTS ${guess}`,
  (guess: string) => `ALTER TABLE orders ALTER COLUMN ${guess} SET NOT NULL`,
  (guess: string) => `ALTER TABLE orders RENAME COLUMN ${guess} TO renamed`,
  (guess: string) => `UPDATE orders SET total = 0 WHERE ${guess} = 1`,
  (guess: string) => `CREATE INDEX ON orders (${guess})`,
  (guess: string) => `ALTER TABLE orders DROP CONSTRAINT ${guess}`,
  (guess: string) => `ALTER TABLE orders DROP CONSTRAINT IF EXISTS ${guess}`,
  (guess: string) => `ALTER TABLE orders VALIDATE CONSTRAINT ${guess}`,
  (guess: string) => `ALTER TABLE orders ADD CONSTRAINT ${guess} CHECK (total > 0)`,
  (guess: string) => `ALTER TABLE orders ADD CONSTRAINT added UNIQUE USING INDEX ${guess}`,
  (guess: string) => `DROP TRIGGER ${guess} ON orders`,
  (guess: string) => `DROP TYPE ${guess}`,
  (guess: string) => `CREATE TYPE ${guess} AS ENUM ('a')`,
  (guess: string) => `ALTER TABLE orders ADD COLUMN added ${guess}`,
  (guess: string) => `DROP FUNCTION ${guess}`,
  (guess: string) => `DROP SCHEMA ${guess}`,
  (guess: string) => `CREATE SCHEMA ${guess}`,
  (guess: string) => `ALTER PUBLICATION ${guess} ADD TABLE orders`,
  (guess: string) => `ALTER TABLE orders RENAME TO ${guess}`,
  (guess: string) => `DO $$ BEGIN EXECUTE 'DROP INDEX ${guess}'; END $$`,
]

/** One name of each kind that the shop's database has and its public files do not contain. */
function secrets({ relations, types, functions }: CatalogSnapshot): string[] {
  const orders = relations.find(({ name }) => name === 'orders')
  const said = new Set([...(publicFiles.match(/\w+/g) ?? []), 'orders_customer_id_fkey', 'orders_pkey'])
  const kinds = [
    relations,
    orders?.columns,
    orders?.constraints,
    orders?.indexes.filter(({ primary }) => !primary),
    orders?.triggers,
    types,
    functions,
  ]
  return kinds.flatMap(
    (named) => named?.find(({ name }) => !said.has(name) && /^[a-z]+_[a-z_]+$/.test(name))?.name ?? [],
  )
}

/** Everything that leaves the process for one question. The guess itself is the stranger's, so it is replaced. */
async function answer(snapshot: CatalogSnapshot, sql: string, guess: string): Promise<string> {
  const migration = (path: string, text: string) => migrationsOf({ [path]: text })
  const review = await gatherAndReview(
    {
      migrations: migration('migrations/2.sql', `${sql};`),
      policy: defaultPolicy,
      catalog: async () => ({ kind: 'replica', snapshot }),
      activity: null,
      code: async () => null,
      history: null,
      base: async () => migration('migrations/1.sql', publicFiles),
      postgresVersion: null,
      now: nothingGathered.now,
      disclosure: 'buckets',
      skipped: [],
    },
    reviewCore,
  )
  // Fingerprints and the ids of plans are hashes over the guess.
  const findings = review.findings.map((finding) => ({
    ...finding,
    fingerprint: '',
    alternative: finding.alternative && { ...finding.alternative, id: '' },
  }))
  return json({ ...review, findings })
    .replaceAll(guess, 'GUESS')
    .replaceAll(guess.toUpperCase(), 'GUESS')
}

test('a guessed name gets the same answer whether the database has it or not', async () => {
  const snapshot = readShop()
  const guesses = secrets(snapshot)
  expect(guesses.length).toBeGreaterThan(3)
  const different: string[] = []
  for (const guess of guesses) {
    // A name of the same length that exists nowhere.
    const nowhere = `q${guess.slice(1, -1)}q`
    for (const question of questions) {
      const [known, unknown] = [
        await answer(snapshot, question(guess), guess),
        await answer(snapshot, question(nowhere), nowhere),
      ]
      if (known !== unknown) different.push(question(guess))
    }
  }
  expect(different).toEqual([])
})
