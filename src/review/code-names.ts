import type { AlterTableStmt, DropStmt, Node, RenameStmt } from '@pgsql/types'
import { nodesInCode } from '../effects/calls/function-bodies.ts'
import type { Migration } from '../runners/runner.ts'
import { qualifiedName } from '../sql/walk.ts'
import { nameKey } from '../uses/code-uses.ts'
import type { CodeName } from '../uses/named-in-code.ts'

/** Columns and tables that the up migrations drop, rename, move or retype: names that running code may still use. */
export function codeNames(migrations: Migration[]): CodeName[] {
  const found = new Map<string, CodeName>()
  const visit = (node: Node): void => {
    for (const name of takenBy(node)) if (name.table && name.column !== '') found.set(nameKey(name), name)
    for (const inner of nodesInCode(node)) visit(inner)
  }
  for (const { direction, statements } of migrations)
    if (direction === 'up') for (const { node } of statements) if (node) visit(node)
  return [...found.values()]
}

function takenBy(node: Node): CodeName[] {
  if ('AlterTableStmt' in node) return alteredColumns(node.AlterTableStmt)
  if ('RenameStmt' in node) return renamed(node.RenameStmt)
  if ('DropStmt' in node) return dropped(node.DropStmt)
  const moved = 'AlterObjectSchemaStmt' in node ? node.AlterObjectSchemaStmt.relation?.relname : undefined
  return moved === undefined ? [] : [{ table: moved, column: null }]
}

function alteredColumns({ relation, cmds }: AlterTableStmt): CodeName[] {
  const table = relation?.relname ?? ''
  return (cmds ?? []).flatMap((node) => {
    const command = 'AlterTableCmd' in node ? node.AlterTableCmd : null
    return command?.subtype === 'AT_DropColumn' || command?.subtype === 'AT_AlterColumnType'
      ? [{ table, column: command.name ?? '' }]
      : []
  })
}

function renamed({ renameType, relation, subname, object }: RenameStmt): CodeName[] {
  const table = relation?.relname ?? ''
  if (renameType === 'OBJECT_COLUMN') return [{ table, column: subname ?? '' }]
  const called = object && 'ObjectWithArgs' in object ? object.ObjectWithArgs.objname : undefined
  const typed = object && 'List' in object ? object.List.items : undefined
  if (renameType === 'OBJECT_FUNCTION' || renameType === 'OBJECT_PROCEDURE' || renameType === 'OBJECT_ROUTINE')
    return [{ table: qualifiedName(called).name, column: null }]
  if (renameType === 'OBJECT_TYPE' || renameType === 'OBJECT_DOMAIN')
    return [{ table: qualifiedName(typed).name, column: null }]
  return renameType === 'OBJECT_SEQUENCE' ||
    renameType === 'OBJECT_TABLE' ||
    renameType === 'OBJECT_VIEW' ||
    renameType === 'OBJECT_MATVIEW'
    ? [{ table, column: null }]
    : []
}

function dropped({ removeType, objects }: DropStmt): CodeName[] {
  if (!['OBJECT_TABLE', 'OBJECT_VIEW', 'OBJECT_MATVIEW', 'OBJECT_FOREIGN_TABLE'].includes(removeType ?? '')) return []
  return (objects ?? []).map((object) => ({
    table: qualifiedName('List' in object ? object.List.items : undefined).name,
    column: null,
  }))
}
