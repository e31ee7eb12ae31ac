import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../src/server/config.ts'
import { databasesOf } from '../../src/server/databases.ts'

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
const key = String(privateKey.export({ type: 'pkcs1', format: 'pem' }))
const good = { APP_ID: '1', PRIVATE_KEY: key, WEBHOOK_SECRET: 'a-secret-of-32-characters-012345' }
const url = 'postgres://lockcast:hunter2@replica/shop'

const folder = mkdtempSync(join(tmpdir(), 'lockcast-config-'))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0

function file(text: string): string {
  const path = join(folder, `${++files}.yml`)
  writeFileSync(path, text)
  return path
}

describe('what is refused, by name', () => {
  test.each<[string, NodeJS.ProcessEnv, string]>([
    ['no app id', { ...good, APP_ID: undefined }, 'APP_ID is missing'],
    ['no private key', { ...good, PRIVATE_KEY: undefined }, 'PRIVATE_KEY or PRIVATE_KEY_PATH is missing'],
    ['a key that is none', { ...good, PRIVATE_KEY: 'aGVsbG8=' }, 'PRIVATE_KEY does not hold a private key'],
    ['a key that was cut', { ...good, PRIVATE_KEY: key.slice(0, 200) }, 'PRIVATE_KEY does not hold a private key'],
    ['an address without a scheme', { ...good, GITHUB_API_URL: 'github.example.com' }, 'GITHUB_API_URL is not the'],
    [
      'a key file that is not there',
      { ...good, PRIVATE_KEY: undefined, PRIVATE_KEY_PATH: '/nowhere' },
      'PRIVATE_KEY_PATH names a file',
    ],
    ['no webhook secret', { ...good, WEBHOOK_SECRET: '' }, 'WEBHOOK_SECRET is missing'],
    ['a secret that is guessed at once', { ...good, WEBHOOK_SECRET: 'secret' }, 'WEBHOOK_SECRET is too easy to guess'],
    ['a short secret', { ...good, WEBHOOK_SECRET: 'x7Gq2' }, 'WEBHOOK_SECRET is too easy to guess'],
    ['an old secret that is weak', { ...good, WEBHOOK_SECRET_OLD: 'test' }, 'WEBHOOK_SECRET_OLD is too easy'],
    [
      'a store that is no address',
      { ...good, LOCKCAST_STORE_URL: 'db:5432' },
      'LOCKCAST_STORE_URL is not a connection',
    ],
    ['the public default secret', { ...good, WEBHOOK_SECRET: 'development' }, 'WEBHOOK_SECRET is `development`'],
    ['a database for nobody', { ...good, LOCKCAST_REPLICA_URL: url }, 'LOCKCAST_REPLICA_REPOSITORIES is missing'],
    [
      'a database for everybody',
      { ...good, LOCKCAST_REPLICA_URL: url, LOCKCAST_REPLICA_REPOSITORIES: '*' },
      '* is not owner/name',
    ],
    ['a port that is none', { ...good, PORT: 'http' }, 'PORT is not a port number'],
    ['a log level that shows bodies', { ...good, LOG_LEVEL: 'debug' }, 'LOG_LEVEL is not one of'],
    [
      'an unknown key',
      { ...good, LOCKCAST_CONFIG: file('databases: {}\ndatabase: {}\n') },
      'LOCKCAST_CONFIG: Unrecognized key: "database"',
    ],
    [
      'a database with two sources',
      {
        ...good,
        LOCKCAST_CONFIG: file('databases: { shop: { url_env: SHOP, snapshot: a.json, repositories: [acme/shop] } }'),
      },
      'shop needs url_env or snapshot, one of them',
    ],
    [
      'a database without a source',
      { ...good, LOCKCAST_CONFIG: file('databases: { shop: { repositories: [acme/shop] } }') },
      'shop needs url_env or snapshot, one of them',
    ],
    [
      'a database whose address is not set',
      { ...good, LOCKCAST_CONFIG: file('databases: { shop: { url_env: SHOP_URL, repositories: [acme/shop] } }') },
      'SHOP_URL is missing',
    ],
    [
      'a primary whose address is not set',
      {
        ...good,
        LOCKCAST_CONFIG: file(
          'databases: { shop: { url_env: SHOP_URL, activity_env: SHOP_PRIMARY, repositories: [acme/shop] } }',
        ),
        SHOP_URL: url,
      },
      'SHOP_PRIMARY is missing: LOCKCAST_CONFIG takes the primary of database shop from it.',
    ],
    [
      'a second database to which no migration could belong',
      {
        ...good,
        LOCKCAST_CONFIG: file(
          'databases: { shop: { url_env: SHOP_URL, repositories: [acme/*] }, bill: { url_env: SHOP_URL, repositories: [acme/bill] } }',
        ),
        SHOP_URL: url,
      },
      'bill: all migrations of acme/bill belong to shop already',
    ],
    [
      'a primary beside a file that names databases',
      { ...good, LOCKCAST_CONFIG: file('databases: {}'), LOCKCAST_ACTIVITY_URL: url },
      'LOCKCAST_ACTIVITY_URL and LOCKCAST_CONFIG are both set',
    ],
    ['a primary without a replica', { ...good, LOCKCAST_ACTIVITY_URL: url }, 'set without LOCKCAST_REPLICA_URL'],
  ])('%s', (_, env, sentence) => {
    const { config, problems } = readConfig(env)
    expect(config).toBeNull()
    expect(problems.join('\n')).toContain(sentence)
    expect(problems.join('\n')).not.toContain('hunter2')
  })
})

test('every problem is told at once', () => {
  expect(readConfig({}).problems).toHaveLength(3)
})

test('a key in one line with \\n, or in base64, is a key', () => {
  const folded = readConfig({ ...good, PRIVATE_KEY: key.replaceAll('\n', '\\n') })
  const encoded = readConfig({ ...good, PRIVATE_KEY: Buffer.from(key).toString('base64') })
  expect([folded.config?.privateKey, encoded.config?.privateKey]).toEqual([key, key])
})

test('one database for a list of repositories', () => {
  const env = { ...good, LOCKCAST_REPLICA_URL: url, LOCKCAST_REPLICA_REPOSITORIES: 'acme/shop, beta/*' }
  expect(readConfig(env).config?.databases).toEqual([
    {
      name: 'replica',
      from: { kind: 'url', url },
      profilePath: null,
      activityUrl: null,
      migrations: null,
      repositories: ['acme/shop', 'beta/*'],
    },
  ])
})

test('several databases from a file, their addresses from the environment', () => {
  const path = file('databases:\n  shop: { url_env: SHOP_URL, repositories: [acme/shop] }\n')
  const { config } = readConfig({ ...good, LOCKCAST_CONFIG: path, SHOP_URL: url })
  expect(config?.databases).toEqual([
    {
      name: 'shop',
      from: { kind: 'url', url },
      profilePath: null,
      activityUrl: null,
      migrations: null,
      repositories: ['acme/shop'],
    },
  ])
})

test('a snapshot file that somebody hands over stands in for the address, and a profile may lie beside', () => {
  const path = file(
    'databases:\n  shop: { snapshot: /data/shop.json, profile: /data/p.json, repositories: [acme/shop] }\n',
  )
  expect(readConfig({ ...good, LOCKCAST_CONFIG: path }).config?.databases).toEqual([
    {
      name: 'shop',
      from: { kind: 'snapshot', path: '/data/shop.json' },
      profilePath: '/data/p.json',
      activityUrl: null,
      migrations: null,
      repositories: ['acme/shop'],
    },
  ])
})

const shop = {
  name: 'shop',
  from: { kind: 'url' as const, url: 'a' },
  profilePath: null,
  activityUrl: null,
  migrations: null,
  repositories: ['acme/shop'],
}

test('a repository gets the databases that list it, and none when none does', () => {
  const databases = [shop, { ...shop, name: 'beta', repositories: ['beta/*', 'acme/shop'] }]
  const sources = { catalog: async () => ({ kind: 'none' as const }), activity: null }
  const find = databasesOf(databases.map((database) => ({ database, sources })))
  const names = (repository: string) => find(repository).map(({ name }) => name)
  expect(names('Acme/Shop')).toEqual(['shop', 'beta'])
  expect(names('beta/anything')).toEqual(['beta'])
  for (const other of ['acme/shop2', 'acme/other', 'betamax/shop', 'x/acme/shop']) expect(names(other)).toEqual([])
})

test('two databases share a repository by their migrations, and each may have its primary', () => {
  const path = file(`databases:
  shop: { url_env: SHOP_URL, activity_env: SHOP_PRIMARY, repositories: [acme/shop] }
  billing: { url_env: BILLING_URL, repositories: [acme/shop], migrations: ['billing/**'] }
`)
  const env = { ...good, LOCKCAST_CONFIG: path, SHOP_URL: url, BILLING_URL: url, SHOP_PRIMARY: 'postgres://primary' }
  const { config, problems } = readConfig(env)
  expect(problems).toEqual([])
  expect(config?.databases.map(({ name, activityUrl, migrations }) => [name, activityUrl, migrations])).toEqual([
    ['shop', 'postgres://primary', null],
    ['billing', null, ['billing/**']],
  ])
})

test('the activity of the one database comes from LOCKCAST_ACTIVITY_URL', () => {
  const env = { ...good, LOCKCAST_REPLICA_URL: url, LOCKCAST_REPLICA_REPOSITORIES: 'acme/shop' }
  const read = readConfig({ ...env, LOCKCAST_ACTIVITY_URL: 'postgres://primary' })
  expect(read.config?.databases[0]?.activityUrl).toBe('postgres://primary')
})
