import { connect, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readCatalog, readDefaults } from '../../src/replica/read-replica.ts'
import { readOnly } from '../../src/replica/session.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'

let server: PostgresServer

beforeAll(async () => {
  server = await startPostgres()
})

afterAll(async () => {
  await server?.stop()
})

const needs = { relations: [{ schema: null, name: 'orders' }], cascades: false, code: [] }

function read(url: string, limits: Partial<typeof readDefaults.limits> = {}) {
  return readCatalog(url, needs, { ...readDefaults, limits: { ...readDefaults.limits, ...limits } })
}

function changed(change: (url: URL) => void): string {
  const url = new URL(server.url)
  change(url)
  return url.href
}

/** Listens on a free port of 127.0.0.1 while `work` runs. */
async function listening<T>(accept: (socket: Socket) => void, work: (port: number) => Promise<T>): Promise<T> {
  const sockets = new Set<Socket>()
  const listener = createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    accept(socket)
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  try {
    return await work(typeof address === 'object' && address ? address.port : 0)
  } finally {
    for (const socket of sockets) socket.destroy()
    await new Promise<void>((resolve) => listener.close(() => resolve()))
  }
}

test('a closed port', async () => {
  const port = await listening(
    () => {},
    async (free) => free,
  )
  expect(await read(`postgres://reader:hidden@127.0.0.1:${port}/shop`)).toEqual({
    kind: 'unreachable',
    reason: 'The database server refuses connections.',
    retry:
      'Check that the server runs and that its address, port and firewall let Lockcast in, then run the review again.',
  })
})

test('a server that accepts and is silent', async () => {
  const facts = await listening(
    () => {},
    (port) => read(`postgres://reader:hidden@127.0.0.1:${port}/shop`, { connect: 200 }),
  )
  expect(facts).toMatchObject({ kind: 'unreachable', reason: 'The database did not answer within 0.2 s.' })
})

test('a server that falls silent after the login', async () => {
  const facts = await listening(
    (socket) => {
      const onward = connect(server.port, '127.0.0.1')
      onward.on('error', () => {}).pipe(socket)
      // Q is the first query; what comes from then on is swallowed.
      let swallow = false
      socket.on('data', (data) => {
        swallow ||= data[0] === 'Q'.charCodeAt(0)
        if (!swallow) onward.write(data)
      })
      socket.on('close', () => onward.destroy())
    },
    (port) =>
      read(
        changed((url) => (url.port = String(port))),
        { total: 500 },
      ),
  )
  expect(facts).toMatchObject({ kind: 'unreachable', reason: 'The catalog could not be read within 0.5 s.' })
})

test('a server that hangs up', async () => {
  const facts = await listening(
    (socket) => socket.end(),
    (port) => read(`postgres://reader:hidden@127.0.0.1:${port}/shop`),
  )
  expect(facts).toMatchObject({ kind: 'unreachable', reason: 'The connection to the database broke.' })
})

test('a wrong password, which is shown nowhere, nor is the role or the host', async () => {
  const facts = await read(changed((url) => (url.password = 'wrong-secret')))
  expect(facts).toMatchObject({ kind: 'unreachable', reason: 'The database rejects the role or its password.' })
  for (const secret of ['wrong-secret', 'postgres:', '127.0.0.1']) expect(JSON.stringify(facts)).not.toContain(secret)
})

test.each([
  ['no password', (url: URL) => (url.password = ''), 'The database rejects the role or its password.'],
  [
    'a database that is not there',
    (url: URL) => (url.pathname = '/nowhere'),
    'The database named in the URL does not exist.',
  ],
  [
    'TLS asked of a server without',
    (url: URL) => (url.search = '?sslmode=require'),
    'The server does not offer TLS, which the database URL asks for.',
  ],
  [
    'verify-ca without a certificate',
    (url: URL) => (url.search = '?sslmode=verify-ca'),
    'The TLS connection to the database could not be made or trusted.',
  ],
  [
    'a certificate file that is not there',
    (url: URL) => (url.search = '?sslrootcert=/nowhere/ca.pem'),
    'A certificate file or socket that the database URL names does not exist.',
  ],
])('%s', async (_, change, reason) => {
  expect(await read(changed(change))).toMatchObject({ kind: 'unreachable', reason })
})

test('a URL that is none', async () => {
  expect(await read('postgres://reader:hidden@127.0.0.1:port/shop')).toMatchObject({
    kind: 'unreachable',
    reason: 'The database URL is not a valid one.',
  })
})

test('a query that takes too long', async () => {
  const outcome = await readOnly(server.url, { ...readDefaults.limits, statement: 50 }, ({ ask }) =>
    ask('SELECT pg_sleep(30)', []),
  )
  expect(outcome).toMatchObject({
    kind: 'unreachable',
    reason: 'A query of the catalog took longer than the statement_timeout in force and was cancelled.',
  })
})
