import type { Migration, Runner } from './runner.ts'
import { naturalOrder, sqlMigration } from './sql-file.ts'

/** The first line of a formatted file; spaces are allowed (liquibase-core, FormattedSqlChangeLogParser). */
const header = /^\s*--\s*liquibase\s+formatted\s+sql\b/im

const changeset = /^[ \t]*--[ \t]*changeset[ \t]+(\S+?)[ \t]*:[ \t]*(\S+|"[^"]*")(.*)$/gim

/**
 * Liquibase formatted SQL: `--changeset author:id` parts, each in a transaction with the insert into its history, its
 * statements one by one; `runInTransaction:false` takes the transaction away, `splitStatements:false` sends a part as one
 * query. `--rollback` lines are the way back. A part whose `dbms` leaves PostgreSQL out does not run.
 */
export const runner: Runner = {
  name: 'liquibase-sql',
  title: 'Liquibase formatted SQL',
  about: {
    files: 'files that begin with `--liquibase formatted sql`',
    transaction: 'one transaction a changeset; `runInTransaction:false`: each statement on its own',
  },
  historyTables: ['databasechangelog', 'databasechangeloglock'],
  config: null,
  marker: header,
  claims: (path) => (/(^|\/)(?:changelogs?|liquibase)\/(?:[^/]+\/)*[^/]+\.sql$/i.test(path) ? 'shape' : null),
  compare: naturalOrder,
  applied: {
    edited: 'Liquibase stops at its next run: the checksum of a changeset that has run has to stay',
    removed: 'Liquibase does not undo it where it has run, and new databases lack it',
    renamed: 'Liquibase knows a changeset by its file, author and id, so it runs it once more',
    late: { does: 'runs', words: 'Liquibase runs it after those that the changelog lists before it' },
    checksum: false,
    version: () => null,
  },
  read(file) {
    // A file that a changelog in XML or YAML runs by `sqlFile`: one changeset.
    if (!header.test(file.text))
      return [sqlMigration(file, { ...empty, optOut: '`runInTransaction="false"` on its changeset' })]
    const parts = changesets(file.text)
    const migrations = parts.flatMap((part): Migration[] => {
      if (!part.runsOnPostgres) return []
      const how = {
        runner: 'liquibase-sql',
        wrapping: part.inTransaction ? 'transaction' : part.splits ? 'autocommit' : 'implicit',
        batch: null,
        optOut: '`runInTransaction:false` on a changeset of its own',
      } as const
      const up = sqlMigration({ path: file.path, text: part.up }, { ...how, direction: 'up' })
      const down =
        part.down === null ? [] : [sqlMigration({ path: file.path, text: part.down }, { ...how, direction: 'down' })]
      return [up, ...down]
    })
    const skipped = parts.filter(({ runsOnPostgres }) => !runsOnPostgres)
    const notes = skipped.map(({ line, dbms }) => ({
      line,
      message: `a changeset for ${dbms} is left out: it does not run on PostgreSQL`,
    }))
    const [first] = migrations
    if (!first) return [{ ...sqlMigration({ path: file.path, text: '' }, empty), notes }]
    return [{ ...first, notes: [...notes, ...first.notes] }, ...migrations.slice(1)]
  },
}

const empty = {
  runner: 'liquibase-sql',
  direction: 'up',
  wrapping: 'transaction',
  batch: null,
  optOut: null,
} as const

interface Changeset {
  line: number
  /** Texts of the whole file's length, all else blank, so that places stay true. */
  up: string
  down: string | null
  inTransaction: boolean
  splits: boolean
  runsOnPostgres: boolean
  dbms: string
}

function changesets(text: string): Changeset[] {
  const starts = [...text.matchAll(changeset)].map((match) => ({ at: match.index, attributes: match[3] ?? '' }))
  return starts.map(({ at, attributes }, i) => {
    const end = starts[i + 1]?.at ?? text.length
    const dbms = attribute(attributes, 'dbms') ?? ''
    const part = blank(text.slice(0, at)) + text.slice(at, end) + blank(text.slice(end))
    const ways = rollbacks(part)
    return {
      line: text.slice(0, at).split('\n').length,
      up: withoutRollbacks(part),
      down: ways,
      inTransaction: attribute(attributes, 'runInTransaction') !== 'false',
      splits: attribute(attributes, 'splitStatements') !== 'false',
      runsOnPostgres: dbms === '' || /^all$/i.test(dbms) || namesPostgres(dbms),
      dbms,
    }
  })
}

/** `dbms:postgresql,h2`, `dbms:!mysql`. */
function namesPostgres(dbms: string): boolean {
  const names = dbms.split(',').map((name) => name.trim().toLowerCase())
  if (names.includes('!postgresql')) return false
  return names.includes('postgresql') || (names.length > 0 && names.every((name) => name.startsWith('!')))
}

function attribute(attributes: string, name: string): string | null {
  const found = new RegExp(`\\b${name}[ \\t]*:[ \\t]*(?:"([^"]*)"|(\\S+))`, 'i').exec(attributes)
  return found ? (found[1] ?? found[2] ?? null) : null
}

const rollbackLine = /^([ \t]*--[ \t]*rollback[ \t]+)(.*)$/gim
const rollbackBlock = /(\/\*[ \t]*liquibase[ \t]+rollback[ \t]*\r?\n)([\s\S]*?)(\*\/)/gi

/** The SQL of the way back as a text of the same length; null without one, or when it is `empty` or another changeset. */
function rollbacks(part: string): string | null {
  const keep: string[] = []
  let at = 0
  const found = [...part.matchAll(rollbackLine), ...part.matchAll(rollbackBlock)]
    .map(({ index, 1: before = '', 2: sql = '' }) => ({ from: index + before.length, sql }))
    .filter(({ sql }) => !/^\s*(?:not required|empty|changesetid\b.*)\s*$/i.test(sql))
    .sort((a, b) => a.from - b.from)
  if (found.length === 0) return null
  for (const { from, sql } of found) {
    keep.push(blank(part.slice(at, from)), sql)
    at = from + sql.length
  }
  return [...keep, blank(part.slice(at))].join('')
}

function withoutRollbacks(part: string): string {
  return part.replace(rollbackBlock, blank)
}

function blank(text: string): string {
  return text.replace(/[^\r\n]/g, ' ')
}
