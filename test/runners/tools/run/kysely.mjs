import { pathToFileURL } from 'node:url'
import { Kysely, PostgresDialect } from 'kysely'
import { Migrator } from 'kysely/migration'
import pg from 'pg'
import { attempt, files, finish, url } from './common.mjs'

const db = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url }) }) })
const migrations = {}
for (const { name, path } of files) migrations[name] = await import(pathToFileURL(path).href)
const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
for (const direction of ['up', 'down']) {
  for (const { name } of direction === 'up' ? files : [...files].reverse()) {
    await attempt(direction, name, async () => {
      const { error } = direction === 'up' ? await migrator.migrateTo(name) : await migrator.migrateDown()
      if (error) throw error
    })
  }
}
await db.destroy()
await finish()
