import { pathToFileURL } from 'node:url'
import { Migrator } from '@mikro-orm/migrations'
import { MikroORM } from '@mikro-orm/postgresql'
import { attempt, files, finish, url } from './common.mjs'

for (const direction of ['up', 'down']) {
  const all = direction === 'up' ? files : [...files].reverse()
  const list = []
  for (const { name, path } of files)
    list.push({
      name: name.replace(/\.\w+$/, ''),
      class: Object.values(await import(pathToFileURL(path).href)).find((one) => one?.prototype?.up),
    })
  const orm = await MikroORM.init({
    clientUrl: url,
    dbName: new URL(url).pathname.slice(1),
    entities: [],
    discovery: { warnWhenNoEntities: false },
    extensions: [Migrator],
    migrations: { migrationsList: list, snapshot: false },
  })
  for (const { name } of all)
    await attempt(direction, name, () => orm.migrator[direction]({ migrations: [name.replace(/\.\w+$/, '')] }))
  await orm.close()
}
await finish()
