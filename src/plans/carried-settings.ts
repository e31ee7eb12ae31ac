import type { Node } from '@pgsql/types'
import { strings } from '../sql/walk.ts'
import { faithful } from './faithful.ts'
import { literal } from './names.ts'
import type { Part } from './plan.ts'

/** A setting that is in force when a statement runs, from an earlier statement of the same file. */
export interface SessionSetting {
  name: string
  node: Node
  /** Verbatim, without the last semicolon. */
  sql: string
  /** SET LOCAL: until the end of the transaction. */
  local: boolean
}

/** Bounds of a moment, which a build or a backfill must not have. */
const bounds = new Set([
  'lock_timeout',
  'statement_timeout',
  'transaction_timeout',
  'idle_in_transaction_session_timeout',
])

/** Gives each part the settings under which the statement itself would run: every file has a session of its own. */
export function underSettings(parts: Part[], settings: SessionSetting[]): Part[] {
  if (settings.length === 0) return parts
  const inside = settings.map(({ sql }) => `${sql};`)
  const lasting = settings.filter(({ name }) => !bounds.has(name)).map(forSession)
  return parts.map((part) => underEach(part, inside, lasting))
}

function underEach(part: Part, inside: string[], lasting: string[]): Part {
  switch (part.kind) {
    case 'transaction':
      return { ...part, sql: [...inside, ...part.sql] }
    case 'outside':
      return { ...part, sql: [...lasting, ...part.sql] }
    case 'backfill':
      return { ...part, sql: part.sql.replace('\nBEGIN\n', () => `\nBEGIN\n${lasting.map(executed).join('')}`) }
    case 'check':
    case 'deployment':
      return part
  }
}

/** SET, or SELECT set_config(…), and nothing else. */
export function isSetting(node: Node): boolean {
  if ('VariableSetStmt' in node) return true
  if (!('SelectStmt' in node) || node.SelectStmt.fromClause) return false
  const targets = node.SelectStmt.targetList ?? []
  return (
    targets.length > 0 &&
    targets.every((target) => {
      const value = 'ResTarget' in target ? target.ResTarget.val : undefined
      return value && 'FuncCall' in value && strings(value.FuncCall.funcname).at(-1) === 'set_config'
    })
  )
}

/** Inside the block, so that it is one statement also where someone runs it by hand. */
function executed(sql: string): string {
  return `  EXECUTE ${literal(sql.replace(/;$/, ''))};\n`
}

/** SET LOCAL has no effect outside a transaction. */
function forSession({ node, sql, local }: SessionSetting): string {
  if (!local) return `${sql};`
  if ('VariableSetStmt' in node) {
    return faithful({ VariableSetStmt: { ...node.VariableSetStmt, is_local: false } }) ?? `${sql};`
  }
  return `${sql.replace(/,\s*(true|'t'|'true')\s*\)\s*$/i, ', false)')};`
}
