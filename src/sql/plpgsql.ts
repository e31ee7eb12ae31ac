import { plpgsqlTree } from './parse.ts'

/** One SQL command inside PL/pgSQL code. */
export interface CodeStatement {
  /**
   * `static`: `sql` is a command. `dynamic`: it is the expression whose text EXECUTE runs. `ends`: `sql` is COMMIT or
   * ROLLBACK of the transaction that the code runs in.
   */
  kind: 'static' | 'dynamic' | 'ends'
  sql: string
  /** Inside a branch, a loop or an exception handler: it may not run. */
  depends: boolean
  /** Inside a block with an EXCEPTION clause: an error of it may be caught. */
  guarded: boolean
}

/**
 * The commands of a DO block or of a CREATE FUNCTION … LANGUAGE plpgsql, in order. Throws PostgreSQL's message when the
 * code does not parse.
 */
export function codeStatements(statement: string): CodeStatement[] {
  const found: CodeStatement[] = []
  collect(plpgsqlTree(statement), { depends: false, guarded: false }, found)
  return found
}

/** Keys of the statements that run only when a condition holds. */
const conditional = new Set(['then_body', 'else_body', 'elsif_list', 'case_when_list', 'else_stmts', 'exceptions'])

type Way = Pick<CodeStatement, 'depends' | 'guarded'>

function collect(node: unknown, way: Way, found: CodeStatement[]): void {
  if (node === null || typeof node !== 'object') return
  if (Array.isArray(node)) {
    let current = way
    for (const item of node) {
      collect(item, current, found)
      // Statements after a branch that may leave the code may not run.
      if (mayLeave(item)) current = { ...current, depends: true }
    }
    return
  }
  for (const [key, value] of Object.entries(node as Record<string, Record<string, unknown>>)) {
    switch (key) {
      case 'PLpgSQL_stmt_execsql':
        found.push({ kind: 'static', sql: queryOf(value.sqlstmt), ...way })
        break
      case 'PLpgSQL_stmt_commit':
      case 'PLpgSQL_stmt_rollback':
        found.push({ kind: 'ends', sql: key.slice('PLpgSQL_stmt_'.length).toUpperCase(), ...way })
        break
      case 'PLpgSQL_stmt_perform':
      case 'PLpgSQL_stmt_call':
        found.push({ kind: 'static', sql: queryOf(value.expr), ...way })
        break
      case 'PLpgSQL_stmt_return_query':
      case 'PLpgSQL_stmt_fors':
        if (value.dynquery) found.push({ kind: 'dynamic', sql: queryOf(value.dynquery), ...way })
        else if (value.query) found.push({ kind: 'static', sql: queryOf(value.query), ...way })
        collect(value.body, { ...way, depends: true }, found)
        break
      case 'PLpgSQL_stmt_dynexecute':
      case 'PLpgSQL_stmt_dynfors':
        found.push({ kind: 'dynamic', sql: queryOf(value.query), ...way })
        collect(value.body, { ...way, depends: true }, found)
        break
      case 'PLpgSQL_stmt_block':
        collect(value.body, { ...way, guarded: way.guarded || value.exceptions !== undefined }, found)
        collect(value.exceptions, { ...way, depends: true }, found)
        break
      default: {
        const loops = /^PLpgSQL_stmt_(loop|while|fori|forc|foreach_a)$/.test(key)
        collect(value, loops || conditional.has(key) ? { ...way, depends: true } : way, found)
      }
    }
  }
}

/** RETURN, EXIT and an error that is raised, inside a branch. The last RETURN of a function is in no branch. */
function mayLeave(statement: unknown): boolean {
  if (statement === null || typeof statement !== 'object') return false
  const [kind = '', value] = Object.entries(statement)[0] ?? []
  if (!/^PLpgSQL_stmt_(if|case|loop|while|fori|fors|forc|foreach_a|dynfors|block)$/.test(kind)) return false
  return /"PLpgSQL_stmt_(return|exit)":|"PLpgSQL_stmt_raise":\{(?:"lineno":\d+,)?"elog_level":2[1-9]/.test(
    JSON.stringify(value),
  )
}

function queryOf(expression: unknown): string {
  const { query } = (expression as { PLpgSQL_expr?: { query?: string } } | undefined)?.PLpgSQL_expr ?? {}
  return query ?? ''
}
