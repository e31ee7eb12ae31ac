import type { Statement } from '../sql/statement.ts'

/**
 * How the runner sends a file's statements.
 *
 * - `transaction`: BEGIN before the first, COMMIT after the last
 * - `implicit`: the whole text as one simple query, so several statements are one implicit transaction and one alone is
 *   in autocommit
 * - `autocommit`: each statement on its own
 */
type Wrapping = 'transaction' | 'implicit' | 'autocommit'

/** One change as its runner would run it. */
export interface Migration {
  path: string
  runner: string
  direction: 'up' | 'down'
  statements: Statement[]
  wrapping: Wrapping
  /** Migrations with the same batch run in one transaction, in order; null when the file is on its own. */
  batch: string | null
  /** How this runner lets a migration run outside a transaction, ready to read in a sentence; null when it cannot. */
  optOut: string | null
  /** The lock_timeout that the tool's own configuration gives its session, as written there; undefined when it gives none. */
  lockTimeout?: string
  /** Notes on how the file was read (placeholders, lines left out). */
  notes: { line: number; message: string }[]
  /** True when at most its folder says that it is a migration: which tool runs it, and in what transaction, is a guess. */
  guessed?: boolean
  /** Set when the file could not be read as a migration at all; `statements` is then empty. */
  unreadable: string | null
}

/** A file at one commit or in the working tree. */
export interface SourceFile {
  path: string
  /** Null when it could not be read as text; `problem` then says why. */
  text: string | null
  problem: string | null
}

/** A file that is left out of the review on purpose. */
export interface SkippedFile {
  path: string
  /** A clause: `not PostgreSQL, not reviewed: MySQL, by folder mysql/`. */
  reason: string
}

/** The information by which a runner knows its files: every path, and the text of the config files. */
export interface Project {
  paths: ReadonlySet<string>
  /** Text of a config file by path; null when it is not there or was not read. */
  text(path: string): string | null
}

/**
 * How sure a runner is that a file is its own, the surest first.
 *
 * - `own`: a folder, a file beside it or its name that only this tool has
 * - `dependency`: a manifest or config file in a folder above it names the tool
 * - `elsewhere`: such a file exists in another folder of the repository
 * - `shape`: its name has the tool's form, which other tools share
 * - `folder`: it lies in a folder for migrations
 */
export type Claim = (typeof claims)[number]

export const claims = ['own', 'dependency', 'elsewhere', 'shape', 'folder'] as const

/** One migration tool; its file exports it as `runner`, and the registry is written from those files. */
export interface Runner {
  /** The name of its file. */
  name: string
  /** The tool's name as its users write it. */
  title: string
  /** For the table of tools in the docs: its files, and what it wraps them in, as clauses without a full stop. */
  about: { files: string; transaction: string }
  /** Tables where the tool records what has run, in small letters: never reported as missing. */
  historyTables: readonly string[]
  /** Whole paths of the config files whose text it asks for. */
  config: RegExp | null
  /** Names of the files that it can read at all; SQL and anything that is named for it where it is not said. */
  reads?: RegExp
  /** Text that only this tool's files carry; it decides before any path does. */
  marker: RegExp | null
  /** Text that each of its files has: a file without it is none of its migrations, whatever its path says. */
  shape?: RegExp
  /** Text by which its files differ from those of other tools: it decides where several claim a file by its path. */
  words?: RegExp
  /** Whether this path is one of the tool's migration files in this project; null when it is not. */
  claims(path: string, project: Project): Claim | null
  /** The order in which the tool runs its files. */
  compare(a: string, b: string, project: Project): number
  /** Puts paths that `compare` has sorted into an order that only the text of the files shows. */
  arrange?(paths: string[], project: Project): string[]
  /** The tool’s rules for files that were applied before and are changed now. */
  applied: AppliedRules
  /** The file as the tool would run it: one migration, or an up and a down one. */
  read(file: SqlFile, project: Project): Migration[]
  /** Whether the tool runs this statement outside a transaction; absent where it does so with any, or with none. */
  runsOutside?(sql: string): boolean
  /** Applies one file's marker to the others of the same run; absent where files do not affect each other. */
  together?(migrations: Migration[]): Migration[]
}

/** Sentences without a full stop, for `renamed` null where the tool does not look at the name. */
export interface AppliedRules {
  edited: string
  removed: string
  renamed: string | null
  /** Of a new file that sorts before applied ones. */
  late: { does: 'refuses' | 'skips' | 'runs'; words: string }
  /** It compares the whole text, comments and all. */
  checksum: boolean
  /** By which the tool knows a file, where two files must not share it; null when it goes by the name, or runs it again at will. */
  version(path: string): string | null
}

export interface SqlFile {
  path: string
  text: string
}
