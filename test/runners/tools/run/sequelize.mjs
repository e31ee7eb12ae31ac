import { pathToFileURL } from 'node:url'
import { Sequelize } from 'sequelize'
import { attempt, files, finish, url } from './common.mjs'

for (const direction of ['up', 'down']) {
  for (const { name, path } of direction === 'up' ? files : [...files].reverse()) {
    const sequelize = new Sequelize(url, { logging: false, pool: { max: 3 } })
    // The command line asks for what has run before: by then it knows the server's version.
    await sequelize.authenticate()
    const loaded = await import(pathToFileURL(path).href)
    const migration = loaded.default?.up ? loaded.default : loaded
    await attempt(direction, name, () =>
      migration[direction].length === 1 && /\{\s*context/.test(String(migration[direction]))
        ? migration[direction]({ context: sequelize.getQueryInterface(), name })
        : migration[direction](sequelize.getQueryInterface(), Sequelize),
    )
    await sequelize.close()
  }
}
await finish()
