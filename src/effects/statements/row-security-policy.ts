import type { AlterPolicyStmt, CreatePolicyStmt } from '@pgsql/types'
import { columnsIn } from '../../sql/walk.ts'
import { duplicateObject, undefinedObject } from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'
import { requireNames } from '../names/query-columns.ts'
import { scopeOf, sourceOf } from '../names/query-scope.ts'

export const handlers: StatementHandlers = { AlterPolicyStmt: alterPolicy, CreatePolicyStmt: createPolicy }

/** CREATE POLICY: ACCESS EXCLUSIVE on its table (policy.c). */
function createPolicy(node: CreatePolicyStmt, context: StatementContext): void {
  const relation = context.relation(node.table)
  const name = node.policy_name ?? ''
  if (relation.policies.some((policy) => policy.name === name)) {
    throw duplicateObject(`policy "${name}" for table "${relation.name}" already exists`, {
      kind: 'policy',
      name,
    })
  }
  requireNames(context, [node.qual, node.with_check], scopeOf([sourceOf(relation, undefined)]), new Map())
  context.lock(relation, 'AccessExclusiveLock')
  context.catalog.change(relation, {
    policies: [...relation.policies, { name, uses: columnsIn([node.qual, node.with_check]) }],
  })
}

/** ALTER POLICY: the same lock. */
function alterPolicy(node: AlterPolicyStmt, context: StatementContext): void {
  const relation = context.relation(node.table)
  const name = node.policy_name ?? ''
  if (relation.known && !relation.policies.some((policy) => policy.name === name)) {
    throw undefinedObject(`policy "${name}" for table "${relation.name}" does not exist`, {
      kind: 'policy',
      name,
    })
  }
  requireNames(context, [node.qual, node.with_check], scopeOf([sourceOf(relation, undefined)]), new Map())
  context.lock(relation, 'AccessExclusiveLock')
  context.catalog.change(relation, {
    policies: relation.policies.map((policy) =>
      policy.name === name
        ? { ...policy, uses: [...new Set([...policy.uses, ...columnsIn([node.qual, node.with_check])])] }
        : policy,
    ),
  })
}
