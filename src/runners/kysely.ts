import { absent, type Host, native, text, unknown } from '../languages/javascript/javascript-values.ts'
import { codeMigrations, unreadableCode } from './code/code-migrations.ts'
import { textOf } from './code/given.ts'
import { database } from './code/kysely/kysely-database.ts'
import { sqlPart, sqlTag } from './code/kysely/sql.ts'
import { nodeClaim, packageFile } from './code/node-files.ts'
import { definesUp, nodeMarker } from './code/node-marker.ts'
import { exportedFunction, readScript, Script } from './code/script.ts'
import type { Migration, Project, Runner, SqlFile } from './runner.ts'
import { folderOf, naturalOrder } from './sql-file.ts'

const named = /"kysely"\s*:/

/** Kysely's migrations: `up(db)` and `down(db)`, all pending ones in one transaction (seen with 0.29). */
export const runner: Runner = {
  name: 'kysely',
  title: 'Kysely',
  about: {
    files: '`migrations/<name>.ts` with `up(db)`',
    transaction: 'one transaction for all pending files',
  },
  historyTables: ['kysely_migration', 'kysely_migration_lock'],
  config: packageFile,
  reads: /\.[cm]?[jt]s$/,
  // A script that runs the Migrator defines no `up`.
  marker: nodeMarker(/from\s*['"]kysely['"]|require\(['"]kysely['"]\)|\bKysely</),
  shape: definesUp,
  words: /\bkysely\b|\bKysely\b|\.execute\(\)/,
  claims: (path, project) => nodeClaim(path, project, named),
  compare: (a, b) => (a < b ? -1 : a > b ? 1 : naturalOrder(a, b)),
  applied: {
    edited: 'Kysely does not run it again where it has run',
    removed: 'Kysely refuses to run: a file that it has run is missing',
    renamed: 'Kysely knows it by its name: it refuses to run while the old name is missing',
    late: {
      does: 'refuses',
      words: 'Kysely refuses a file that sorts before applied ones, unless it allows unordered migrations',
    },
    checksum: false,
    version: () => null,
  },
  read,
}

function read(file: SqlFile, project: Project): Migration[] {
  const how = {
    runner: 'kysely',
    wrapping: 'transaction' as const,
    batch: `kysely:${folderOf(file.path)}`,
    optOut: 'the Migrator’s option of the whole run',
  }
  const script = readScript(file, project, (_, name) => (name === 'kysely' ? packageOf(() => holder.script) : null))
  if (!(script instanceof Script)) return unreadableCode(file, how, script.reason)
  const holder: { script: Script } = { script }
  const { machine, exports } = script
  if (!exportedFunction(exports, 'up')) return unreadableCode(file, how, 'exports no function `up`')
  for (const direction of ['up', 'down'] as const) {
    const method = exportedFunction(exports, direction)
    if (method) script.follow(direction, () => machine.call(method, [database(script)]))
  }
  return codeMigrations(file, how, script.calls)
}

/** `sql` and `CompiledQuery` of the package; code beside the functions uses them too. */
function packageOf(script: () => Script): Host {
  return {
    kind: 'host',
    name: 'kysely',
    sends: false,
    get: (key) => {
      if (key === 'sql') return sqlTag(script)
      if (key !== 'CompiledQuery') return unknown(`\`${key}\` of kysely is known only when the code runs`)
      const raw = native('raw', ([given = absent]) =>
        sqlPart(script, () => (given.kind === 'text' ? given : text(textOf(given)))),
      )
      return { kind: 'host', name: key, sends: false, get: () => raw }
    },
  }
}
