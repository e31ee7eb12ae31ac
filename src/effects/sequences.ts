import type { AlterSeqStmt, CreateSeqStmt, FuncCall, Node, RangeVar } from '@pgsql/types'
import { emptyRelation } from '../catalog/relation.ts'
import { newSequence } from '../catalog/sequences.ts'
import { qualifiedName, strings } from '../sql/walk.ts'
import { requireColumns } from './columns.ts'
import { requireUnread } from './extensions.ts'
import { missingRelation, type StatementContext } from './judging.ts'
import { withOptions } from './sequence-options.ts'

/** CREATE SEQUENCE, which locks no table. */
export function createSequence(node: CreateSeqStmt, context: StatementContext): void {
  const { catalog } = context
  const schema = context.creationSchema(node.sequence)
  const name = node.sequence?.relname ?? ''
  if (catalog.nameTaken(schema, name)) {
    if (node.if_not_exists) return
    context.requireFreeName(schema, name)
  }
  const sequence = withOptions(newSequence('bigint'), node.options ?? [], catalog)
  catalog.put({ ...emptyRelation(catalog.newId(), schema, name, 'sequence'), sequence })
}

/** ALTER SEQUENCE locks the sequence alone. */
export function alterSequence(node: AlterSeqStmt, context: StatementContext): void {
  const { catalog } = context
  const found = catalog.findOrAssume(node.sequence?.schemaname ?? null, node.sequence?.relname ?? '', 'sequence')
  if (!found && !node.missing_ok) throw missingRelation(node.sequence)
  if (found?.sequence) catalog.change(found, { sequence: withOptions(found.sequence, node.options ?? [], catalog) })
  for (const option of node.options ?? []) {
    if (!('DefElem' in option) || option.DefElem.defname !== 'owned_by') continue
    const { arg } = option.DefElem
    const [column = '', relname, schemaname] = strings(arg && 'List' in arg ? arg.List.items : undefined).reverse()
    if (relname === undefined) continue
    requireColumns(context.relation({ relname, ...(schemaname ? { schemaname } : {}) }), [column])
  }
}

/** nextval('x'), setval('x', 1) and currval('x'): the text names a sequence. */
export function requireSequence(context: StatementContext, node: FuncCall): void {
  const sequence = sequenceNamedIn(node)
  if (sequence && !context.find(sequence)) requireUnread(context, sequence)
}

/** The sequence that a call names by a constant; null when it names none. */
export function sequenceNamedIn(node: FuncCall): RangeVar | null {
  const { name } = qualifiedName(node.funcname)
  return ['nextval', 'setval', 'currval'].includes(name) ? sequenceIn(node.args?.[0]) : null
}

/** The relation that a text constant means as a regclass; null for any other expression. */
function sequenceIn(node: Node | undefined): RangeVar | null {
  if (!node) return null
  if ('TypeCast' in node) return sequenceIn(node.TypeCast.arg)
  const text = 'A_Const' in node ? node.A_Const.sval?.sval : undefined
  const parts = text?.match(/"(?:[^"]|"")+"|[^.]+/g)
  if (!parts || parts.length > 2) return null
  const [relname = '', schemaname] = parts
    .map((part) => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.toLowerCase()))
    .reverse()
  return { relname, ...(schemaname === undefined ? {} : { schemaname }) }
}
