import {
  absent,
  asText,
  concatenated,
  fields,
  type Host,
  list,
  native,
  text,
  unknown,
  type Value,
} from '../languages/javascript/javascript-values.ts'
import type { Machine } from '../languages/javascript/machine.ts'
import { codeMigrations, unreadableCode } from './code/code-migrations.ts'
import { configSays, nodeClaim, packageFile } from './code/node-files.ts'
import { definesUp, nodeMarker } from './code/node-marker.ts'
import { exportedClasses, readScript, Script } from './code/script.ts'
import type { SentCall } from './code/sent-call.ts'
import type { Migration, Project, Runner, SqlFile } from './runner.ts'
import { folderOf, naturalOrder } from './sql-file.ts'

const named = /"@mikro-orm\/(?:migrations|core)"\s*:/
const settings = /(^|\/)[^/]*mikro-?orm[^/]*\.(?:[cm]?[jt]s|json)$/i

/**
 * MikroORM's migrations: `up()` collects the SQL of `this.addSql()`, which is sent when it ends; `this.execute()` sends at
 * once. BEGIN, a SAVEPOINT for each pending file, COMMIT (seen with 6 and 7).
 */
export const runner: Runner = {
  name: 'mikro-orm',
  title: 'MikroORM',
  about: {
    files: 'classes that extend `Migration` of `@mikro-orm/migrations`',
    transaction: 'one transaction for all pending files with a savepoint each; `allOrNothing: false`: one a file',
  },
  historyTables: ['mikro_orm_migrations'],
  config: new RegExp(`${packageFile.source}|${settings.source}`, 'i'),
  reads: /\.[cm]?[jt]s$/,
  marker: nodeMarker(/(?:from\s*|require\()['"][^'"]*mikro-orm\/migrations(?:-\w+)?['"]/),
  shape: definesUp,
  words: /\baddSql\b|\bextends\s+(?:\w+\.)?\w*Migration\b/,
  claims: (path, project) => nodeClaim(path, project, named),
  compare: naturalOrder,
  applied: {
    edited: 'MikroORM does not run it again where it has run',
    removed: 'MikroORM does not undo it where it has run, and new databases lack it',
    renamed: 'MikroORM knows it by its name: it runs again under the new one',
    late: { does: 'runs', words: 'MikroORM runs it after those that databases have, and before them on new ones' },
    checksum: false,
    version: () => null,
  },
  read,
}

function read(file: SqlFile, project: Project): Migration[] {
  const isOff = configSays(file.path, project, settings, /\btransactional\s*:\s*false\b/)
  const isEach = configSays(file.path, project, settings, /\ballOrNothing\s*:\s*false\b/)
  const how = {
    runner: 'mikro-orm',
    wrapping: isOff ? ('autocommit' as const) : ('transaction' as const),
    batch: isOff || isEach ? null : `mikro-orm:${folderOf(file.path)}`,
    optOut: '`isTransactional() { return false }` in the class, with `allOrNothing: false` in the configuration',
  }
  const collected: SentCall[] = []
  const script = readScript(file, project, (machine, name) => packageOf(machine, name, () => holder.script, collected))
  if (!(script instanceof Script)) return unreadableCode(file, how, script.reason)
  const holder: { script: Script } = { script }
  const classes = exportedClasses(script)
  if (classes.length === 0) return unreadableCode(file, how, 'exports no class with a method `up`')
  let isAlone = false
  for (const made of classes) {
    const self = script.machine.instance(made, [])
    const says = script.method(made, 'isTransactional', self)
    const answer = says ? script.machine.call(says, [], self) : absent
    isAlone ||= answer.kind === 'boolean' && !answer.value
    for (const direction of ['up', 'down'] as const) {
      const method = script.method(made, direction, self)
      if (method) script.follow(direction, () => script.machine.call(method, [], self))
      script.calls.push(...collected.splice(0))
    }
  }
  const migrations = codeMigrations(file, isAlone ? { ...how, wrapping: 'autocommit', batch: null } : how, script.calls)
  if (isAlone && !isEach && !isOff)
    migrations[0]?.notes.push({
      line: 1,
      message:
        '`isTransactional()` false runs on a second connection while the first holds its locks: under `allOrNothing` it waits for ever where an earlier file of the run locked the same table',
    })
  return migrations
}

/** The class `Migration`, and `raw` and `sql` of MikroORM's core. */
function packageOf(machine: Machine, name: string, script: () => Script, collected: SentCall[]): Value | null {
  // Frameworks give MikroORM away under their own name: @medusajs/framework/mikro-orm/migrations.
  if (!name.startsWith('@mikro-orm/') && !/\/mikro-orm\/(?:migrations|core|postgresql)$/.test(name)) return null
  const addSql = native('this.addSql', ([given = absent]) => {
    const before = script().calls.length
    script().send(() => [given])
    collected.push(...script().calls.splice(before))
    return absent
  })
  const execute = native('this.execute', ([given = absent]) => script().send(() => [given]))
  const rows = (words: string): Host => ({
    kind: 'host',
    name: words,
    sends: true,
    get: (key) => (key === 'execute' || key === 'query' ? execute : rows(`${words}.${key}`)),
    call: () => {
      const { site } = machine
      return { ...rows(words), settle: () => script().data(site) }
    },
  })
  const base: Host = {
    kind: 'host',
    name: 'Migration',
    sends: false,
    construct: () =>
      fields([
        ['addSql', addSql],
        ['execute', execute],
        ['driver', rows('this.driver')],
        ['config', unknown('the configuration is known only when the code runs')],
        ['getEntityManager', native('this.getEntityManager', () => rows('this.getEntityManager()'))],
        ['getKnex', native('this.getKnex', () => rows('this.getKnex()'))],
        ['getQueries', native('this.getQueries', () => list([]))],
        ['reset', native('this.reset', () => absent)],
      ]),
  }
  const members: Record<string, Value> = {
    Migration: base,
    raw: native('raw', ([given = absent]) => given),
    sql: native('sql', ([parts = absent, ...values]) =>
      parts.kind === 'list'
        ? concatenated(
            parts.items.flatMap((part, at) => [asText(part), ...(at < values.length ? [unknown('a parameter')] : [])]),
          )
        : text(''),
    ),
  }
  return {
    kind: 'host',
    name,
    sends: false,
    get: (key) => members[key] ?? unknown(`\`${key}\` comes from the package \`${name}\``),
  }
}
