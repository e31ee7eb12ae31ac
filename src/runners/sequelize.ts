import { absent, type Value } from '../languages/javascript/javascript-values.ts'
import { codeMigrations, unreadableCode } from './code/code-migrations.ts'
import { nodeClaim, packageFile } from './code/node-files.ts'
import { definesUp, nodeMarker } from './code/node-marker.ts'
import { exportedFunction, readScript, Script } from './code/script.ts'
import { Session } from './code/sequelize/query-interface.ts'
import { sequelizeStatics } from './code/sequelize/sequelize-types.ts'
import type { Migration, Project, Runner, SqlFile } from './runner.ts'
import { naturalOrder } from './sql-file.ts'

const named = /"(?:sequelize|sequelize-cli|sequelize-typescript|umzug|@sequelize\/core)"\s*:/

/**
 * Migrations of Sequelize's command line and of umzug: `up(queryInterface, Sequelize)`, or `up({ context })`. No
 * transaction but the migration's own; each call is one message (seen with 6.37).
 */
export const runner: Runner = {
  name: 'sequelize',
  title: 'Sequelize',
  about: {
    files: '`migrations/<time>-<name>.js` with `up(queryInterface)`, by `sequelize-cli` or umzug',
    transaction: 'none but the file’s own',
  },
  historyTables: ['sequelizemeta'],
  config: packageFile,
  reads: /\.[cm]?[jt]s$/,
  marker: nodeMarker(/\bqueryInterface\b|from\s*['"]umzug['"]|\bQueryInterface\b/),
  shape: definesUp,
  words: /\b(?:queryInterface|QueryInterface|Sequelize|DataTypes)\b/,
  claims: (path, project) => nodeClaim(path, project, named),
  compare: naturalOrder,
  applied: {
    edited: 'Sequelize does not run it again where it has run',
    removed: 'Sequelize does not undo it where it has run, and new databases lack it',
    renamed: 'Sequelize knows it by its name: it runs again under the new one',
    late: { does: 'runs', words: 'Sequelize runs it after those that databases have, and before them on new ones' },
    checksum: false,
    version: () => null,
  },
  read,
}

function read(file: SqlFile, project: Project): Migration[] {
  const how = {
    runner: 'sequelize',
    wrapping: 'autocommit' as const,
    batch: null,
    optOut: 'a call without `{ transaction }`',
  }
  const script = readScript(file, project, (_, name) => packageOf(name))
  if (!(script instanceof Script)) return unreadableCode(file, how, script.reason)
  const { machine, exports } = script
  if (!exportedFunction(exports, 'up')) return unreadableCode(file, how, 'exports no function `up`')
  const session = new Session(script)
  for (const direction of ['up', 'down'] as const) {
    const method = exportedFunction(exports, direction)
    if (method)
      script.follow(direction, () => machine.call(method, [session.queryInterface, sequelizeStatics(), absent]))
  }
  return codeMigrations(file, how, session.settled(script.calls))
}

function packageOf(name: string): Value | null {
  return /^(?:sequelize|sequelize-typescript|@sequelize\/core)(?:\/|$)/.test(name) ? sequelizeStatics() : null
}
