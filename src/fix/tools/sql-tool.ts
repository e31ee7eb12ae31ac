import type { Project, SqlFile } from '../../runners/runner.ts'
import type { FileChange, Piece } from '../piece.ts'

/** How the files of one migration tool with SQL are named and marked. */
export interface SqlTool {
  /** Names of the runners that it is of. */
  runners: readonly string[]
  /** The parts of a path with its version; null for a path that has another form. */
  name(path: string, project: Project): VersionedPath | null
  /** Versions without a gap, as the tool wants them. */
  gapless?: boolean
  /** A version with room: `2` is followed by `2.1`, where `3` exists. */
  fraction?: string
  /** Lines of the file that are the tool's own: they stay where they are. */
  directive: RegExp | null
  /** A file outside a transaction goes to the server as one query, so that it holds one statement. */
  oneQuery: boolean
  /** Text above the statements of a new file. */
  head(mode: Piece['mode']): string
  /** Text below the statements of a new file, where the original has a part to undo. */
  foot: string
  /** Marks the text of an existing file as one outside a transaction. */
  markOutside(text: string): string
  /** Between two statements, and around one that holds semicolons of its own. */
  between?: (original: string) => string
  around?: (sql: string) => { before: string; after: string } | null
  /** BEGIN and COMMIT are written into the file. */
  ownTransaction?: boolean
  /** Where a file outside a transaction has another name. */
  outsidePath?: (path: string) => string
  /** The path of the file that undoes it; null where there is none. */
  downPath?: (path: string) => string | null
  /** Files beside: a list of migrations, a setting of one file. */
  beside?: (made: MadeFile[], original: SqlFile, project: Project) => FileChange[] | { problem: string }
  /** Why a second file cannot wait beside the first; null where it can. */
  onlyOne?: (path: string) => string | null
}

export interface VersionedPath {
  /** Up to the version. */
  before: string
  /** Null: ordered by name. */
  version: string | null
  /** From the version on. */
  after: string
}

/** A file that was written, the first being the original. */
export interface MadeFile {
  path: string
  text: string
  mode: Piece['mode']
  statements: string[]
}

/** A path with the first number of its name: `db/001_x.sql`. */
export function numbered(path: string): VersionedPath | null {
  const [, folder = '', version = '', rest = ''] = /^(.*\/)?(\d+)([^/]*)$/.exec(path) ?? []
  return version === '' ? null : { before: folder, version, after: rest }
}

/** The same, and a path without a number, which is ordered by its name. */
export function numberedOrNamed(path: string): VersionedPath {
  const at = path.lastIndexOf('/') + 1
  return numbered(path) ?? { before: path.slice(0, at), version: null, after: path.slice(at) }
}

/** The up file's name with the other word: `.up.sql`, `.down.sql`. */
export function withDown(path: string): string | null {
  return /\.up\.sql$/.test(path) ? path.replace(/\.up\.sql$/, '.down.sql') : null
}

/** A statement that holds semicolons of its own, as a function or a DO block does. */
export function holdsSemicolons(sql: string): boolean {
  return sql.includes(';')
}

/** A tool whose files need no mark. */
export const unmarked = {
  directive: null,
  oneQuery: true,
  head: () => '',
  foot: '',
  markOutside: (text: string) => text,
} satisfies Partial<SqlTool>
