import { absent } from '../languages/javascript/javascript-values.ts'
import { codeMigrations, unreadableCode } from './code/code-migrations.ts'
import { entriesOf, isFields } from './code/given.ts'
import { nodeClaim, packageFile } from './code/node-files.ts'
import { definesUp, nodeMarker } from './code/node-marker.ts'
import { builder, type PgmState } from './code/node-pg-migrate/builder.ts'
import { exportedFunction, exportedValue, readScript, Script } from './code/script.ts'
import type { Migration, Project, Runner, SqlFile } from './runner.ts'
import { folderOf, naturalOrder } from './sql-file.ts'

const named = /"node-pg-migrate"\s*:/

/**
 * node-pg-migrate's migrations in code: `up(pgm)` and `down(pgm)`; without `down` it undoes the calls of `up`. Its command
 * line runs all pending files in one transaction; one that calls `pgm.noTransaction()` has none (seen with 9.0.0).
 */
export const runner: Runner = {
  name: 'node-pg-migrate',
  title: 'node-pg-migrate',
  about: {
    files: '`migrations/<time>_<name>.js` or `.ts` with `up(pgm)`',
    transaction: 'one transaction for all pending files (command line)',
  },
  historyTables: ['pgmigrations'],
  config: packageFile,
  marker: nodeMarker(/\bpgm\s*\.|from\s*['"]node-pg-migrate['"]|\bMigrationBuilder\b/),
  shape: definesUp,
  words: /\bpgm\b|\bMigrationBuilder\b/,
  claims: (path, project) => nodeClaim(path, project, named),
  compare: naturalOrder,
  applied: {
    edited: 'node-pg-migrate does not run it again where it has run',
    removed: 'node-pg-migrate refuses to run: its order check finds a file missing',
    renamed: 'node-pg-migrate knows it by its name: its order check refuses to run',
    late: {
      does: 'refuses',
      words: 'node-pg-migrate refuses a file that sorts before applied ones, unless it is called with --no-check-order',
    },
    checksum: false,
    version: () => null,
  },
  read,
}

function read(file: SqlFile, project: Project): Migration[] {
  const how = {
    runner: 'node-pg-migrate',
    wrapping: 'transaction' as const,
    batch: `node-pg-migrate:${folderOf(file.path)}`,
    optOut: '`pgm.noTransaction()` in a file of its own',
  }
  const script = readScript(file, project, () => null)
  if (!(script instanceof Script)) return unreadableCode(file, how, script.reason)
  const { machine, exports } = script
  const up = exportedFunction(exports, 'up')
  if (!up) return unreadableCode(file, how, 'exports no function `up`')
  const shorthands = exportedValue(exports, 'shorthands')
  const state: PgmState = {
    shorthands: new Map(isFields(shorthands ?? absent) ? entriesOf(shorthands ?? undefined) : []),
    isOutside: false,
    reversed: [],
  }
  script.follow('up', () => machine.call(up, [builder(script, state), absent]))
  const { reversed } = state
  const down = exportedFunction(exports, 'down')
  const isRefused = isFields(exports) && exports.fields.get('down')?.kind === 'boolean'
  if (down) script.follow('down', () => machine.call(down, [builder(script, state), absent]))
  else if (!isRefused)
    script.follow('down', () => {
      for (const undo of reversed) undo()
      return absent
    })
  return codeMigrations(file, state.isOutside ? { ...how, wrapping: 'autocommit', batch: null } : how, script.calls)
}
