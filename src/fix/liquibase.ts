import type { Review } from '../review/result.ts'
import type { Migration, SqlFile } from '../runners/runner.ts'
import { baseName } from '../runners/sql-file.ts'
import { bodyOf, commentOf } from './file-texts.ts'
import { besideFolder, type FixedFile } from './fixed.ts'
import type { FileChange, Piece } from './piece.ts'
import { piecesOf } from './pieces.ts'
import { spanOf } from './source-parts.ts'
import { type SqlTool, unmarked } from './tools/sql-tool.ts'

const header = /^[ \t]*--[ \t]*changeset[ \t]+(\S+?)[ \t]*:[ \t]*(\S+|"[^"]*")(.*)$/i

const headerLine = new RegExp(header, 'im')

/** The changesets of formatted SQL are split inside their file. */
const tool: SqlTool = {
  ...unmarked,
  runners: ['liquibase-sql'],
  name: () => null,
  oneQuery: true,
  directive:
    /^--[ \t]*(?:liquibase formatted|changeset|preconditions|precondition-|validCheckSum|property|comment\b|ignoreLines)/i,
}

/** Splits each changeset that has a plan: the first part keeps its id and its way back. */
export function liquibaseChanges(file: SqlFile, migrations: Migration[], review: Review): FixedFile {
  let text = file.text
  const says: string[] = []
  const changes: FileChange[] = []
  let isChanged = false
  // From the last to the first: places before stay true.
  for (const migration of migrations.toReversed()) {
    const parted = piecesOf([migration], file.text, review, tool)
    if (parted.kind === 'problem') return parted
    if (parted.kind === 'nothing') continue
    const own = ownHeader(file.text, migration)
    if (own === null) return { kind: 'problem', reason: 'Lockcast splits changesets of formatted SQL only' }
    const [first, ...others] = parted.pieces
    if (!first || parted.byHand.length > 0) return { kind: 'problem', reason: 'a part of its plan is run by hand' }
    isChanged = true
    says.unshift(...parted.changes.map((words) => `Changes for good: ${words}`))
    const { from, to } = spanOf(migration, file.text, tool.directive)
    const lead = /^\s*/.exec(file.text.slice(from, to))?.[0] ?? ''
    const rest = text.slice(to)
    const nextHeader = rest.search(/^[ \t]*--[ \t]*changeset\b/im)
    const end = nextHeader < 0 ? text.length : to + nextHeader
    const tail = text.slice(to, end).trimEnd()
    const edited = `${text.slice(own.from, own.to).replace(headerLine, markedHeader(own, first))}${text.slice(own.to, from)}${lead}${bodyOf(first, tool, file.text, migration.wrapping !== 'transaction')}${tail}\n`
    const parts = others.map((piece, i) => ({
      piece,
      text: `${newHeader(own, i + 2, piece)}\n${bodyOf(piece, tool, file.text, false)}\n--rollback empty\n`,
    }))
    const added = parts.filter(({ piece }) => !piece.later).map((part) => `\n${part.text}`)
    const later = parts.filter(({ piece }) => piece.later)
    if (later.length > 0) {
      const path = `${besideFolder}/later/${baseName(file.path)}-${own.id.replace(/\W+/g, '')}.later`
      const wait = `Wait with these changesets: deploy what comes before them first, then add them to ${file.path}.`
      changes.push({
        path,
        before: null,
        text: `${commentOf([wait])}${later.map((part) => `\n${part.text}`).join('')}`,
      })
      says.push(`${path} waits: add it to ${file.path} when what comes before it is deployed.`)
    }
    text = `${text.slice(0, own.from)}${edited}${added.join('')}${end < text.length ? `\n${text.slice(end)}` : ''}`
  }
  if (!isChanged) return { kind: 'nothing' }
  return {
    kind: 'fix',
    changes: [{ path: file.path, before: file.text, text }, ...changes],
    migrations: [file.path],
    withoutTransaction: [],
    says: [...new Set(says)],
  }
}

interface Header {
  from: number
  to: number
  author: string
  id: string
  attributes: string
}

function ownHeader(text: string, { statements }: Migration): Header | null {
  const [first] = statements
  if (!first) return null
  let at = 0
  let found: Header | null = null
  for (const line of text.split(/(?<=\n)/)) {
    if (at >= first.start) break
    const match = header.exec(line.replace(/\r?\n$/, ''))
    if (match) {
      const [, author = '', id = '', attributes = ''] = match
      found = { from: at, to: at + line.length, author, id, attributes }
    }
    at += line.length
  }
  return found
}

function newHeader(own: Header, number: number, piece: Piece): string {
  const kept = own.attributes.replace(/\s*\b(?:runInTransaction|splitStatements)[ \t]*:[ \t]*\S+/gi, '').trimEnd()
  const id = own.id.startsWith('"') ? own.id.replace(/"$/, `-${number}"`) : `${own.id}-${number}`
  return `--changeset ${own.author}:${id}${kept}${outside(piece)}`
}

/** The header of the first part: as it was, but for its transaction. */
function markedHeader(own: Header, piece: Piece): string {
  const kept =
    piece.mode === 'outside'
      ? own.attributes.replace(/\s*\b(?:runInTransaction|splitStatements)[ \t]*:[ \t]*\S+/gi, '').trimEnd()
      : own.attributes
  return `--changeset ${own.author}:${own.id}${kept}${outside(piece)}`
}

function outside({ mode }: Piece): string {
  return mode === 'outside' ? ' runInTransaction:false splitStatements:false' : ''
}
