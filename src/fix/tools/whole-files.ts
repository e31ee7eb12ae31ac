import { sibling } from '../../runners/sql-file.ts'
import { numbered, numberedOrNamed, type SqlTool, unmarked, withDown } from './sql-tool.ts'

/** Tools whose files hold nothing but SQL. */
export const wholeFileTools: readonly SqlTool[] = [
  { ...unmarked, runners: ['golang-migrate'], name: numbered, downPath: withDown },
  {
    ...unmarked,
    runners: ['sqlx'],
    name: numbered,
    downPath: withDown,
    // The very first bytes of the file.
    head: (mode) => (mode === 'outside' ? '-- no-transaction\n' : ''),
    markOutside: (text) => `-- no-transaction\n${text}`,
    directive: /^-- no-transaction/,
  },
  {
    ...unmarked,
    runners: ['prisma'],
    name(path) {
      const [, before = '', version = null, after = ''] =
        /^(.*\/)?(?:(\d+)(?=_))?([^/]*\/migration\.sql)$/.exec(path) ?? []
      return after === '' ? null : { before, version, after }
    },
  },
  {
    ...unmarked,
    runners: ['postgrator'],
    name: numbered,
    downPath: (path) => (/\.do\.(?=[^/]*$)/.test(path) ? path.replace(/\.do\.(?=[^/]*$)/, '.undo.') : null),
  },
  {
    ...unmarked,
    runners: ['postgres-migrations'],
    name: numbered,
    gapless: true,
    head: (mode) => (mode === 'outside' ? '-- postgres-migrations disable-transaction\n' : ''),
    markOutside: (text) => `-- postgres-migrations disable-transaction\n${text}`,
    directive: /^-- postgres-migrations disable-transaction/,
  },
  {
    ...unmarked,
    runners: ['pop'],
    name: numbered,
    downPath: withDown,
    outsidePath: (path) =>
      path.includes('.autocommit.') ? path : path.replace(/\.(up|down)\.sql$/, '.autocommit.$1.sql'),
  },
  {
    ...unmarked,
    runners: ['supabase'],
    name: numbered,
    oneQuery: false,
  },
  {
    ...unmarked,
    runners: ['refinery'],
    name(path) {
      const [, before = '', version = '', after = ''] = /^((?:.*\/)?[UV])(\d+)(__[^/]*)$/.exec(path) ?? []
      return version === '' ? null : { before, version, after }
    },
  },
  {
    ...unmarked,
    runners: ['diesel'],
    name(path) {
      const [, before = '', version = '', after = ''] = /^(.*\/)?(\d[\d-]*)(_[^/]*\/up\.sql)$/.exec(path) ?? []
      return version === '' ? null : { before, version, after }
    },
    downPath: (path) => path.replace(/up\.sql$/, 'down.sql'),
    beside: (made) =>
      made
        .filter(({ mode }) => mode === 'outside')
        .map(({ path }) => ({
          path: sibling(path, 'metadata.toml'),
          before: null,
          text: 'run_in_transaction = false\n',
        })),
  },
  {
    ...unmarked,
    runners: ['graphile-migrate'],
    name: numberedOrNamed,
    directive: /^--! (?:Previous|Hash|no-transaction|AllowInvalidHash|Message)\b/,
    head: (mode) => (mode === 'outside' ? '--! no-transaction\n' : ''),
    markOutside: (text) => `--! no-transaction\n${text}`,
    onlyOne: (path) =>
      /(^|\/)committed\/[^/]*$/.test(path)
        ? 'graphile-migrate keeps a hash of what is committed: take it back with `graphile-migrate uncommit` first'
        : null,
  },
]
