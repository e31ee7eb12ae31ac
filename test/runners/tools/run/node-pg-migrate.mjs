import { runner } from 'node-pg-migrate'
import { attempt, files, finish, folder, url } from './common.mjs'

for (const direction of ['up', 'down']) {
  for (const { name } of direction === 'up' ? files : [...files].reverse()) {
    await attempt(direction, name, () =>
      runner({
        databaseUrl: url,
        dir: `${folder}/migrations`,
        direction,
        count: 1,
        migrationsTable: 'pgmigrations',
        checkOrder: false,
        log: () => {},
        noLock: true,
      }),
    )
  }
}
await finish()
