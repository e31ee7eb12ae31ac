import { absent, fields, text } from '../languages/javascript/javascript-values.ts'
import { codeMigrations, unreadableCode } from './code/code-migrations.ts'
import { database, dataTypes } from './code/db-migrate/db-migrate-database.ts'
import { nodeClaim, packageFile } from './code/node-files.ts'
import { definesUp, nodeMarker } from './code/node-marker.ts'
import { exportedFunction, readScript, Script } from './code/script.ts'
import type { Migration, Project, Runner, SqlFile } from './runner.ts'
import { naturalOrder } from './sql-file.ts'

const named = /"db-migrate"\s*:/

/**
 * db-migrate's migrations in JavaScript: `exports.up = function (db, callback)`, with the SQL in calls or in a file beside
 * (`sqls/`). BEGIN and COMMIT around each file (seen with 0.11.14 and db-migrate-pg 1.5.2).
 */
export const runner: Runner = {
  name: 'db-migrate',
  title: 'db-migrate',
  about: {
    files: '`migrations/<time>-<name>.js`, with SQL in `sqls/` beside',
    transaction: 'one transaction a file',
  },
  historyTables: ['migrations'],
  config: packageFile,
  reads: /\.[cm]?[jt]s$/,
  marker: nodeMarker(/\bdbmigrate\b|require\(['"]db-migrate['"]\)/),
  shape: definesUp,
  words:
    /\bdbm\b|\bdb\.(?:runSql|addColumn|removeColumn|createTable|dropTable|renameTable|renameColumn|changeColumn|addIndex|removeIndex|addForeignKey|removeForeignKey|insert|all)\b|\(\s*db\s*,\s*(?:cb|callback|done|next)\b/,
  claims: (path, project) => nodeClaim(path, project, named),
  compare: naturalOrder,
  applied: {
    edited: 'db-migrate does not run it again where it has run',
    removed: 'db-migrate does not undo it where it has run, and new databases lack it',
    renamed: 'db-migrate knows it by its name: it runs again under the new one',
    late: { does: 'runs', words: 'db-migrate runs it after those that databases have, and before them on new ones' },
    checksum: false,
    version: () => null,
  },
  read,
}

function read(file: SqlFile, project: Project): Migration[] {
  const how = {
    runner: 'db-migrate',
    wrapping: 'transaction' as const,
    batch: null,
    optOut: 'the option `--notransactions` of the whole run',
  }
  const script = readScript(file, project, () => null)
  if (!(script instanceof Script)) return unreadableCode(file, how, script.reason)
  const { machine, exports } = script
  const options = fields([
    [
      'dbmigrate',
      fields([['dataType', fields(Object.entries(dataTypes).map(([name, type]) => [name, text(type)] as const))]]),
    ],
    ['Promise', machine.globals.get('Promise') ?? absent],
  ])
  const setup = exportedFunction(exports, 'setup')
  const up = exportedFunction(exports, 'up')
  if (!up) return unreadableCode(file, how, 'exports no function `up`')
  if (setup) machine.call(setup, [options, absent])
  const done = machine.globals.get('Boolean') ?? absent
  for (const direction of ['up', 'down'] as const) {
    const method = exportedFunction(exports, direction)
    if (method) script.follow(direction, () => machine.call(method, [database(script), done]))
  }
  return codeMigrations(file, how, script.calls)
}
