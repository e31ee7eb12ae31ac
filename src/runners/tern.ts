import type { Runner } from './runner.ts'
import { leadingVersion, naturalOrder, sections, sibling, sqlMigration } from './sql-file.ts'

/** The line between what is done and what undoes it, letter for letter (migrate/migrate.go, LoadMigrations). */
const seam = /^.*---- create above \/ drop below ----.*$/gm

/** `disableTxPattern` of migrate/migrate.go. */
const noTransaction = /^---- tern: disable-tx ----$/m

/**
 * tern: `001_x.sql`, SQL to do and to undo parted by a line of comment, both Go templates. Each direction is one query in a
 * transaction; with `---- tern: disable-tx ----` it is split and sent statement by statement (migrate/migrate.go).
 */
export const runner: Runner = {
  name: 'tern',
  title: 'tern',
  about: {
    files: 'files with `---- create above / drop below ----`, or beside a `tern.conf`',
    transaction: 'one transaction a file; `---- tern: disable-tx ----`: each statement on its own',
  },
  historyTables: ['schema_version'],
  config: null,
  marker: /^---- (?:create above \/ drop below|tern: disable-tx) ----/m,
  claims: (path, project) =>
    /(^|\/)\d+_[^/]+\.sql$/.test(path) && project.paths.has(sibling(path, 'tern.conf')) ? 'own' : null,
  compare: naturalOrder,
  applied: {
    edited: 'tern does not run it again where it has run',
    removed: 'tern stops at its next run: it finds a gap in the numbers',
    renamed: null,
    late: { does: 'skips', words: 'tern only knows the number that it is at, and never runs a lower one' },
    checksum: false,
    version: leadingVersion,
  },
  read(file) {
    const { text: marked } = file
    const down = seam.exec(marked)
    seam.lastIndex = 0
    const up = { direction: 'up' as const, text: down ? marked.slice(0, down.index) : marked }
    const parts = down ? [up, ...sections(marked, seam, () => 'down')] : [up]
    return parts.map(({ direction, text }) =>
      sqlMigration(
        { path: file.path, text },
        {
          runner: 'tern',
          direction,
          wrapping: noTransaction.test(text) ? 'autocommit' : 'transaction',
          batch: null,
          optOut: '`---- tern: disable-tx ----` at the top of a file of its own',
        },
      ),
    )
  },
}
