import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PostgresServer, startPostgres } from './support/postgres.ts'

/** The script of docs/retry.md, word for word, around a tool that gives up on a real server. */

const folder = mkdtempSync(join(tmpdir(), 'retry-'))
const script = join(folder, 'retry.sh')
const tool = join(folder, 'tool.cjs')
let server: PostgresServer

beforeAll(async () => {
  const [, text = ''] = /^```sh\n([\s\S]*?)^```/m.exec(readFileSync('docs/retry.md', 'utf8')) ?? []
  writeFileSync(script, text)
  // Each try writes a line, so that the test can count them and end the report after the second.
  writeFileSync(
    tool,
    `const { Client } = require(${JSON.stringify(createRequire(import.meta.url).resolve('pg'))})
const client = new Client({ connectionString: process.argv[2] })
client.connect()
  .then(() => client.query(process.argv[3]))
  .then(() => console.log('migrated'), (error) => { console.error(error.message); process.exitCode = 3 })
  .finally(() => client.end())`,
  )
  server = await startPostgres()
  await server.run('CREATE TABLE orders (id bigint PRIMARY KEY)')
})

afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true })
})

function run(sql: string, tries: number, onLine: (text: string) => void = () => undefined) {
  return new Promise<{ code: number; text: string }>((resolve) => {
    let text = ''
    const child = execFile('sh', [script, process.execPath, tool, server.url, sql], {
      env: { ...process.env, RETRIES: `${tries}`, PAUSE: '0' },
    })
    const collect = (data: string): void => {
      text += data
      onLine(text)
    }
    child.stdout?.on('data', collect)
    child.stderr?.on('data', collect)
    child.on('close', (code) => resolve({ code: code ?? -1, text }))
  })
}

const change = "SET lock_timeout = '200ms'; ALTER TABLE orders ADD COLUMN IF NOT EXISTS device text"

test('tries again until the report is over', async () => {
  const report = await server.connect()
  await report.query('BEGIN; SELECT * FROM orders')
  let ended: Promise<unknown> | null = null
  const { code, text } = await run(change, 50, (seen) => {
    if (ended === null && (seen.match(/tries left/g) ?? []).length >= 2) ended = report.query('COMMIT')
  })
  await report.end()
  expect(text).toContain('canceling statement due to lock timeout')
  expect(text).toContain('migrated')
  expect(code).toBe(0)
})

test('gives up after the last try, with the code of the tool', async () => {
  const report = await server.connect()
  await report.query('BEGIN; SELECT * FROM orders')
  const { code, text } = await run(change, 2)
  await report.end()
  expect(text.match(/due to lock timeout/g)).toHaveLength(2)
  expect(code).toBe(3)
})

test('any other error is no reason to try again', async () => {
  const { code, text } = await run('ALTER TABLE nothing ADD COLUMN a int', 5)
  expect(text).not.toContain('tries left')
  expect(code).toBe(3)
})
