import type { Migration, Runner, SqlFile } from './runner.ts'
import { leadingVersion, naturalOrder, sections, sqlMigration } from './sql-file.ts'

/** At the start of a line, in small letters and with the space: dbmate refuses a file that has it otherwise (measured). */
const marker = /^--[^\S\n]+migrate:(?:up|down)(?:[^\S\n].*)?$/gm

const alike = /^--[^\S\n]*migrate:up(?:\s|$)/im

/**
 * dbmate: a `-- migrate:up` and a `-- migrate:down` part. With
 * `transaction:false` on its header a part goes to the server as one query, so several statements are still one implicit
 * transaction.
 */
export const runner: Runner = {
  name: 'dbmate',
  title: 'dbmate',
  about: {
    files: 'files with `-- migrate:up` and `-- migrate:down`',
    transaction: 'one transaction a file; `transaction:false`: one query',
  },
  historyTables: ['schema_migrations'],
  config: null,
  marker: alike,
  claims: () => null,
  compare: naturalOrder,
  applied: {
    edited: 'dbmate does not run it again where it has run',
    removed: 'dbmate does not undo it where it has run, and new databases lack it',
    renamed: null,
    late: {
      does: 'runs',
      words: 'dbmate runs it after those on databases that have them, and before them on new ones',
    },
    checksum: false,
    version: leadingVersion,
  },
  read(file) {
    if (!/^--[^\S\n]+migrate:up(?:\s|$)/m.test(file.text)) return [refused(file)]
    return sections(file.text, marker, (line) => (/migrate:down/.test(line) ? 'down' : 'up')).map((section) =>
      sqlMigration(
        { path: file.path, text: section.text },
        {
          runner: 'dbmate',
          direction: section.direction,
          wrapping: section.markers.some((line) => /\stransaction:false(?:\s|$)/.test(line))
            ? 'implicit'
            : 'transaction',
          batch: null,
          optOut: '`transaction:false` on the header of a file of its own that holds this one statement',
        },
      ),
    )
  },
}

/** It has no part that dbmate would run. */
function refused(file: SqlFile): Migration {
  const how = { runner: 'dbmate', direction: 'up', wrapping: 'transaction', batch: null, optOut: null } as const
  const unreadable = 'dbmate refuses the file: write `-- migrate:up`, in small letters and with the space'
  return { ...sqlMigration({ path: file.path, text: '' }, how), unreadable }
}
