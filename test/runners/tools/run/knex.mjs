import { pathToFileURL } from 'node:url'
import knexModule from 'knex'
import { attempt, files, finish, url } from './common.mjs'

for (const direction of ['up', 'down']) {
  for (const { name } of direction === 'up' ? files : [...files].reverse()) {
    const db = knexModule({ client: 'pg', connection: url, pool: { min: 0, max: 2 } })
    const migrationSource = {
      getMigrations: async () => files.map((file) => file.name).filter((one) => direction === 'down' || one <= name),
      getMigrationName: (one) => one,
      getMigration: async (one) => {
        const loaded = await import(pathToFileURL(files.find((file) => file.name === one).path).href)
        return loaded.up ? loaded : loaded.default
      },
    }
    await attempt(direction, name, () =>
      db.migrate[direction]({ migrationSource, name: undefined, disableMigrationsListValidation: true }),
    )
    await db.destroy()
  }
}
await finish()
