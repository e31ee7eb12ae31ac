import type { Node } from '@pgsql/types'
import type { Relation } from '../../catalog/relation.ts'
import { rangeVars } from '../../sql/walk.ts'
import type { StatementContext } from '../model/statement-context.ts'
import { requireNames } from './query-columns.ts'
import { scopeOf } from './query-scope.ts'
import { queryNames } from './write-names.ts'

/**
 * The dependencies of a view or a body in BEGIN ATOMIC: the relations, and of each the columns that names, stars and
 * USING mean there. A whole row (`SELECT t FROM t`) ties no column (find_expr_references_walker in dependency.c).
 */
export function readsOf(context: StatementContext, body: Node[]): Relation['reads'] {
  const relations = rangeVars(body).flatMap((name) => context.find(name) ?? [])
  const columns = context.columnsReadBy(() => {
    for (const node of body) {
      if ('ReturnStmt' in node) requireNames(context, node.ReturnStmt.returnval, scopeOf([]), new Map())
      else queryNames(node, context)
    }
  })
  return [...new Set(relations.map(({ id }) => id))].map((relation) => ({
    relation,
    columns: [...(columns.get(relation) ?? [])],
  }))
}
