import { refusalOf } from '../../catalog/publications.ts'
import type { Relation } from '../../catalog/relation.ts'
import { invalidColumnReference, objectNotInPrerequisiteState } from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'

/**
 * Fails as the server does when a table is published and its rows cannot be told apart on a subscriber
 * (CheckCmdReplicaIdentity), also where no row matches. Of a partitioned table that depends on the partitions it visits.
 */
export function requireIdentity(context: StatementContext, relation: Relation, verb: 'update' | 'delete'): void {
  const { catalog } = context
  if (!relation.known || relation.kind !== 'table') return
  const publications = catalog.publications.filter(({ publishes }) => publishes.includes(verb))
  const refusal = refusalOf(catalog.current(relation), publications, catalog)
  if (!refusal) return
  const what =
    verb === 'update' ? `cannot update table "${relation.name}"` : `cannot delete from table "${relation.name}"`
  if (refusal.by === 'identity') {
    throw objectNotInPrerequisiteState(`${what} because it does not have a replica identity and publishes ${verb}s`)
  }
  throw invalidColumnReference(what)
}
