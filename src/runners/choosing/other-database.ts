import type { Policy } from '../../policy/policy.ts'
import { entryOf } from '../detection.ts'
import type { Project } from '../runner.ts'
import { configDatabase } from './config-database.ts'
import { pathDatabase } from './path-database.ts'
import { isSqlFile } from './place.ts'
import { speaksPostgres, textDatabase } from './text-database.ts'

/**
 * Why a migration is of another database, as a clause; null for PostgreSQL and wherever it is not certain.
 *
 * The policy's word decides, then the path (a folder beside one of another database, a suffix), then the tool's config
 * files, then the dialect of the text. A file with words that only PostgreSQL knows is left out only where the policy or
 * a folder beside another database's says so.
 */
export function otherDatabase(path: string, text: string | null, project: Project, policy: Policy): string | null {
  const dialect = entryOf(path, policy)?.dialect
  if (dialect !== undefined) return dialect === 'postgresql' ? null : reason(dialect, 'the policy')
  const byPath = pathDatabase(path, project)
  if (byPath.kind === 'postgres') return null
  if (byPath.kind === 'other' && byPath.sure) return reason(byPath.title, byPath.why)
  // Asked for only where something says otherwise: a dump has megabytes.
  const speaks = (): boolean => text !== null && isSqlFile(path) && speaksPostgres(text)
  if (byPath.kind === 'other') return speaks() ? null : reason(byPath.title, byPath.why)
  const byConfig = configDatabase(path, project)
  if (byConfig === 'postgres') return null
  if (byConfig) return speaks() ? null : reason(byConfig.title, byConfig.why)
  if (text === null) return null
  if (!isSqlFile(path)) return usesMongo(text) ? reason('MongoDB', 'its text') : null
  const byText = textDatabase(text)
  return byText === null ? null : reason(byText, 'its dialect')
}

function reason(title: string, why: string): string {
  return `not PostgreSQL, not reviewed: ${title}, by ${why}`
}

/** Migrations of a document store: no SQL, and its driver. */
function usesMongo(text: string): boolean {
  return /\bdb\.collection\(|from ['"](?:mongodb|mongoose)['"]|require\(['"](?:mongodb|mongoose)['"]\)/.test(text)
}
