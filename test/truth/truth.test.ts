import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadParser } from '../../src/sql/parse.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { cases } from './cases.ts'
import { type CaseRunner, caseRunner } from './run-cases.ts'

/** Every case of the catalogue is run on a real server and compared with what the model says of it. */
let server: PostgresServer
let runner: CaseRunner

beforeAll(async () => {
  await loadParser()
  server = await startPostgres()
  runner = await caseRunner(server)
})

afterAll(async () => {
  await runner?.end()
  await server?.stop()
})

describe('the model says what a PostgreSQL 17 server does', () => {
  it.each(
    cases(17).map((example) => [`${example.before ? `${example.before} → ` : ''}${example.sql}`, example] as const),
  )('%s', async (_name, item) => {
    const { differences } = await runner.run(item)
    expect(differences).toEqual(item.open ? [`the model cannot judge it: ${item.open}`] : [])
  })
})
