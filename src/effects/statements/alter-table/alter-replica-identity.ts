import type { AlterTableCmd } from '@pgsql/types'
import type { Relation } from '../../../catalog/relation.ts'
import { undefinedObject, wrongObjectType } from '../../model/sqlstate-errors.ts'
import type { StatementContext } from '../../model/statement-context.ts'

/** REPLICA IDENTITY: the columns that identify old rows on a subscriber. */
export function setReplicaIdentity(context: StatementContext, relation: Relation, def: AlterTableCmd['def']): void {
  requireReplicaIdentity(relation, def)
  context.lock(relation, 'AccessExclusiveLock')
  const { identity_type = '', name } = def && 'ReplicaIdentityStmt' in def ? def.ReplicaIdentityStmt : {}
  const replicaIdentity = identities[identity_type]
  if (!replicaIdentity) return
  const indexes = relation.indexes.map((index) => ({ ...index, replicaIdentity: index.name === name }))
  context.catalog.change(relation, { replicaIdentity, indexes })
}

const identities: Record<string, Relation['replicaIdentity']> = { d: 'default', n: 'nothing', f: 'full', i: 'index' }

/** USING INDEX takes an existing unique index (ATExecReplicaIdentity). */
function requireReplicaIdentity(relation: Relation, def: AlterTableCmd['def']): void {
  const name = def && 'ReplicaIdentityStmt' in def ? def.ReplicaIdentityStmt.name : undefined
  if (name === undefined || !relation.known) return
  const index = relation.indexes.find((index) => index.name === name)
  if (!index) {
    throw undefinedObject(`index "${name}" for table "${relation.name}" does not exist`, {
      kind: 'index',
      name,
    })
  }
  if (!index.unique) throw wrongObjectType(`cannot use non-unique index "${name}" as replica identity`)
}
