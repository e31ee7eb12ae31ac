import type { Policy } from '../../policy/policy.ts'
import { parseSql } from '../../sql/parse.ts'
import { detect, entryOf, isLeftOut } from '../detection.ts'
import type { Project, SkippedFile, SourceFile } from '../runner.ts'
import { runners } from '../runner-registry.ts'
import { isSchemaDump } from './model-changes.ts'
import { otherDatabase } from './other-database.ts'
import { isCodeFile, isDataFile, isSqlFile, isToolingName, placeOfFile } from './place.ts'
import { isUnreadAnywhere, onlyIncludes, unreadTool } from './unread-tools.ts'

/** Sorts the files of a change or a folder: to review, skipped, unread or none of ours. */
export interface Chosen {
  /** Migrations, also those that no runner can read: each is reviewed or reported as not read. */
  files: SourceFile[]
  /** Migrations that are left out on purpose, each with the reason. */
  skipped: SkippedFile[]
  /** SQL that changes a schema and that no migration tool runs. */
  unclaimed: string[]
}

/**
 * True when a file's text has to be read to know whether it is a migration: by its path, or by what the change adds to it
 * (`patch`, null when that is not known).
 */
export function worthReading(path: string, patch: string | null, project: Project, policy: Policy): boolean {
  if (entryOf(path, policy) || runners.some((runner) => runner.claims(path, project))) return true
  const place = placeOfFile(path)
  if (place === 'none') return false
  if (place === 'migrations' || isSqlFile(path) || isUnreadAnywhere(path, null)) return true
  // Marker and change need not lie in the same hunk: any sign of a migration in what is seen of the file is enough.
  return patch === null || signOfMigration(patch) || /Migration|migrat/.test(patch)
}

/** Chooses the migrations among files that were read. A file that is not read as text counts by its path. */
export function chooseMigrations(files: SourceFile[], project: Project, policy: Policy): Chosen {
  const chosen: Chosen = { files: [], skipped: [], unclaimed: [] }
  for (const file of files) {
    const { path, text } = file
    const kind = kindOf(file, project, policy)
    if (kind === 'none') continue
    if (isLeftOut(path, policy)) {
      chosen.skipped.push({ path, reason: 'the policy says that it is no migration' })
      continue
    }
    const other = otherDatabase(path, text, project, policy)
    if (other !== null) {
      if (kind === 'migration') chosen.skipped.push({ path, reason: other })
    } else if (kind === 'migration') chosen.files.push(file)
    else chosen.unclaimed.push(path)
  }
  return chosen
}

/** One sentence about SQL that changes a schema and that no tool runs; null when there is none. */
export function unclaimedNotice(paths: string[]): string | null {
  if (paths.length === 0) return null
  const shown = paths.slice(0, 5).join(', ')
  const more = paths.length > 5 ? ` and ${paths.length - 5} more` : ''
  return `Not reviewed, because no migration tool runs it: SQL that changes a schema in ${shown}${more}. If it is a migration, name it under \`migrations\` in the policy.`
}

type Kind = 'migration' | 'unclaimed' | 'none'

function kindOf({ path, text }: SourceFile, project: Project, policy: Policy): Kind {
  if (entryOf(path, policy)) return 'migration'
  // Which tool the policy names for all files says nothing of whether this one is a migration.
  const detected = detect(path, text, project, { ...policy, runner: undefined })
  if (detected.kind !== 'none') return 'migration'
  const place = placeOfFile(path)
  if (place === 'none') return 'none'
  if (text !== null && onlyIncludes(path, text)) return 'none'
  if (isUnreadAnywhere(path, text)) return 'migration'
  if (place === 'migrations') return text === null || looksLikeMigration(path, text) ? 'migration' : 'none'
  // Its own notice says when no migration comes with a dump.
  return isSqlFile(path) && !isSchemaDump(path) && text !== null && changesSchema(text) ? 'unclaimed' : 'none'
}

/** In a folder for migrations: a name says tooling, a format data, so there the text has to say more. */
function looksLikeMigration(path: string, text: string): boolean {
  if (isSqlFile(path)) return true
  if (text.trim() === '') return false
  if (isDataFile(path)) return unreadTool(path, text) !== null
  if (isToolingName(path)) return signOfMigration(text)
  if (!isCodeFile(path)) return false
  return anySign.test(text) || !migratesClient(path, text)
}

/** Stores of web pages and of devices number their migrations too; their code has no word of databases. */
function migratesClient(path: string, text: string): boolean {
  return (
    /\.(?:[cm]?[jt]sx?|vue|dart|swift|kts?)$/i.test(path) &&
    (/(?:^|\/)(?:stores?|redux|state|persist(?:ence)?|storage|vuex|pinia|settings|config|client|frontend|web|ui|app)\//i.test(
      path,
    ) ||
      /\b(?:state|store|settings|config|localStorage|payload|prev(?:ious)?)\b/i.test(text))
  )
}

/** SQL that changes a schema or rows. */
const sqlSign =
  /\b(?:create|alter|drop|truncate)\s+(?:unique\s+|materialized\s+|or\s+replace\s+)*(?:table|index|type|view|schema|column|constraint|sequence|function|trigger|extension|policy)\b|\binsert\s+into\b|\bdelete\s+from\b|\bupdate\s+\S+\s+set\b/i

/** Calls and names of migration tools. */
const toolSign =
  /\bqueryRunner\.|\bqueryInterface\.|\bpgm\.\w+\(|\bknex\.|\baddSql\(|\brunSql\b|\bop\.(?!get_bind)\w+\(|\bmigrations\.\w+\(|\bmigrationBuilder\.|\bSchema::|\b(?:create|drop|alter|change|rename)_(?:table|column)\b|\badd_(?:column|index|reference|foreign_key)\b|\b(?:class|extends|implements|impl)\s+\w*Migration(?:Interface|Trait)?\b|\bdown_revision\b|\bdatabaseChangeLog\b|\baddMigration\b|\bgoose\.|\bgormigrate\.|\bMustRegister\(|!Ups\b|\[Migration\(/

function signOfMigration(text: string): boolean {
  return sqlSign.test(text) || toolSign.test(text)
}

/** Any word of databases: code in a folder for migrations without one migrates something else. */
const anySign =
  /\b(?:sql|query|queries|execute|exec|schema|table|tables|column|index|database|db|migrations?|migrate|up|down|insert|update|delete|alter|create|drop|constraint|models?|repository|orm|tx|transaction|rows?)\b/i

function changesSchema(text: string): boolean {
  if (!sqlSign.test(text)) return false
  return parseSql(text).statements.some(({ node }) => {
    const [kind = ''] = node ? Object.keys(node) : []
    return schemaStatement.test(kind)
  })
}

const schemaStatement = /^(?:Create|Alter|Drop|Index|Rename|View|Truncate|Define|Comp|Refresh)/
