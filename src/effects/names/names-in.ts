import type { Node } from '@pgsql/types'
import { rangeVars, strings } from '../../sql/walk.ts'

interface NamedObject {
  schema: string | null
  name: string
}

/** The relations that a statement names: targets, FROM, and the object lists of DROP, COMMENT and RENAME. */
export function namesIn(node: Node): NamedObject[] {
  return [
    ...rangeVars(node).map(({ schemaname, relname }) => ({ schema: schemaname ?? null, name: relname ?? '' })),
    ...objectsOf(node),
  ]
}

/** DROP and COMMENT name objects as lists of strings, the table of a column, trigger or policy among them. */
export function objectsOf(node: Node): NamedObject[] {
  const objects =
    'DropStmt' in node
      ? (node.DropStmt.objects ?? [])
      : 'CommentStmt' in node && node.CommentStmt.object
        ? [node.CommentStmt.object]
        : 'RenameStmt' in node && node.RenameStmt.object
          ? [node.RenameStmt.object]
          : []
  return objects.flatMap((object) => {
    const parts =
      'List' in object ? strings(object.List.items) : 'TypeName' in object ? strings(object.TypeName.names) : []
    // The last part, or the one before it: `table.column`, `schema.table.trigger`.
    return parts.flatMap((name, i) =>
      i === parts.length - 1 || i === parts.length - 2 ? [{ schema: parts[i - 1] ?? null, name }] : [],
    )
  })
}
