import type { AlterTableCmd } from '@pgsql/types'
import { type Column, columnOf, type Relation } from '../../../catalog/relation.ts'
import { invalidParameterValue, objectNotInPrerequisiteState } from '../../model/sqlstate-errors.ts'
import type { StatementContext } from '../../model/statement-context.ts'
import { changeColumn } from '../../names/require-columns.ts'
import { ownSequence } from '../../tables/new-column.ts'
import { refuseUnvalidatedNotNull } from '../../tables/not-null-members.ts'

/** ADD GENERATED … AS IDENTITY, SET GENERATED and DROP IDENTITY, with the sequence of the column. */
export function changeIdentity(context: StatementContext, relation: Relation, command: AlterTableCmd): void {
  const { catalog } = context
  const { name = '', subtype } = command
  const column = columnOf(relation, name)
  if (!column) return
  const refuse = (what: string): never => {
    throw objectNotInPrerequisiteState(`column "${name}" of relation "${relation.name}" ${what}`)
  }
  if (subtype === 'AT_AddIdentity') {
    if (!['smallint', 'integer', 'bigint'].includes(column.type)) {
      throw invalidParameterValue('identity column type must be smallint, integer, or bigint')
    }
    if (!column.notNull) refuse('must be declared NOT NULL before identity can be added')
    refuseUnvalidatedNotNull(relation, name)
    if (column.identity) refuse('is already an identity column')
    if (column.default !== null) refuse('already has a default value')
    ownSequence(
      context,
      relation,
      column,
      command.def && 'Constraint' in command.def ? command.def.Constraint.options : [],
    )
  } else if (!column.identity) {
    if (command.missing_ok) return
    refuse('is not an identity column')
  }
  if (subtype === 'AT_DropIdentity') {
    for (const sequence of catalog.ownedSequences(relation))
      if (sequence.ownedBy?.column === name) catalog.drop(sequence)
  }
  const identity = subtype === 'AT_DropIdentity' ? null : (generatedIn(command) ?? column.identity)
  changeColumn(catalog, relation, name, { identity })
}

/** The kind that ADD or SET GENERATED names; null when it names none. */
function generatedIn({ def }: AlterTableCmd): Column['identity'] {
  if (def && 'Constraint' in def) return def.Constraint.generated_when === 'a' ? 'always' : 'by default'
  for (const node of def && 'List' in def ? (def.List.items ?? []) : []) {
    if (!('DefElem' in node) || node.DefElem.defname !== 'generated') continue
    const { arg } = node.DefElem
    return arg && 'Integer' in arg && arg.Integer.ival === 'a'.charCodeAt(0) ? 'always' : 'by default'
  }
  return null
}
