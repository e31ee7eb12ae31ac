import { createHash } from 'node:crypto'
import { baseName, sibling } from '../../runners/sql-file.ts'
import type { FileChange } from '../piece.ts'
import { type MadeFile, numbered, type SqlTool, unmarked } from './sql-tool.ts'

interface Entry {
  idx: number
  version: string
  when: number
  tag: string
  breakpoints: boolean
}

interface Journal {
  entries: Entry[]
}

const breakpoint = /^--> statement-breakpoint/

/** Drizzle Kit: a journal lists the files, and each has a snapshot of the schema after it. */
export const drizzleFiles: SqlTool = {
  ...unmarked,
  runners: ['drizzle'],
  oneQuery: false,
  directive: breakpoint,
  name(path) {
    if (!path.endsWith('/migration.sql')) return numbered(path)
    const [, before = '', version = '', after = ''] = /^(.*\/)?(\d+)(_[^/]*\/migration\.sql)$/.exec(path) ?? []
    return version === '' ? null : { before, version, after }
  },
  between: (original) =>
    breakpoint.test(original) || original.includes('--> statement-breakpoint') ? '--> statement-breakpoint\n' : '',
  beside(made, original, project) {
    const isNew = original.path.endsWith('/migration.sql')
    const others = made.slice(1)
    if (others.length === 0) return []
    if (isNew) {
      const snapshot = project.text(sibling(original.path, 'snapshot.json'))
      return snapshot === null
        ? []
        : snapshotCopies(original.path, others, snapshot, (path) => sibling(path, 'snapshot.json'))
    }
    const path = sibling(original.path, 'meta/_journal.json')
    const text = project.text(path)
    const journal = text === null ? null : journalOf(text)
    if (text === null || journal === null) return { problem: `${path} cannot be read` }
    const tag = tagOf(original.path)
    const at = journal.entries.findIndex((entry) => entry.tag === tag)
    const own = journal.entries[at]
    if (!own) return { problem: `${path} does not list \`${tag}\`: Drizzle does not run it` }
    if (at < journal.entries.length - 1)
      return { problem: `${path} lists other files behind \`${tag}\`: make it the last one first` }
    const added = others.map(
      (file, i): Entry => ({ ...own, idx: own.idx + i + 1, when: own.when + i + 1, tag: tagOf(file.path) }),
    )
    const changed = { ...journal, entries: [...journal.entries, ...added] }
    const snapshotPath = (file: string): string =>
      sibling(file, `meta/${/^\d+/.exec(baseName(file))?.[0] ?? ''}_snapshot.json`)
    const snapshot = project.text(snapshotPath(original.path))
    return [
      {
        path,
        before: text,
        text: `${JSON.stringify(changed, null, indentOf(text))}${text.endsWith('\n') ? '\n' : ''}`,
      },
      ...(snapshot === null ? [] : snapshotCopies(original.path, others, snapshot, snapshotPath)),
    ]
  },
}

/** The schema after each new file is that after the original: it is what the plan leads to. */
function snapshotCopies(
  original: string,
  files: MadeFile[],
  text: string,
  pathOf: (path: string) => string,
): FileChange[] {
  let before = JSON.parse(text) as { id?: string }
  return files.map(({ path }) => {
    const id = idFrom(`${before.id} ${original} ${path}`)
    const copy = { ...before, id, ...('prevIds' in before ? { prevIds: [before.id] } : { prevId: before.id }) }
    before = copy
    return { path: pathOf(path), before: null, text: `${JSON.stringify(copy, null, indentOf(text))}` }
  })
}

/** A UUID that the same files always get. */
function idFrom(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

function journalOf(text: string): Journal | null {
  try {
    const journal = JSON.parse(text) as Journal
    return Array.isArray(journal.entries) ? journal : null
  } catch {
    return null
  }
}

function indentOf(text: string): string {
  return /^\{\r?\n([ \t]+)/.exec(text)?.[1] ?? '  '
}

function tagOf(path: string): string {
  return baseName(path).replace(/\.sql$/, '')
}
