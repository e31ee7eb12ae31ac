import { fields, type Host, native, type Value } from '../languages/javascript/javascript-values.ts'
import { codeMigrations, unreadableCode } from './code/code-migrations.ts'
import { configSays, nodeClaim, packageFile, wantedVersion } from './code/node-files.ts'
import { definesUp } from './code/node-marker.ts'
import { exportedClasses, readScript, Script } from './code/script.ts'
import { queryRunner } from './code/typeorm/query-runner.ts'
import type { Table } from './code/typeorm/tables.ts'
import type { Migration, Project, Runner, SqlFile } from './runner.ts'
import { baseName, folderOf, naturalOrder } from './sql-file.ts'

const named = /"typeorm"\s*:/

/** Files where a project sets how migrations run. */
const settings = /(^|\/)(?:[^/]*data-?source[^/]*|ormconfig|[^/]*typeorm[^/]*)\.(?:[cm]?[jt]s|json)$/i

const optOut = "`transaction = false` in the class, with `migrationsTransactionMode: 'each'` (or `-t each`)"

/**
 * TypeORM's migrations: classes with `up(queryRunner)` and `down(queryRunner)`. All pending ones run in one transaction,
 * unless the mode is `each` or `none` (seen with 0.3.27 and 1.1.1: START TRANSACTION … COMMIT around the whole run).
 */
export const runner: Runner = {
  name: 'typeorm',
  title: 'TypeORM',
  about: {
    files: 'classes of `MigrationInterface` in TypeScript or JavaScript',
    transaction: 'one transaction for all pending files; `migrationsTransactionMode` `each` or `none`',
  },
  historyTables: ['migrations', 'typeorm_metadata'],
  config: new RegExp(`${packageFile.source}|${settings.source}`, 'i'),
  reads: /\.[cm]?[jt]s$/,
  marker:
    /\bimplements\s+(?:\w+\s*,\s*)*MigrationInterface\b|\bimport\s*(?:type\s*)?\{[^}]*\bMigrationInterface\b[^}]*\}\s*from\s*['"]typeorm['"]|@typedef\s*\{import\(['"]typeorm['"]\)\.MigrationInterface\}/,
  shape: definesUp,
  words: /\bqueryRunner\b|\bMigrationInterface\b|\bQueryRunner\b/,
  claims: (path, project) => nodeClaim(path, project, named),
  compare: (a, b) => timeOf(a) - timeOf(b) || naturalOrder(a, b),
  applied: {
    edited: 'TypeORM does not run it again where it has run',
    removed: 'TypeORM does not undo it where it has run, and new databases lack it',
    renamed: 'TypeORM knows it by the name of its class: a class of another name runs again',
    late: { does: 'runs', words: 'TypeORM runs it after those that databases have, and before them on new ones' },
    checksum: false,
    version: () => null,
  },
  read,
}

/** TypeORM sorts by the timestamp at the end of the class's name, which its generator puts before the file's name too. */
function timeOf(path: string): number {
  return Number(/\d{10,}/.exec(baseName(path))?.[0] ?? 0)
}

function read(file: SqlFile, project: Project): Migration[] {
  const mode = modeOf(file.path, project)
  const how = {
    runner: 'typeorm',
    wrapping: mode === 'none' ? ('autocommit' as const) : ('transaction' as const),
    batch: mode === 'all' ? `typeorm:${folderOf(file.path)}` : null,
    optOut,
  }
  const script = readScript(file, project, packageOf)
  if (!(script instanceof Script)) return unreadableCode(file, how, script.reason)
  const addsValues = (wantedVersion(file.path, project, 'typeorm')?.major ?? 0) >= 1
  const classes = exportedClasses(script)
  if (classes.length === 0) return unreadableCode(file, how, 'exports no class with a method `up`')
  let isOff = false
  const tables = new Map<string, Table>()
  for (const made of classes) {
    const self = script.machine.instance(made, [])
    if (self.kind !== 'fields') continue
    const own = self.fields.get('transaction')
    isOff ||= own?.kind === 'boolean' && !own.value
    for (const direction of ['up', 'down'] as const) {
      const method = self.fields.get(direction) ?? script.method(made, direction, self)
      if (method)
        script.follow(direction, () => script.machine.call(method, [queryRunner(script, { addsValues }, tables)], self))
    }
  }
  const migrations = codeMigrations(file, isOff ? { ...how, wrapping: 'autocommit', batch: null } : how, script.calls)
  if (isOff && mode === 'all')
    migrations[0]?.notes.push({
      line: 1,
      message:
        "`transaction = false` needs `migrationsTransactionMode: 'each'`: in the default mode `all` TypeORM refuses the run",
    })
  return migrations
}

/** By `migrationsTransactionMode` of the project's data source, or the option of its scripts. */
function modeOf(path: string, project: Project): 'all' | 'each' | 'none' {
  const says = (mode: string): boolean =>
    configSays(
      path,
      project,
      settings,
      new RegExp(
        `migrationsTransactionMode['"]?\\s*:\\s*['"]${mode}['"]|migration:run[^"\\n]*?(?:--transaction|-t)[= ]${mode}\\b`,
      ),
    )
  return says('each') ? 'each' : says('none') ? 'none' : 'all'
}

/** `new Table({…})` and its like are the object that they are given. */
function packageOf(_machine: unknown, name: string): Value | null {
  if (name !== 'typeorm' && !name.startsWith('typeorm/')) return null
  const made: Host = {
    ...native('a class of typeorm', ([given]) => given ?? fields()),
    construct: ([given]) =>
      given?.kind === 'fields' ? { ...given, fields: new Map(given.fields) } : (given ?? fields()),
  }
  return { kind: 'host', name: 'typeorm', sends: false, get: () => made }
}
