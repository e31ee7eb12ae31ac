import type { CreateCastStmt, CreateOpClassStmt, DefElem, DefineStmt, Node } from '@pgsql/types'
import { calledFunctions, worstVolatility } from '../../catalog/called-functions.ts'
import { printType, typeOf } from '../../catalog/types.ts'
import { print } from '../../sql/quote.ts'
import { qualifiedName } from '../../sql/walk.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'

export const handlers: StatementHandlers = {
  CreateCastStmt: createCast,
  CreateOpClassStmt: createOperatorClass,
  DefineStmt: define,
}

/** CREATE TYPE of a base type or a shell, and CREATE AGGREGATE. The others that the grammar calls so have no model. */
function define(node: DefineStmt, context: StatementContext): void {
  const { catalog } = context
  const { schema, name } = qualifiedName(node.defnames)
  const home = schema ?? catalog.creationSchema
  if (node.kind === 'OBJECT_TYPE') {
    if (catalog.type(home, name)) return
    const type = {
      schema: home,
      name,
      kind: 'base' as const,
      labels: [],
      base: null,
      notNull: false,
      checks: [],
      default: null,
    }
    return catalog.setType(home, name, type)
  }
  if (node.kind === 'OBJECT_OPERATOR') return createOperator(node, name, context)
  if (node.kind !== 'OBJECT_AGGREGATE') return
  const fn = {
    schema: home,
    name,
    arguments: (node.args ?? []).map((item) => print(item)).join(', '),
    volatility: volatilityOf(node, context),
    language: 'internal',
    reads: [],
    trigger: false,
    inlined: null,
    fills: [],
  }
  catalog.setFunctions(home, name, [...catalog.functions(home, name), fn])
}

/** CREATE OPERATOR: a later condition may use it. */
function createOperator(node: DefineStmt, name: string, { catalog }: StatementContext): void {
  const typeAt = (wanted: string): string | null => {
    for (const item of node.definition ?? []) {
      if (!('DefElem' in item) || item.DefElem.defname?.toLowerCase() !== wanted) continue
      const { arg } = item.DefElem
      return arg && 'TypeName' in arg ? printType({ ...typeOf(arg.TypeName, catalog), mods: [] }) : null
    }
    return null
  }
  const right = typeAt('rightarg')
  if (right !== null) catalog.addOperator({ name, left: typeAt('leftarg'), right })
}

/** An aggregate is as restless as the functions that it calls; one that was not read may do anything. */
function volatilityOf(node: DefineStmt, { catalog }: StatementContext): 'immutable' | 'stable' | 'volatile' {
  const called = (node.definition ?? []).flatMap((item) => {
    const option = 'DefElem' in item ? item.DefElem : null
    return option && /^(s|final|combine|ms|minv|mfinal)func$|^(sfunc1|finalfunc)$/.test(option.defname ?? '')
      ? [calledFunctions(catalog, null, functionName(option), null)]
      : []
  })
  return worstVolatility(
    called.flatMap((functions) =>
      functions.kind === 'unread' ? [{ volatility: 'volatile' as const }] : functions.functions,
    ),
  )
}

function functionName({ arg }: DefElem): string {
  return arg && 'TypeName' in arg ? qualifiedName(arg.TypeName.names).name : ''
}

/** CREATE CAST: a later change of type may rest on it. */
function createCast(node: CreateCastStmt, { catalog }: StatementContext): void {
  const [from, to] = [node.sourcetype, node.targettype].map((type) =>
    printType({ ...typeOf(type ?? {}, catalog), mods: [] }),
  )
  const method = node.func ? 'function' : node.inout ? 'inout' : 'binary'
  const contexts = { COERCION_IMPLICIT: 'implicit', COERCION_ASSIGNMENT: 'assignment' } as Record<
    string,
    'implicit' | 'assignment'
  >
  catalog.setCast({ from: from ?? '', to: to ?? '', method }, contexts[node.context ?? ''] ?? 'explicit')
}

/** CREATE OPERATOR CLASS … DEFAULT: an index on the type needs no class to be named. */
function createOperatorClass(node: CreateOpClassStmt, { catalog }: StatementContext): void {
  if (!node.isDefault || !node.datatype) return
  catalog.addDefaultOperatorClass(node.amname ?? '', printType({ ...typeOf(node.datatype, catalog), mods: [] }))
}

/** The two types of DROP CAST. */
export function castTypes(object: Node, { catalog }: StatementContext): { from: string; to: string } | null {
  const [from, to] = 'List' in object ? (object.List.items ?? []) : []
  if (!from || !to || !('TypeName' in from) || !('TypeName' in to)) return null
  return {
    from: printType({ ...typeOf(from.TypeName, catalog), mods: [] }),
    to: printType({ ...typeOf(to.TypeName, catalog), mods: [] }),
  }
}
