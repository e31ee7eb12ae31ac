import type { ColumnRef, Constraint as ConstraintNode, IndexElem, IndexStmt, Node } from '@pgsql/types'
import type { Constraint } from '../catalog/relation.ts'
import { parseOne } from '../sql/parse.ts'
import { walk } from '../sql/walk.ts'

/** Gives a column another name wherever the tree mentions it; changes the tree. */
export function renameColumn(tree: unknown, from: string, to: string): void {
  walk(tree, (name, value) => {
    if (name === 'ColumnRef') {
      const last = (value as ColumnRef).fields?.at(-1)
      if (last && 'String' in last && last.String.sval === from) last.String = { sval: to }
    }
    if (name === 'IndexElem' && (value as IndexElem).name === from) (value as IndexElem).name = to
    return undefined
  })
}

/** The expression over the columns of a trigger's NEW, as a new tree. */
export function ofNewRow(expression: Node): Node {
  const copy = structuredClone(expression)
  walk(copy, (name, value) => {
    if (name !== 'ColumnRef') return undefined
    const reference = value as ColumnRef
    const column = reference.fields?.at(-1)
    if (column) reference.fields = [{ String: { sval: 'new' } }, column]
    return false
  })
  return copy
}

/** The expression over the columns of a table with this alias, as a new tree. */
export function ofAlias(expression: Node, alias: string): Node {
  const copy = structuredClone(expression)
  walk(copy, (name, value) => {
    if (name !== 'ColumnRef') return undefined
    const reference = value as ColumnRef
    const column = reference.fields?.at(-1)
    if (column) reference.fields = [{ String: { sval: alias } }, column]
    return false
  })
  return copy
}

/** The tree of a constraint by its definition; null when it cannot be read. */
export function constraintNode({ definition }: Pick<Constraint, 'definition'>): ConstraintNode | null {
  if (definition.includes('…')) return null
  try {
    const node = parseOne(`ALTER TABLE t ADD ${definition}`)
    const [command] = 'AlterTableStmt' in node ? (node.AlterTableStmt.cmds ?? []) : []
    const def = command && 'AlterTableCmd' in command ? command.AlterTableCmd.def : undefined
    return def && 'Constraint' in def ? def.Constraint : null
  } catch {
    return null
  }
}

/** Column names of a list, one of them under another name. */
export function renamedNames(nodes: Node[] | undefined, from: string, to: string): Node[] {
  return (nodes ?? []).map((node) => ('String' in node && node.String.sval === from ? { String: { sval: to } } : node))
}

/** Gives a column of an index another name. */
export function renameInIndex(node: IndexStmt, from: string, to: string): void {
  renameColumn(node.indexParams, from, to)
  renameColumn(node.indexIncludingParams, from, to)
  renameColumn(node.whereClause, from, to)
}
