import type { Node } from '@pgsql/types'
import { alterTable } from './alter-table.ts'
import * as code from './code.ts'
import { createTable, createTableAs } from './create-table.ts'
import { copy, insert, merge, remove, select, truncate, update } from './data.ts'
import { drop } from './drop.ts'
import { createExtension } from './extensions.ts'
import { createIndex, reindex } from './indexes.ts'
import type { Judging } from './judging.ts'
import { cluster, lock, refresh, vacuum } from './maintenance.ts'
import * as objects from './objects.ts'
import { rename, setSchema } from './rename.ts'
import { set } from './session.ts'

type KeysOf<T> = T extends T ? keyof T : never
export type StatementKind = KeysOf<Node>
type Body<K extends StatementKind> = Extract<Node, Record<K, unknown>>[K]
type Families = { [K in StatementKind]?: (body: Body<K>, judging: Judging) => void }

/** Every statement kind whose effect is modelled, by the name of its parse-tree node. */
export const families: Families = {
  AlterDomainStmt: objects.alterDomain,
  AlterEnumStmt: objects.alterEnum,
  AlterObjectSchemaStmt: setSchema,
  AlterPublicationStmt: objects.alterPublication,
  AlterTableStmt: alterTable,
  CallStmt: code.call,
  ClusterStmt: cluster,
  CommentStmt: objects.comment,
  CompositeTypeStmt: objects.createComposite,
  CopyStmt: copy,
  CreateDomainStmt: objects.createDomain,
  CreateEnumStmt: objects.createEnum,
  CreateExtensionStmt: createExtension,
  CreateForeignTableStmt: objects.createForeignTable,
  CreateFunctionStmt: objects.createFunction,
  CreatePolicyStmt: objects.createPolicy,
  CreatePublicationStmt: objects.createPublication,
  CreateRangeStmt: objects.createRange,
  CreateSchemaStmt: objects.createSchema,
  CreateSeqStmt: objects.createSequence,
  CreateStatsStmt: objects.createStatistics,
  CreateStmt: createTable,
  CreateTableAsStmt: createTableAs,
  CreateTrigStmt: objects.createTrigger,
  DeleteStmt: remove,
  DoStmt: code.doBlock,
  DropStmt: drop,
  IndexStmt: createIndex,
  InsertStmt: insert,
  LockStmt: lock,
  MergeStmt: merge,
  RefreshMatViewStmt: refresh,
  ReindexStmt: reindex,
  RenameStmt: rename,
  RuleStmt: objects.createRule,
  SelectStmt: (node, judging) => {
    select(node, judging)
    code.calledFunctions(node, judging)
  },
  TruncateStmt: truncate,
  UpdateStmt: update,
  VacuumStmt: vacuum,
  VariableSetStmt: set,
  ViewStmt: objects.createView,
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
  'AlterFdwStmt',
  'AlterForeignServerStmt',
  'AlterFunctionStmt',
  'AlterObjectDependsStmt',
  'AlterOpFamilyStmt',
  'AlterOperatorStmt',
  'AlterRoleSetStmt',
  'AlterRoleStmt',
  'AlterSeqStmt',
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
  'DropOwnedStmt',
  'DropRoleStmt',
  'DropSubscriptionStmt',
  'DropTableSpaceStmt',
  'DropUserMappingStmt',
  'DropdbStmt',
  'ExplainStmt',
  'FetchStmt',
  'GrantRoleStmt',
  'GrantStmt',
  'ListenStmt',
  'LoadStmt',
  'NotifyStmt',
  'PrepareStmt',
  'ReassignOwnedStmt',
  'SecLabelStmt',
  'TransactionStmt',
  'UnlistenStmt',
  'VariableShowStmt',
])
