import type { AlterSeqStmt, CreateSeqStmt } from '@pgsql/types'
import { emptyRelation } from '../../catalog/relation.ts'
import { newSequence } from '../../catalog/sequences.ts'
import { strings } from '../../sql/walk.ts'
import { missingRelation } from '../model/server-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'
import { requireColumns } from '../names/require-columns.ts'
import { withOptions } from '../tables/sequence-options.ts'

export const handlers: StatementHandlers = { AlterSeqStmt: alterSequence, CreateSeqStmt: createSequence }

/** CREATE SEQUENCE, which locks no table. */
function createSequence(node: CreateSeqStmt, context: StatementContext): void {
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
function alterSequence(node: AlterSeqStmt, context: StatementContext): void {
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
