import { readFileSync } from 'node:fs'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CatalogSnapshot } from '../../src/catalog/snapshot.ts'
import { readWholeCatalog, wholeDefaults } from '../../src/replica/read.ts'
import { loadParser } from '../../src/sql/parse.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { cases } from './cases.ts'
import { differences } from './compare.ts'
import { observe } from './observe.ts'

/** Every case of the catalogue is run on a real server and compared with what the model says of it. */
let server: PostgresServer
let admin: pg.Client
let client: pg.Client
let snapshot: CatalogSnapshot
let changed = true

beforeAll(async () => {
  await loadParser()
  server = await startPostgres()
  admin = await server.connect()
  await admin.query('create database template_truth')
  const template = await connectTo('template_truth')
  await template.query(readFileSync(new URL('./setup.sql', import.meta.url), 'utf8'))
  await template.end()
})

afterAll(async () => {
  await client?.end()
  await admin?.end()
  await server?.stop()
})

function urlOf(database: string): string {
  const url = new URL(server.url)
  url.pathname = `/${database}`
  return url.href
}

async function connectTo(database: string): Promise<pg.Client> {
  const { Client } = (await import('pg')).default
  const connection = new Client({ connectionString: urlOf(database) })
  await connection.connect()
  return connection
}

async function readSnapshot(): Promise<CatalogSnapshot> {
  const facts = await readWholeCatalog(urlOf('truth'), wholeDefaults)
  if (facts.kind !== 'replica') throw new Error(`the catalog could not be read: ${JSON.stringify(facts)}`)
  return facts.snapshot
}

async function freshDatabase(): Promise<void> {
  if (client) await client.end()
  await admin.query('drop database if exists truth')
  await admin.query('create database truth template template_truth')
  client = await connectTo('truth')
  snapshot = await readSnapshot()
  changed = false
}

/** What the model leaves open on purpose, with the reason it gives. */
const leftOpen: Record<string, string> = {
  'drop extension citext cascade':
    'the model cannot judge it: what hangs on an extension is not read, and CASCADE drops it',
}

describe('the model says what a PostgreSQL 17 server does', () => {
  it.each(cases().map((one) => [`${one.before ? `${one.before} → ` : ''}${one.sql}`, one] as const))(
    '%s',
    async (_name, { before, sql }) => {
      if (changed) await freshDatabase()
      if (before) {
        changed = true
        await client.query(before)
        snapshot = await readSnapshot()
      }
      const timeZone = (await client.query<{ TimeZone: string }>('show timezone')).rows[0]?.TimeZone ?? null
      const seen = await observe(client, sql)
      expect(differences(sql, snapshot, timeZone ?? 'UTC', seen)).toEqual(leftOpen[sql] ? [leftOpen[sql]] : [])
    },
  )
})
