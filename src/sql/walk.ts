import type { ColumnRef, FuncCall, Node, RangeVar } from '@pgsql/types'

/**
 * Visits every object of a parse tree, parents first, with the key it is under (`FuncCall`, `relation` …). Keeps its
 * own stack: a statement may be nested deeper than JavaScript's. `visit` returning false leaves the inside out.
 */
export function walk(root: unknown, visit: (name: string, value: object) => boolean | undefined): void {
  const names = ['']
  const values = [root]
  while (values.length > 0) {
    const name = names.pop() ?? ''
    const value = values.pop()
    if (value === null || typeof value !== 'object') continue
    if (Array.isArray(value)) {
      for (let i = value.length - 1; i >= 0; i--) {
        names.push(name)
        values.push(value[i])
      }
      continue
    }
    if (visit(name, value) === false) continue
    const inside = value as Record<string, unknown>
    const keys = Object.keys(inside)
    for (let i = keys.length - 1; i >= 0; i--) {
      const key = keys[i] ?? ''
      const inner = inside[key]
      if (inner === null || typeof inner !== 'object') continue
      names.push(key)
      values.push(inner)
    }
  }
}

/** Every table, view or sequence name in FROM, targets and the like. Names of WITH queries are left out. */
export function rangeVars(root: unknown): RangeVar[] {
  const found: RangeVar[] = []
  const ctes = new Set<string>()
  walk(root, (name, value) => {
    if (name === 'CommonTableExpr' && 'ctename' in value) ctes.add(String(value.ctename))
    if ('relname' in value && typeof value.relname === 'string') found.push(value as RangeVar)
    return undefined
  })
  return found.filter((rangeVar) => rangeVar.schemaname !== undefined || !ctes.has(rangeVar.relname ?? ''))
}

/** Column names that an expression mentions, without repetition. A qualified name counts by its last part. */
export function columnsIn(root: unknown): string[] {
  const names = new Set<string>()
  walk(root, (name, value) => {
    if (name !== 'ColumnRef') return undefined
    const last = (value as ColumnRef).fields?.at(-1)
    if (last && 'String' in last) names.add(last.String.sval ?? '')
    return undefined
  })
  return [...names]
}

/** The functions that an expression calls, schema null when unqualified. */
export function functionsIn(root: unknown): { schema: string | null; name: string }[] {
  const found: { schema: string | null; name: string }[] = []
  walk(root, (name, value) => {
    if (name === 'FuncCall') found.push(qualifiedName((value as FuncCall).funcname))
    return undefined
  })
  return found
}

/** Texts of a list of String nodes. */
export function strings(nodes: Node[] | undefined): string[] {
  return (nodes ?? []).flatMap((node) => ('String' in node ? [node.String.sval ?? ''] : []))
}

/** `schema.name` or `name` written as a list of String nodes; a database name in front is left out. */
export function qualifiedName(nodes: Node[] | undefined): { schema: string | null; name: string } {
  const parts = strings(nodes)
  return { schema: parts.length > 1 ? (parts.at(-2) ?? null) : null, name: parts.at(-1) ?? '' }
}
