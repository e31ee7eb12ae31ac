import type { Node, RangeVar } from '@pgsql/types'
import { alterTable } from './alter-table/alter-table.ts'
import * as code from './code.ts'
import { createTable, createTableAs } from './create-table.ts'
import { copy, insert, merge, remove, select, update } from './data.ts'
import { drop } from './drop.ts'
import { createExtension } from './extensions.ts'
import { createFunction } from './functions.ts'
import { grant } from './grants.ts'
import { createIndex, reindex } from './indexes.ts'
import { CannotBeJudged, type StatementContext } from './judging.ts'
import { cluster, lock, refresh, vacuum } from './maintenance.ts'
import * as objects from './objects.ts'
import { alterPolicy, createPolicy } from './policies.ts'
import { alterPublication, createPublication } from './publications.ts'
import { rename, setSchema } from './rename.ts'
import { analyse } from './rewriting.ts'
import * as sequences from './sequences.ts'
import { set } from './session.ts'
import { createRule, createTrigger } from './triggers.ts'
import { truncate } from './truncate.ts'
import * as userTypes from './user-types.ts'

type KeysOf<T> = T extends T ? keyof T : never
export type StatementKind = KeysOf<Node>
type Body<K extends StatementKind> = Extract<Node, Record<K, unknown>>[K]
type StatementHandlers = { [K in StatementKind]?: (body: Body<K>, context: StatementContext) => void }

/** Every statement kind whose effect is modelled, by the name of its parse-tree node. */
export const statementHandlers: StatementHandlers = {
  AlterDomainStmt: userTypes.alterDomain,
  AlterEnumStmt: userTypes.alterEnum,
  AlterObjectSchemaStmt: setSchema,
  AlterPolicyStmt: alterPolicy,
  AlterPublicationStmt: alterPublication,
  AlterSeqStmt: sequences.alterSequence,
  AlterTableMoveAllStmt: () => cannot('every table of a tablespace is written anew, and which are there is not read'),
  AlterTableStmt: alterTable,
  CallStmt: code.call,
  ClusterStmt: cluster,
  CommentStmt: objects.comment,
  CompositeTypeStmt: userTypes.createComposite,
  CopyStmt: copy,
  CreateDomainStmt: userTypes.createDomain,
  CreateEnumStmt: userTypes.createEnum,
  CreateExtensionStmt: createExtension,
  CreateForeignTableStmt: objects.createForeignTable,
  CreateFunctionStmt: createFunction,
  CreatePolicyStmt: createPolicy,
  CreatePublicationStmt: createPublication,
  CreateRangeStmt: userTypes.createRange,
  CreateSchemaStmt: objects.createSchema,
  CreateSeqStmt: sequences.createSequence,
  CreateStatsStmt: objects.createStatistics,
  CreateStmt: createTable,
  CreateTableAsStmt: createTableAs,
  CreateTrigStmt: createTrigger,
  DeleteStmt: remove,
  DoStmt: code.doBlock,
  DropOwnedStmt: () => cannot('what a role owns is not read'),
  DropStmt: drop,
  ExecuteStmt: () => cannot('what was prepared is not followed'),
  ExplainStmt: explain,
  GrantStmt: grant,
  IndexStmt: createIndex,
  InsertStmt: insert,
  LockStmt: lock,
  MergeStmt: merge,
  PrepareStmt: (node, context) => {
    if (node.query) analyse(context, node.query, true)
  },
  RefreshMatViewStmt: refresh,
  ReindexStmt: reindex,
  RenameStmt: rename,
  RuleStmt: createRule,
  SelectStmt: (node, context) => {
    select(node, context)
    code.calledFunctions(node, context)
  },
  TruncateStmt: truncate,
  UpdateStmt: update,
  VacuumStmt: vacuum,
  VariableSetStmt: set,
  ViewStmt: objects.createView,
}

/** EXPLAIN only plans, for which it locks what would be written; with ANALYZE it runs the statement. */
function explain(node: Body<'ExplainStmt'>, context: StatementContext): void {
  if (!node.query) return
  const kind = Object.keys(node.query)[0] as StatementKind
  const body: unknown = Object.values(node.query)[0]
  if ((node.options ?? []).some((option) => 'DefElem' in option && option.DefElem.defname === 'analyze')) {
    const family = statementHandlers[kind] as ((body: unknown, context: StatementContext) => void) | undefined
    return family?.(body, context)
  }
  if (!['UpdateStmt', 'DeleteStmt', 'InsertStmt', 'MergeStmt'].includes(kind)) return
  const relation = context.writeTarget((body as { relation?: RangeVar }).relation)
  for (const member of kind === 'InsertStmt' ? [relation] : context.catalog.withDescendants(relation)) {
    context.lock(member, 'RowExclusiveLock')
  }
}

function cannot(reason: string): never {
  throw new CannotBeJudged(reason)
}

/** Statement kinds that lock no table, materialized view or partition against writes or other DDL. */
export const lockNoRelation: ReadonlySet<StatementKind> = new Set<StatementKind>([
  'AlterCollationStmt',
  'AlterDatabaseRefreshCollStmt',
  'AlterDatabaseSetStmt',
  'AlterDatabaseStmt',
  'AlterDefaultPrivilegesStmt',
  'AlterEventTrigStmt',
  'AlterExtensionContentsStmt',
  'AlterExtensionStmt',
  'AlterFdwStmt',
  'AlterForeignServerStmt',
  'AlterFunctionStmt',
  'AlterObjectDependsStmt',
  'AlterOpFamilyStmt',
  'AlterOperatorStmt',
  'AlterOwnerStmt',
  'AlterRoleSetStmt',
  'AlterRoleStmt',
  'AlterStatsStmt',
  'AlterSubscriptionStmt',
  'AlterSystemStmt',
  'AlterTSConfigurationStmt',
  'AlterTSDictionaryStmt',
  'AlterTableSpaceOptionsStmt',
  'AlterTypeStmt',
  'AlterUserMappingStmt',
  'CheckPointStmt',
  'ClosePortalStmt',
  'ConstraintsSetStmt',
  'CreateAmStmt',
  'CreateCastStmt',
  'CreateConversionStmt',
  'CreateEventTrigStmt',
  'CreateFdwStmt',
  'CreateForeignServerStmt',
  'CreateOpClassStmt',
  'CreateOpFamilyStmt',
  'CreatePLangStmt',
  'CreateRoleStmt',
  'CreateSubscriptionStmt',
  'CreateTableSpaceStmt',
  'CreateTransformStmt',
  'CreateUserMappingStmt',
  'CreatedbStmt',
  'DeallocateStmt',
  'DeclareCursorStmt',
  'DefineStmt',
  'DiscardStmt',
  'DropRoleStmt',
  'DropSubscriptionStmt',
  'DropTableSpaceStmt',
  'DropUserMappingStmt',
  'DropdbStmt',
  'FetchStmt',
  'GrantRoleStmt',
  'ImportForeignSchemaStmt',
  'ListenStmt',
  'LoadStmt',
  'NotifyStmt',
  'ReassignOwnedStmt',
  'SecLabelStmt',
  'TransactionStmt',
  'UnlistenStmt',
  'VariableShowStmt',
])
