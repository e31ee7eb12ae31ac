import type { AlterSeqStmt, CreateFunctionStmt, FunctionParameter, GrantStmt, TypeName } from '@pgsql/types'
import { typeOf } from '../catalog/types.ts'
import { parseSql } from '../sql/parse.ts'
import { codeStatements } from '../sql/plpgsql.ts'
import { print } from '../sql/quote.ts'
import { strings } from '../sql/walk.ts'
import { requireType } from './columns.ts'
import { requireUnread } from './extensions.ts'
import { requireColumns } from './indexes-of.ts'
import { type Judging, missingRelation, StatementFails } from './judging.ts'
import { outputColumns } from './query-columns.ts'
import { scopeOf } from './query-scope.ts'

/** What lock no table, and yet fail when what they name does not stand. */

/** GRANT and REVOKE. To 17 without any lock, from 18 with an ACCESS SHARE. */
export function grant(node: GrantStmt, judging: Judging): void {
  if (node.targtype !== 'ACL_TARGET_OBJECT') return
  for (const object of node.objects ?? []) {
    if ('RangeVar' in object && (node.objtype === 'OBJECT_TABLE' || node.objtype === 'OBJECT_SEQUENCE')) {
      const relation = judging.find(object.RangeVar)
      if (!relation) requireUnread(judging, object.RangeVar)
      else
        for (const one of node.privileges ?? [])
          if ('AccessPriv' in one) requireColumns(relation, strings(one.AccessPriv.cols))
    } else if ('String' in object && node.objtype === 'OBJECT_SCHEMA') {
      requireSchema(judging, object.String.sval ?? '')
    }
  }
}

/** ALTER SEQUENCE locks the sequence alone. */
export function alterSequence(node: AlterSeqStmt, judging: Judging): void {
  const sequence = judging.catalog.findOrAssume(
    node.sequence?.schemaname ?? null,
    node.sequence?.relname ?? '',
    'sequence',
  )
  if (!sequence && !node.missing_ok) throw missingRelation(node.sequence)
  for (const one of node.options ?? []) {
    if (!('DefElem' in one) || one.DefElem.defname !== 'owned_by') continue
    const { arg } = one.DefElem
    const [column = '', relname, schemaname] = strings(arg && 'List' in arg ? arg.List.items : undefined).reverse()
    if (relname === undefined) continue
    requireColumns(judging.relation({ relname, ...(schemaname ? { schemaname } : {}) }), [column])
  }
}

export function requireSchema(judging: Judging, name: string): void {
  if (!judging.catalog.hasSchema(name))
    throw new StatementFails('3F000', `schema "${name}" does not exist`, { kind: 'schema', name })
}

/**
 * What CREATE FUNCTION looks at in types and body: SQL wholly (fmgr_sql_validator), of PL/pgSQL the syntax. Not with
 * check_function_bodies off, nor where the function has settings of its own, such as a search_path.
 */
export function requireBody(node: CreateFunctionStmt, language: string, body: string, judging: Judging): void {
  const parameters = (node.parameters ?? []).flatMap((one) =>
    'FunctionParameter' in one ? [one.FunctionParameter] : [],
  )
  for (const one of parameters) requireParameterType(judging, one.argType, '')
  requireParameterType(judging, node.returnType, '"')
  const sets = (node.options ?? []).some((one) => 'DefElem' in one && one.DefElem.defname === 'set')
  if (sets || /^(off|false|no|0)$/i.test(judging.catalog.setting('check_function_bodies') ?? 'on')) return
  if (language === 'plpgsql') requirePlpgsqlSyntax(node)
  if (language === 'sql') requireSqlNames(parameters, body, judging)
}

function requireParameterType(judging: Judging, type: TypeName | undefined, quote: string): void {
  if (!type || type.pct_type) return
  try {
    requireType(judging, typeOf(type, judging.catalog))
  } catch (error) {
    if (!(error instanceof StatementFails)) throw error
    throw new StatementFails(error.sqlstate, error.message.replaceAll('"', quote), error.object)
  }
}

/** The parser alone knows less than the server of what names mean, so that only the grammar's word counts. */
function requirePlpgsqlSyntax(node: CreateFunctionStmt): void {
  try {
    codeStatements(print({ CreateFunctionStmt: node }))
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    if (/^syntax error at/.test(message)) throw new StatementFails('42601', message)
  }
}

function requireSqlNames(parameters: FunctionParameter[], body: string, judging: Judging): void {
  const { statements } = parseSql(body)
  const broken = statements.find((one) => one.error)
  if (broken?.error) throw new StatementFails('42601', broken.error.message)
  for (const { node } of statements) {
    // What a command makes before is not there yet when the function is made, but such bodies are rare and refused.
    if (!node || !('SelectStmt' in node)) continue
    const { SelectStmt: query } = node
    if (query.intoClause) continue
    if (parameters.every((one) => one.name === undefined)) outputColumns(judging, query)
    else judging.withVariables(() => outputColumns(judging, query, scopeOf([])))
  }
}
