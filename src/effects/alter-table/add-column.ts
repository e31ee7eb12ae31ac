import type { AlterTableCmd } from '@pgsql/types'
import { columnOf, type Relation, relationName } from '../../catalog/relation.ts'
import { addConstraint } from '../constraints.ts'
import { inherited, requireRecursion } from '../inheritance.ts'
import { type Judging, StatementFails } from '../judging.ts'
import { definitionIn, newColumn, requireExpressions } from '../new-column.ts'
import { hasRows } from '../rows.ts'

/**
 * ADD COLUMN. One value for all rows is kept in the catalog (from 11) and costs nothing; a value of its own for each row
 * rewrites the table and every index.
 */
export function addColumn(judging: Judging, relation: Relation, command: AlterTableCmd, recurse: boolean): void {
  const { catalog } = judging
  const node = definitionIn(command)
  const name = node.colname ?? ''
  requireTable(relation, catalog.major)
  judging.touch(relation, 'AccessExclusiveLock')
  if (relation.partitionOf) throw new StatementFails('42809', 'cannot add column to a partition')
  if (columnOf(relation, name)) {
    if (command.missing_ok) return
    throw new StatementFails('42701', `column "${name}" of relation "${relation.name}" already exists`, {
      kind: 'column',
      name: `${relationName(relation)}.${name}`,
    })
  }
  requireRecursion(judging, relation, recurse, 'column')
  const added = newColumn(judging, relation, node)
  if (added.column.identity && recurse && hasInheritors(judging, relation)) {
    throw new StatementFails('42P16', 'cannot recursively add identity column to table that has child tables')
  }
  const perRow =
    added.perRow ??
    (catalog.major < 11 && added.hasDefault ? 'before PostgreSQL 11 any default is written into every row' : null)
  const notNullWithoutDefault = added.column.notNull && !added.hasDefault
  for (const member of recurse ? catalog.family(relation) : [relation]) {
    if (columnOf(member, name)) {
      // A child that has the column already only comes to inherit it.
      judging.touch(member, 'AccessExclusiveLock', inherited(member, relation))
      continue
    }
    const rewrite = perRow !== null && hasRows(member)
    judging.touch(member, 'AccessExclusiveLock', {
      rewrite,
      scan: (rewrite || notNullWithoutDefault) && hasRows(member),
      builds: rewrite ? member.indexes : [],
      ...inherited(member, relation),
    })
    const now = catalog.now(member)
    catalog.put({ ...now, columns: [...now.columns, added.column] })
  }
  if (command.def && 'ColumnDef' in command.def)
    requireExpressions(judging, catalog.now(relation), command.def.ColumnDef)
  for (const constraint of added.constraints) {
    addConstraint(judging, relation, constraint, { column: name, recurse, allNull: !added.hasDefault })
  }
  judging.mark({ kind: 'adds column', relation, column: name, notNullWithoutDefault, fills: perRow })
}

function requireTable(relation: Relation, major: number): void {
  if (relation.kind !== 'view' && relation.kind !== 'materialized view') return
  throw new StatementFails(
    '42809',
    major < 15
      ? `"${relation.name}" is not a table, composite type, or foreign table`
      : `ALTER action ADD COLUMN cannot be performed on relation "${relation.name}"`,
  )
}

/** Until 16 partitions count too; from 17 they share their parent's identity (ATPrepAddColumn). */
function hasInheritors(judging: Judging, relation: Relation): boolean {
  const { catalog } = judging
  return catalog.children(relation).length > 0 && (catalog.major < 17 || relation.kind !== 'partitioned table')
}
