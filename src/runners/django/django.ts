import { codeMigrations, unreadableCode } from '../code/code-migrations.ts'
import { inOrderOfDependencies } from '../code/dependencies.ts'
import type { SentCall } from '../code/sent-call.ts'
import type { Project, Runner } from '../runner.ts'
import { naturalOrder } from '../sql-file.ts'
import type { DjangoContext } from './django-columns.ts'
import type { DoneOperation, Sent } from './django-operations.ts'
import { djangoProject, migrationName } from './project.ts'

const manifests =
  /(^|\/)(requirements[^/]*\.txt|requirements\/[^/]+\.txt|pyproject\.toml|poetry\.lock|uv\.lock|Pipfile(\.lock)?|setup\.(py|cfg))$/
const settings = /(^|\/)(settings(\/[^/]+)?|config\/settings\/[^/]+|settings_[^/]+)\.py$/

/** Django: one transaction a migration unless `atomic = False`; deferred statements go out at its end. */
export const runner: Runner = {
  name: 'django',
  title: 'Django',
  about: {
    files: '`<app>/migrations/*.py`',
    transaction: 'one transaction a file; `atomic = False`: each statement on its own',
  },
  historyTables: ['django_migrations'],
  config: new RegExp(`${manifests.source}|${settings.source}`),
  marker: /^class\s+Migration\s*\(\s*(?:[\w.]+\.)?Migration\s*\)\s*:/m,
  reads: /\.py$/,
  shape: /\bclass\s+Migration\b|\boperations\b/,
  claims: (path, project) => {
    if (!/(^|\/)[^/]+\/migrations\/(?!__init__)[^/]+\.py$/.test(path)) return null
    return project.paths.has(path.replace(/[^/]+$/, '__init__.py')) ? 'shape' : 'folder'
  },
  compare: (a, b) => naturalOrder(a, b),
  arrange: (paths, project) =>
    inOrderOfDependencies(paths, (path) => ({
      name: migrationName(path),
      before: dependenciesIn(project.text(path) ?? ''),
    })),
  applied: {
    edited: 'Django does not run it again where it has run',
    removed: 'Django stops where another migration depends on it, and new databases lack it',
    renamed: null,
    late: { does: 'refuses', words: 'Django stops with conflicting migrations until a merge migration joins them' },
    checksum: false,
    version: () => null,
  },
  read(file, project) {
    const django = djangoProject(project, file.path)
    const parsed = django.parse(file.path, file.text)
    const wrapping = parsed?.atomic === false ? ('autocommit' as const) : ('transaction' as const)
    const how = { runner: 'django', wrapping, batch: null, optOut: '`atomic = False` in a migration of its own' }
    if (!parsed || parsed.problem !== null) return unreadableCode(file, how, parsed?.problem ?? 'could not be read')
    const done = django.operations(file.path, file.text, contextOf(project))
    return codeMigrations(file, how, [...callsUp(done), ...callsDown(done)])
  },
}

/** `app.name` of the dependencies, from the text: files are put in order before a parser is loaded. */
function dependenciesIn(text: string): string[] {
  const list = /^\s*dependencies\s*(?::[^=\n]+)?=\s*\[([\s\S]*?)\]/m.exec(text)?.[1] ?? ''
  return [...list.matchAll(/\(\s*["'](\w+)["']\s*,\s*["'](\w+)["']/g)].map(([, app, name]) => `${app}.${name}`)
}

function callsUp(done: DoneOperation[]): SentCall[] {
  return [
    ...done.map((operation) => callOf(operation, 'up', operation.up)),
    ...later(done, 'up', (operation) => operation.upLater),
  ]
}

/** The last operation first; none at all where one cannot be undone. */
function callsDown(done: DoneOperation[]): SentCall[] {
  if (done.some(({ down }) => down === null)) return []
  const backwards = [...done].reverse()
  return [
    ...backwards.map((operation) => callOf(operation, 'down', operation.down ?? [])),
    ...later(backwards, 'down', (operation) => operation.downLater),
  ]
}

function callOf({ start, end }: DoneOperation, direction: 'up' | 'down', sent: Sent[]): SentCall {
  const unread = sent.find((message) => message.kind === 'unread')
  const queries = sent.flatMap((message) => (message.kind === 'sql' ? [{ sql: message.sql, at: message.at }] : []))
  const dataCode = sent.some((message) => message.kind === 'data')
  return {
    direction,
    start,
    end,
    queries: unread ? [] : queries,
    unread: unread?.reason ?? null,
    dataCode,
    when: 'always',
  }
}

/** SQL that is sent at the end; not for tables that the same migration drops. */
function later(
  done: DoneOperation[],
  direction: 'up' | 'down',
  of: (operation: DoneOperation) => { sql: string; table: string }[],
): SentCall[] {
  const messages = done.map((operation) => (direction === 'up' ? operation.up : (operation.down ?? [])))
  return done.flatMap((operation, i): SentCall[] => {
    const behind = messages.slice(i + 1).flat()
    const kept = of(operation).filter(
      ({ table }) =>
        !behind.some((message) => message.kind === 'sql' && message.sql === `DROP TABLE "${table}" CASCADE`),
    )
    if (kept.length === 0) return []
    const queries = kept.map(({ sql }) => ({ sql, at: null }))
    return [
      { direction, start: operation.start, end: operation.end, queries, unread: null, dataCode: false, when: 'always' },
    ]
  })
}

const contexts = new WeakMap<Project, DjangoContext>()

function contextOf(project: Project): DjangoContext {
  const known = contexts.get(project)
  if (known) return known
  const paths = [...project.paths]
  const texts = (pattern: RegExp): string[] =>
    paths.filter((path) => pattern.test(path)).map((path) => project.text(path) ?? '')
  const first = (list: string[], pattern: RegExp): RegExpExecArray | null =>
    list.map((text) => pattern.exec(text)).find((found) => found !== null) ?? null
  const version = first(
    texts(manifests),
    /\bdjango["']?\]?\s*(?:==|~=|>=|\^|=\s*["'{][^\n]*?|[,\s]*version["'\s=:]+)[\s"'=~>^]*(\d+)\.(\d+)/i,
  )
  const own = texts(settings)
  const context: DjangoContext = {
    version: version ? Number(version[1]) * 10 + Number(version[2]) : 42,
    user: first(own, /^\s*AUTH_USER_MODEL\s*=\s*["']([\w.]+)["']/m)?.[1] ?? 'auth.User',
    autoField: first(own, /^\s*DEFAULT_AUTO_FIELD\s*=\s*["'][\w.]*?(\w+)["']/m)?.[1] ?? 'AutoField',
  }
  contexts.set(project, context)
  return context
}
