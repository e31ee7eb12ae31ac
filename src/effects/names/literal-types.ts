import type { A_Const, Node } from '@pgsql/types'
import { parseType, shortType, type TypeRef } from '../../catalog/types.ts'
import { datatypeMismatch, invalidTextRepresentation } from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'

/**
 * Fails as the server does where a constant surely is no value of a column's type: a label that the enum lacks (22P02),
 * a number for a boolean (42804), text that is no number. Measured on 13 and 18; whatever is more than a constant is left
 * to the server. `of`: `default expression` or `expression`, as its message says.
 */
export function requireLiteral(
  context: StatementContext,
  column: { name: string; type: string },
  value: Node | undefined,
  of: 'default expression' | 'expression',
): void {
  if (!value || !('A_Const' in value) || value.A_Const.isnull || column.type === '') return
  const type = parseType(column.type, context.catalog)
  if (type.array) return
  const { ival, fval, boolval, sval } = value.A_Const
  if (sval) return requireText(type, sval.sval ?? '')
  const given = ival ? 'integer' : boolval ? 'boolean' : fval ? 'numeric' : null
  if (given === null || type.user?.kind === 'domain' || (type.schema !== null && type.user === null)) return
  const refuses = type.user?.kind === 'enum' || (given === 'boolean' ? noBoolean : noNumber).has(type.name)
  // Beyond int4 an integer constant is a bigint or numeric, as one with a point is.
  if (!refuses || given === 'numeric') return
  throw datatypeMismatch(`column "${column.name}" is of type ${shortType(type)} but ${of} is of type ${given}`)
}

/** The type of a constant as the server reads it (make_const in parse_node.c); `literal`: a text, which takes any type, or NULL. */
export function figuredLiteral({ ival, fval, boolval, sval, bsval, isnull }: A_Const): string {
  if (isnull || sval) return 'literal'
  if (boolval) return 'boolean'
  if (bsval) return 'bit'
  if (ival) return 'integer'
  const digits = fval?.fval ?? ''
  return /^\d+$/.test(digits) && BigInt(digits) <= 9223372036854775807n ? 'bigint' : 'numeric'
}

/** Types without an assignment cast from integer. */
const noNumber = new Set([
  'boolean',
  'date',
  'timestamp without time zone',
  'timestamp with time zone',
  'uuid',
  'json',
  'jsonb',
  'bytea',
])

/** Types without an assignment cast from boolean. */
const noBoolean = new Set([
  'smallint',
  'integer',
  'bigint',
  'numeric',
  'real',
  'double precision',
  'date',
  'timestamp without time zone',
  'timestamp with time zone',
  'uuid',
  'json',
  'jsonb',
])

/** Fails where a text surely is no value of the type (22P02). */
export function requireText(type: TypeRef, text: string): void {
  const { user } = type
  if (user?.kind === 'enum') {
    if (user.labels.length === 0 || user.labels.includes(text)) return
    throw invalidTextRepresentation(`invalid input value for enum ${shortType(type)}: "${text}"`)
  }
  if (user || type.schema !== null) return
  const word = text.trim()
  const isNumber = /^(smallint|integer|bigint)$/.test(type.name)
  const wrong =
    (isNumber && /^[a-z_ ]+$/i.test(word)) ||
    (type.name === 'boolean' && !/^(t|tr|tru|true|f|fa|fal|fals|false|y|ye|yes|n|no|on|of|off|1|0)$/i.test(word)) ||
    (type.name === 'uuid' && (/[^0-9a-f{}-]/i.test(word) || word.replace(/[{}-]/g, '').length !== 32))
  if (wrong) throw invalidTextRepresentation(`invalid input syntax for type ${type.name}: "${text}"`)
  if (/^jsonb?$/.test(type.name) && !isJson(text)) throw invalidTextRepresentation('invalid input syntax for type json')
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
