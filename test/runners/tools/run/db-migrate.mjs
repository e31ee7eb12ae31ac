import { createRequire } from 'node:module'
import { attempt, files, finish, folder, url } from './common.mjs'

const DBMigrate = createRequire(import.meta.url)('db-migrate')
const made = () =>
  DBMigrate.getInstance(true, {
    cwd: folder,
    cmdOptions: { 'migrations-dir': `${folder}/migrations` },
    config: { dev: { driver: 'pg', ...parts(url) } },
    env: 'dev',
    throwUncatched: true,
  })
function parts(address) {
  const { hostname, port, username, password, pathname } = new URL(address)
  return { host: hostname, port, user: username, password: decodeURIComponent(password), database: pathname.slice(1) }
}
const scripts = files.filter(({ name }) => name.endsWith('.js'))
for (const { name } of scripts) await attempt('up', name, () => made().up(1))
for (const { name } of [...scripts].reverse()) await attempt('down', name, () => made().down(1))
await finish()
