import { absent } from '../languages/javascript/javascript-values.ts'
import { codeMigrations, unreadableCode } from './code/code-migrations.ts'
import { field, isSet } from './code/given.ts'
import { knex } from './code/knex/client.ts'
import { configSays, nodeClaim, packageFile } from './code/node-files.ts'
import { definesUp, nodeMarker } from './code/node-marker.ts'
import { exportedFunction, exportedValue, readScript, Script } from './code/script.ts'
import type { Migration, Project, Runner, SqlFile } from './runner.ts'
import { folderOf, naturalOrder } from './sql-file.ts'

const named = /"(?:knex|objection|@adonisjs\/lucid)"\s*:/
const settings = /(^|\/)[^/]*knex[^/]*\.(?:[cm]?[jt]s|json)$/i

/**
 * Knex's migrations: `up(knex)` and `down(knex)`. One BEGIN for all pending files, until one of them sets
 * `config.transaction` to false: then each file has its own or none (migrations/migrate/migrator.js, _runBatch; seen with
 * 3.3.0).
 */
export const runner: Runner = {
  name: 'knex',
  title: 'Knex',
  about: {
    files: '`migrations/<time>_<name>.js` or `.ts` with `up(knex)`',
    transaction: 'one transaction for all pending files; one or none a file as soon as one opts out',
  },
  historyTables: ['knex_migrations', 'knex_migrations_lock'],
  config: new RegExp(`${packageFile.source}|${settings.source}`, 'i'),
  reads: /\.[cm]?[jt]s$/,
  marker: nodeMarker(/\b(?:knex|Knex)\.schema\b|from\s*['"]knex['"]|\bknex\.raw\(|import\(['"]knex['"]\)\.Knex/),
  shape: definesUp,
  words: /\b[kK]nex\b|\bschema\s*\.\w+\([^;{]{0,200}?(?:=>|\bfunction\b)/,
  claims: (path, project) => nodeClaim(path, project, named),
  compare: naturalOrder,
  applied: {
    edited: 'Knex does not run it again where it has run',
    removed: 'Knex refuses to run while a file that it has run is missing',
    renamed: 'Knex knows it by its name: it refuses to run while the old name is missing',
    late: { does: 'runs', words: 'Knex runs it after those that databases have, and before them on new ones' },
    checksum: false,
    version: () => null,
  },
  together,
  read,
}

function read(file: SqlFile, project: Project): Migration[] {
  const isOff = configSays(file.path, project, settings, /\bdisableTransactions\s*:\s*true\b/)
  const how = {
    runner: 'knex',
    wrapping: isOff ? ('autocommit' as const) : ('transaction' as const),
    batch: isOff ? null : `knex:${folderOf(file.path)}`,
    optOut: '`exports.config = { transaction: false }` in a file of its own',
  }
  const script = readScript(file, project, () => null)
  if (!(script instanceof Script)) return unreadableCode(file, how, script.reason)
  const { machine, exports } = script
  const up = exportedFunction(exports, 'up')
  if (!up) return unreadableCode(file, how, 'exports no function `up`')
  for (const direction of ['up', 'down'] as const) {
    const method = exportedFunction(exports, direction)
    if (method)
      script.follow(direction, () => machine.call(method, [knex(script), machine.globals.get('Promise') ?? absent]))
  }
  const config = exportedValue(exports, 'config')
  const isAlone = config !== null && isSet(field(config, 'transaction')) === false
  return codeMigrations(file, isAlone ? { ...how, wrapping: 'autocommit', batch: null } : how, script.calls)
}

/** One file without a transaction gives every other its own. */
function together(migrations: Migration[]): Migration[] {
  const folders = new Set(
    migrations.flatMap(({ direction, wrapping, path }) =>
      direction === 'up' && wrapping === 'autocommit' ? [folderOf(path)] : [],
    ),
  )
  return migrations.map((migration) =>
    folders.has(folderOf(migration.path)) ? { ...migration, batch: null } : migration,
  )
}
