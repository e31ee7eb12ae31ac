import type { Relation } from '../../../catalog/relation.ts'
import { invalidTableDefinition, wrongObjectType } from '../../model/sqlstate-errors.ts'
import type { StatementContext } from '../../model/statement-context.ts'
import { hasRows } from '../../tables/affected-rows.ts'

/** SET LOGGED and SET UNLOGGED; a partitioned table has no storage to rewrite. */
export function setPersistence(context: StatementContext, relation: Relation, wanted: 'permanent' | 'unlogged'): void {
  if (relation.kind === 'partitioned table') {
    if (!context.catalog.behaves('action-refused-by-relation-kind'))
      return context.lock(relation, 'AccessExclusiveLock')
    const action = wanted === 'permanent' ? 'SET LOGGED' : 'SET UNLOGGED'
    throw wrongObjectType(`ALTER action ${action} cannot be performed on relation "${relation.name}"`)
  }
  const changes = relation.persistence !== wanted || !relation.known
  if (changes) requireLoggedAlike(context, relation, wanted)
  rewriteAll(context, relation, changes)
  context.catalog.change(relation, { persistence: wanted })
}

/** SET LOGGED, SET UNLOGGED and SET ACCESS METHOD rewrite the table and all its indexes. */
export function rewriteAll(context: StatementContext, relation: Relation, changes: boolean): void {
  const rewrite = changes && hasRows(relation)
  context.lock(relation, 'AccessExclusiveLock', { rewrite, scan: rewrite, builds: rewrite ? relation.indexes : [] })
}

/** A logged table may not refer to an unlogged one (ATPrepChangePersistence). */
function requireLoggedAlike(context: StatementContext, relation: Relation, wanted: 'permanent' | 'unlogged'): void {
  const { catalog } = context
  const others =
    wanted === 'unlogged'
      ? catalog.referencing(relation)
      : relation.constraints.flatMap((constraint) =>
          constraint.references ? (catalog.get(constraint.references.relation) ?? []) : [],
        )
  const other = others.find((other) => other.id !== relation.id && other.persistence !== wanted && other.known)
  if (!other) return
  const [to, has] = wanted === 'unlogged' ? ['unlogged', 'logged'] : ['logged', 'unlogged']
  throw invalidTableDefinition(
    `could not change table "${relation.name}" to ${to} because it references ${has} table "${other.name}"`,
  )
}
