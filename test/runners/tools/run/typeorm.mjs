import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { attempt, files, finish, url } from './common.mjs'

const { DataSource } = createRequire(import.meta.url)(process.env.TYPEORM ?? 'typeorm')
const sources = []
for (const { name, path } of files) {
  const exports = await import(pathToFileURL(path).href)
  const source = new DataSource({
    type: 'postgres',
    url,
    migrations: [
      ...new Set(
        Object.values(
          exports.default?.up || typeof exports.default !== 'object' ? exports : { ...exports, ...exports.default },
        ).filter((one) => typeof one === 'function'),
      ),
    ],
    migrationsTransactionMode: /each/.test(name) ? 'each' : 'all',
  })
  await source.initialize()
  sources.push({ name, source })
  await attempt('up', name, () => source.runMigrations())
}
for (const { name, source } of sources.reverse()) {
  await attempt('down', name, () => source.undoLastMigration(/each/.test(name) ? { transaction: 'none' } : {}))
  await source.destroy()
}
await finish()
