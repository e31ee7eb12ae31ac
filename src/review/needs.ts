import type { DefElem, FuncCall, Node } from '@pgsql/types'
import { nodesInCode } from '../effects/calls/function-bodies.ts'
import { objectsOf } from '../effects/names/names-in.ts'
import { sequenceNamedIn } from '../effects/names/sequence-names.ts'
import type { Migration } from '../runners/runner.ts'
import { qualifiedName, strings, walk } from '../sql/walk.ts'
import { codeNames } from './code-names.ts'
import type { Needs } from './facts.ts'

/** Everything the migrations name that the catalog may have: tables, views, indexes, sequences, types. */
export function needs(migrations: Migration[]): Needs {
  const found = new Map<string, Needs['relations'][number]>()
  let cascades = false
  const add = (schema: string | null | undefined, name: string | undefined): void => {
    if (name) found.set(JSON.stringify([schema ?? null, name]), { schema: schema ?? null, name })
  }
  const visit = (node: Node): void => {
    cascades ||= 'TruncateStmt' in node || 'DeleteStmt' in node
    walk(node, (name, value) => {
      if ('relname' in value && typeof value.relname === 'string') {
        const { schemaname } = value as { schemaname?: string }
        add(schemaname, value.relname)
      }
      if (name === 'TypeName') {
        const { schema, name: type } = qualifiedName((value as { names?: Node[] }).names)
        if (schema !== 'pg_catalog') add(schema, type)
      }
      if (name === 'FuncCall') {
        const sequence = sequenceNamedIn(value as FuncCall)
        add(sequence?.schemaname, sequence?.relname)
      }
      if (name === 'DefElem') {
        // ALTER SEQUENCE … OWNED BY schema.table.column.
        const { defname, arg } = value as DefElem
        const owner = defname === 'owned_by' && arg && 'List' in arg ? strings(arg.List.items).slice(0, -1) : []
        add(owner.at(-2), owner.at(-1))
      }
      if (name === 'Constraint') add(null, (value as { indexname?: string }).indexname)
      return undefined
    })
    for (const { schema, name } of objectsOf(node)) add(schema, name)
    for (const inner of nodesInCode(node)) visit(inner)
  }
  for (const { statements } of migrations) for (const { node } of statements) if (node) visit(node)
  return { relations: [...found.values()], cascades, code: codeNames(migrations) }
}
