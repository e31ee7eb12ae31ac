import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CatalogSnapshot } from '../../src/catalog/snapshot.ts'
import { defaultPolicy } from '../../src/policy/policy.ts'
import { readWholeCatalog, wholeDefaults } from '../../src/replica/read-replica.ts'
import { alternativeMigrations, before } from '../support/alternatives.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { migrationsOf, reviewSql } from '../support/review.ts'

/** What Lockcast says to do instead is SQL that people copy: it runs, also over odd names and shapes, on a real server. */

const schema = `CREATE SCHEMA "Odd Sch";
CREATE TABLE "Odd Sch"."Ord""ers" ("Id" serial PRIMARY KEY, "user" text, "From" varchar(40), n int, b bigint, ref int);
INSERT INTO "Odd Sch"."Ord""ers" ("user", "From", n, b) SELECT 'u' || g, 'f', g, g FROM generate_series(1, 50) g;
CREATE TABLE plain (id int PRIMARY KEY, a text, b text DEFAULT 'x' NOT NULL, c int, d numeric(10, 2), e varchar(30) UNIQUE, f date, g boolean, j json);
INSERT INTO plain SELECT g, 'a' || g, 'b', g, g, 'e' || g, now(), NULL, '[]' FROM generate_series(1, 50) g;
CREATE INDEX plain_expr ON plain (lower(a));
CREATE INDEX plain_part ON plain (c) WHERE c > 10;
CREATE UNIQUE INDEX plain_uc ON plain (a, c);
CREATE TABLE kids (id bigserial PRIMARY KEY, plain_id int REFERENCES plain ON DELETE CASCADE, x text, a text);
INSERT INTO kids (plain_id) SELECT g FROM generate_series(1, 50) g;
CREATE TABLE parts (id int, day date NOT NULL, v text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO parts SELECT g, '2025-01-01'::date + g * 10, 'v' FROM generate_series(1, 50) g;
CREATE DOMAIN dom AS text;
CREATE TABLE doms (id int PRIMARY KEY, x dom);
INSERT INTO doms SELECT g, 'x' FROM generate_series(1, 50) g;
CREATE TABLE gen (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int, t int GENERATED ALWAYS AS (a * 2) STORED);
INSERT INTO gen (a) SELECT g FROM generate_series(1, 50) g;
CREATE TABLE seen (id int PRIMARY KEY, v int);
INSERT INTO seen SELECT g, g FROM generate_series(1, 50) g;
CREATE VIEW seen_view AS SELECT v FROM seen;
CREATE VIEW seen_twice AS SELECT v FROM seen_view;
ANALYZE;`

const odd = '"Odd Sch"."Ord""ers"'

const statements = [
  `ALTER TABLE ${odd} ALTER COLUMN "Id" TYPE bigint`,
  `ALTER TABLE ${odd} ALTER COLUMN "From" SET NOT NULL`,
  `ALTER TABLE ${odd} ALTER COLUMN "From" TYPE varchar(20)`,
  `ALTER TABLE ${odd} ALTER COLUMN n TYPE text USING ("user" || n::text)`,
  `ALTER TABLE ${odd} ADD CONSTRAINT "My Check" CHECK (n > 0)`,
  `ALTER TABLE ${odd} ADD CONSTRAINT uq UNIQUE ("user", n)`,
  `CREATE INDEX "My Idx" ON ${odd} (lower("user") DESC NULLS LAST) WHERE n > 5`,
  `CREATE UNIQUE INDEX ON ${odd} ("user", n) INCLUDE (b)`,
  `ALTER TABLE ${odd} ADD COLUMN "New Col" uuid DEFAULT gen_random_uuid() NOT NULL`,
  `ALTER TABLE ${odd} ADD COLUMN z int GENERATED ALWAYS AS (n * 2) STORED`,
  `ALTER TABLE ${odd} RENAME COLUMN "user" TO "User Name"`,
  `ALTER TABLE ${odd} RENAME TO "Neue"`,
  `UPDATE ${odd} SET "user" = 'x'`,
  `UPDATE ${odd} AS q SET "user" = q."From" WHERE q.n > 5`,
  `DELETE FROM ${odd} WHERE n % 2 = 0`,
  `ALTER TABLE ${odd} ADD FOREIGN KEY (ref) REFERENCES plain`,
  'ALTER TABLE plain ALTER COLUMN id TYPE bigint',
  'ALTER TABLE plain ALTER COLUMN c TYPE bigint',
  'ALTER TABLE plain ALTER COLUMN a TYPE varchar(50)',
  'ALTER TABLE plain ALTER COLUMN b TYPE varchar(50)',
  'ALTER TABLE plain ALTER COLUMN d TYPE numeric(12, 4)',
  'ALTER TABLE plain ALTER COLUMN f TYPE timestamptz',
  'ALTER TABLE plain ALTER COLUMN g TYPE int USING (CASE WHEN plain.g THEN 1 ELSE 0 END)',
  'ALTER TABLE plain DROP COLUMN a, ADD COLUMN h serial',
  'ALTER TABLE plain ADD COLUMN s serial',
  'ALTER TABLE plain ADD COLUMN k bigint REFERENCES kids',
  'ALTER TABLE plain ADD COLUMN u text UNIQUE',
  "ALTER TABLE plain ADD COLUMN u text DEFAULT 'a' || random()",
  'ALTER TABLE plain RENAME COLUMN e TO "E Mail"',
  'ALTER TABLE plain RENAME COLUMN j TO k',
  "UPDATE plain SET j = '{}'",
  'UPDATE plain p SET a = k.x FROM kids k WHERE k.plain_id = p.id',
  'WITH old AS (SELECT id FROM plain WHERE c > 3) UPDATE plain SET b = $$y$$ FROM old WHERE old.id = plain.id',
  'DELETE FROM kids USING plain p WHERE p.id = kids.plain_id',
  'UPDATE plain SET c = c + 1',
  'ALTER TABLE plain DROP CONSTRAINT plain_pkey CASCADE',
  'DROP INDEX plain_expr; CREATE INDEX plain_expr ON plain (upper(a))',
  'ALTER TABLE kids ADD CONSTRAINT k2 FOREIGN KEY (plain_id) REFERENCES plain (id) ON DELETE SET NULL, ADD CHECK (id > 0)',
  'ALTER TABLE kids ALTER COLUMN plain_id TYPE bigint',
  'CREATE INDEX ON parts (v)',
  'ALTER TABLE parts ADD UNIQUE (v, day, id)',
  'ALTER TABLE parts ALTER COLUMN v SET NOT NULL',
  'ALTER TABLE parts ADD CHECK (id > 0)',
  "UPDATE parts SET v = 'y'",
  "ALTER DOMAIN dom ADD CONSTRAINT dc CHECK (value <> '')",
  'ALTER TABLE gen ALTER COLUMN a TYPE bigint',
  'ALTER TABLE gen ALTER COLUMN id TYPE bigint',
  'REINDEX TABLE plain',
  'VACUUM FULL plain',
  'ALTER TABLE seen ALTER COLUMN v TYPE bigint',
  'ALTER TABLE seen DROP COLUMN v',
  'DROP TABLE seen',
]

let server: PostgresServer
let snapshot: CatalogSnapshot
let databases = 0

beforeAll(async () => {
  server = await startPostgres()
  await server.run('CREATE DATABASE template')
  await within('template', (client) => client.query(schema))
  const facts = await readWholeCatalog(urlOf('template'), wholeDefaults)
  if (facts.kind !== 'replica') throw new Error('the catalog could not be read')
  snapshot = { ...facts.snapshot, relations: facts.snapshot.relations.map(enlarged) }
})

afterAll(() => server?.stop())

/** As large as what blocks a merge. */
function enlarged(relation: CatalogSnapshot['relations'][number]): CatalogSnapshot['relations'][number] {
  const { size } = relation
  return size.rows ? { ...relation, size: { ...size, rows: 40_000_000, heapBytes: 8e9, indexBytes: 2e9 } } : relation
}

function urlOf(database: string): string {
  const url = new URL(server.url)
  url.pathname = `/${database}`
  return url.href
}

async function within<T>(database: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: urlOf(database) })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

test.each(statements)('the ways out of %s run', async (sql) => {
  const text = `SET lock_timeout = '3s';\n${sql};`
  const { findings } = reviewSql(text, { snapshot })
  expect(findings).not.toEqual([])
  for (const finding of findings) {
    const { alternative } = finding
    if (!alternative || alternative.steps.length === 0) continue
    const name = `run_${++databases}`
    await server.run(`CREATE DATABASE ${name} TEMPLATE template`)
    await within(name, async (client) => {
      for (const { statements } of before(finding, migrationsOf(text)))
        for (const statement of statements) await client.query(statement.sql ?? '')
      for (const file of alternativeMigrations(alternative.steps, defaultPolicy)) {
        const transaction = file.wrapping === 'transaction'
        if (transaction) await client.query('BEGIN')
        for (const statement of file.statements) await client.query(statement.sql ?? '')
        if (transaction) await client.query('COMMIT')
      }
    }).catch((error: Error) => {
      throw new Error(`${finding.hazard}: ${error.message}\n${alternative.steps.map((step) => step.sql).join('\n')}`)
    })
  }
})
