import { flywayNames } from '../../runners/flyway-settings.ts'
import { baseName } from '../../runners/sql-file.ts'
import { type SqlTool, unmarked } from './sql-tool.ts'

/** Statements that Flyway runs outside a transaction by itself. */
const knows =
  /^(?:(?:create|drop)(?: unique)? index concurrently|vacuum|reindex(?: verbose)? (?:schema|database|system))\b/i

/** A file that Flyway would wrap says otherwise in a `.conf` beside it. */
export const flywayFiles: SqlTool = {
  ...unmarked,
  runners: ['flyway'],
  oneQuery: false,
  fraction: '.',
  name(path, project) {
    const { versioned, separator } = flywayNames(project)
    const file = baseName(path)
    const folder = path.slice(0, path.length - file.length)
    const prefixes = [versioned, 'V', '']
    for (const prefix of prefixes) {
      const rest = file.slice(prefix.length)
      const version = /^\d+(?:[._]\d+)*/.exec(rest)?.[0]
      if (!file.toLowerCase().startsWith(prefix.toLowerCase()) || version === undefined) continue
      const after = rest.slice(version.length)
      if (!after.startsWith(separator) && !after.startsWith('__')) continue
      return { before: `${folder}${file.slice(0, prefix.length)}`, version, after }
    }
    return null
  },
  downPath: (path) => {
    const file = baseName(path)
    return /^V/i.test(file) ? `${path.slice(0, path.length - file.length)}${file.replace(/^V/i, 'U')}` : null
  },
  beside: (made) =>
    made
      .filter(
        ({ mode, statements }) => mode === 'outside' && statements.some((sql) => !knows.test(sql.replace(/\s+/g, ' '))),
      )
      .map(({ path }) => ({ path: `${path}.conf`, before: null, text: 'executeInTransaction=false\n' })),
}
