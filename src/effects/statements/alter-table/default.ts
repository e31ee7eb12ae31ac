import type { AlterTableCmd } from '@pgsql/types'
import { columnOf, type Relation } from '../../../catalog/relation.ts'
import { print } from '../../../sql/quote.ts'
import { missingColumn } from '../../model/server-errors.ts'
import { syntaxError } from '../../model/sqlstate-errors.ts'
import type { StatementContext } from '../../model/statement-context.ts'
import { changeColumn, requireColumn } from '../../names/require-columns.ts'
import { inherited } from '../../tables/inheritance.ts'
import { isNull, requireDefault, requireDefaultType } from '../../tables/new-column.ts'

/** SET and DROP DEFAULT: ACCESS EXCLUSIVE on the family, no work. Fails for an identity or generated column (42601). */
export function changeDefault(
  context: StatementContext,
  relation: Relation,
  command: AlterTableCmd,
  members: Relation[],
): void {
  const name = command.name ?? ''
  requireColumn(relation, name)
  const column = columnOf(relation, name)
  const kind = column?.identity ? 'an identity' : column?.generated ? 'a generated' : null
  if (kind !== null) throw syntaxError(`column "${name}" of relation "${relation.name}" is ${kind} column`)
  requireDefault(context, command.def)
  if (column) requireDefaultType(context, column, command.def)
  for (const member of members) {
    context.lock(member, 'AccessExclusiveLock', inherited(member, relation))
    const value = command.def && !isNull(command.def) ? print(command.def) : null
    changeColumn(context.catalog, member, name, { default: value })
  }
  if (!command.def && column?.default !== null) context.recordChange({ kind: 'drops default', relation, column: name })
}

/**
 * DROP DEFAULT before DROP COLUMN of one column: both run in the pass of the drops, where the children's DROP DEFAULT
 * comes behind the parent's DROP COLUMN, which took the column from them (42703).
 */
export function requireDroppedLater(
  context: StatementContext,
  relation: Relation,
  later: AlterTableCmd[],
  name: string,
): void {
  const [child] = context.catalog.children(relation)
  const dropped = later.some(
    (alterTableCmd) => alterTableCmd.subtype === 'AT_DropColumn' && alterTableCmd.name === name,
  )
  if (dropped && child && columnOf(relation, name)) throw missingColumn(child, name)
}
