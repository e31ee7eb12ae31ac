import { baseName, folderOf } from '../sql-file.ts'

/** Guesses about a file that no runner claims, from its path alone. */
type Place =
  /** In a folder for migrations, or named as a tool names its files: its text decides. */
  | 'migrations'
  /** SQL, or code that may carry a tool's marker wherever it lies. */
  | 'anywhere'
  /** No migration. */
  | 'none'

/** Languages that migration tools have files in. */
const code =
  /\.(?:[cm]?[jt]sx?|coffee|ls|litcoffee|rb|rake|py|exs?|erl|gleam|go|java|kts?|scala|groovy|cljc?|cljs|edn|cs|csx|fsx?|vb|php|phtml|rs|pl|pm|raku|sh|bash|zsh|fish|ps1|bat|cmd|swift|dart|hs|lhs|elm|purs|lua|fizz|nim|cr|zig|ml|mli|re|res|jl|r|d|c|cc|cpp|cxx|h|hpp|m|mm|pas|pp|lisp|cl|scm|rkt|tcl|hx|hack|hh|vala|sol|v|odin|ada|adb|f90|cob|cbl|plsql|pks|pkb)$/i
const data = /\.(?:xml|ya?ml|json|hcl)$/i
const sql = /\.(?:sql|psql|pgsql|ddl|cql|tsql)(?:\.(?:erb|tmpl|j2|tpl|template))?$/i

/** Files beside migrations that are none: tests, type declarations, what tools generate to go with a migration. */
const besides =
  /(?:\.d\.[cm]?ts|[._-](?:test|spec|tests)\.\w+|_test\.go|\.designer\.cs|modelsnapshot\.cs|\.map|\.snap|(?:^|\/)(?:package|tsconfig|package-lock|composer)\.json|(?:^|\/)conftest\.py)$/i
const besideFolders = /(?:^|\/)(?:__tests__|tests?|spec|__snapshots__|__mocks__|node_modules|vendor|testdata)\//i

/** The guess from a path about a file that no runner claims. */
export function placeOfFile(path: string): Place {
  const isSql = sql.test(path)
  if (!isSql && !code.test(path) && !data.test(path)) return 'none'
  if (besides.test(path) || besideFolders.test(path)) return isSql ? 'anywhere' : 'none'
  return inMigrationFolder(path) ? 'migrations' : 'anywhere'
}

/** True for SQL by its name. */
export function isSqlFile(path: string): boolean {
  return sql.test(path)
}

/** True for code that a migration tool could run, by its name. */
export function isCodeFile(path: string): boolean {
  return code.test(path) || data.test(path)
}

/** True for a file whose format is data: only with a tool's marker is it a migration. */
export function isDataFile(path: string): boolean {
  return data.test(path)
}

const folderWord = /^(?:db|database)?(?:migrations?|changelogs?|changesets)$/i

/** True below a folder such as `migrations`, `db/migrate`, `sql-migrations`, `alembic/versions`, `changelog`. */
function inMigrationFolder(path: string): boolean {
  const folder = folderOf(path)
  if (folder.split('/').some((segment) => segment.split(/[-_.]/).some((word) => folderWord.test(word)))) return true
  if (/(?:^|\/)alembic\/versions(?:\/|$)/i.test(folder)) return true
  // A folder `migrate` also holds commands that migrate: only numbered files are migrations there.
  if (/(?:^|\/)db\/migrate(?:\/|$)/i.test(folder)) return true
  return /(?:^|\/)migrate(?:\/|$)/i.test(folder) && (/^[vV]?\d/.test(baseName(path)) || sql.test(path))
}

/** Names of files that run or list migrations, or help them. */
const tools =
  /^(?:index|main|mod|lib|migrations?|migrator|migrate|embed|runner|run|env|setup|config|configuration|helpers?|utils?|common|base|types|__init__|registry|provider|data-?source|doc|script|manager|executor|service|module|cli|constants?|errors?|version|state|store|storage|loader|interface|schema)$/i

/** True for a name that says tooling rather than a migration: its text has to show otherwise. */
export function isToolingName(path: string): boolean {
  return tools.test(baseName(path).replace(/\..*$/, ''))
}
