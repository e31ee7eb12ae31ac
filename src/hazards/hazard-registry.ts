// Written by `npm run docs` from the files beside it; CI fails when it is stale.
import { hazard as analyzeAfter } from './advice/analyze-after.ts'
import { hazard as columnNotPublished } from './advice/column-not-published.ts'
import { hazard as definerWithoutSearchPath } from './advice/definer-without-search-path.ts'
import { hazard as duplicateIndex } from './advice/duplicate-index.ts'
import { hazard as foreignKeyWithoutIndex } from './advice/foreign-key-without-index.ts'
import { hazard as identifierTooLong } from './advice/identifier-too-long.ts'
import { hazard as lockOrder } from './advice/lock-order.ts'
import { hazard as missingIfExists } from './advice/missing-if-exists.ts'
import { hazard as mixedDdlAndData } from './advice/mixed-ddl-and-data.ts'
import { hazard as noPrimaryKey } from './advice/no-primary-key.ts'
import { hazard as preferBigintKey } from './advice/prefer-bigint-key.ts'
import { hazard as preferIdentity } from './advice/prefer-identity.ts'
import { hazard as preferJsonb } from './advice/prefer-jsonb.ts'
import { hazard as preferText } from './advice/prefer-text.ts'
import { hazard as preferTimestamptz } from './advice/prefer-timestamptz.ts'
import { hazard as rowSecurityWithoutPolicy } from './advice/row-security-without-policy.ts'
import { hazard as timeoutsMissing } from './advice/timeouts-missing.ts'
import { hazard as unnamedConstraint } from './advice/unnamed-constraint.ts'
import { hazard as wideOrUnusedIndex } from './advice/wide-or-unused-index.ts'
import { hazard as blockingIndexBuild } from './blocking/blocking-index-build.ts'
import { hazard as blockingIndexDrop } from './blocking/blocking-index-drop.ts'
import { hazard as blockingRefresh } from './blocking/blocking-refresh.ts'
import { hazard as blockingUnique } from './blocking/blocking-unique.ts'
import { hazard as blockingValidation } from './blocking/blocking-validation.ts'
import { hazard as explicitLock } from './blocking/explicit-lock.ts'
import { hazard as lockKeptWhileWorking } from './blocking/lock-kept-while-working.ts'
import { hazard as lockOnOtherTable } from './blocking/lock-on-other-table.ts'
import { hazard as lockQueue } from './blocking/lock-queue.ts'
import { hazard as sequenceOfAlters } from './blocking/sequence-of-alters.ts'
import { hazard as tableRewrite } from './blocking/table-rewrite.ts'
import { hazard as triggerOnHotTable } from './blocking/trigger-on-hot-table.ts'
import { hazard as unbatchedWrite } from './blocking/unbatched-write.ts'
import { hazard as constraintBreaksOldWriters } from './compatibility/constraint-breaks-old-writers.ts'
import { hazard as dropDefault } from './compatibility/drop-default.ts'
import { hazard as dropUsedColumn } from './compatibility/drop-used-column.ts'
import { hazard as editedAppliedMigration } from './compatibility/edited-applied-migration.ts'
import { hazard as enumRename } from './compatibility/enum-rename.ts'
import { hazard as notNullBreaksOldWriters } from './compatibility/not-null-breaks-old-writers.ts'
import { hazard as outOfOrder } from './compatibility/out-of-order.ts'
import { hazard as renameColumn } from './compatibility/rename-column.ts'
import { hazard as renameSchema } from './compatibility/rename-schema.ts'
import { hazard as renameTable } from './compatibility/rename-table.ts'
import { hazard as renameTypeSequenceFunction } from './compatibility/rename-type-sequence-function.ts'
import { hazard as replicaIdentityLost } from './compatibility/replica-identity-lost.ts'
import { hazard as setSchema } from './compatibility/set-schema.ts'
import { hazard as typeChangeBreaksClients } from './compatibility/type-change-breaks-clients.ts'
import { hazard as viewOrFunctionChanged } from './compatibility/view-or-function-changed.ts'
import { hazard as columnRecreated } from './data-loss/column-recreated.ts'
import { hazard as deleteWithoutWhere } from './data-loss/delete-without-where.ts'
import { hazard as disableTrigger } from './data-loss/disable-trigger.ts'
import { hazard as dropCascade } from './data-loss/drop-cascade.ts'
import { hazard as dropColumn } from './data-loss/drop-column.ts'
import { hazard as dropConstraint } from './data-loss/drop-constraint.ts'
import { hazard as dropDatabase } from './data-loss/drop-database.ts'
import { hazard as dropSchema } from './data-loss/drop-schema.ts'
import { hazard as dropTable } from './data-loss/drop-table.ts'
import { hazard as indexLies } from './data-loss/index-lies.ts'
import { hazard as narrowingType } from './data-loss/narrowing-type.ts'
import { hazard as noWayBack } from './data-loss/no-way-back.ts'
import { hazard as truncate } from './data-loss/truncate.ts'
import { hazard as unreadableAfter } from './data-loss/unreadable-after.ts'
import { hazard as cannotBeJudged } from './failure/cannot-be-judged.ts'
import { hazard as cannotRunInTransaction } from './failure/cannot-run-in-transaction.ts'
import { hazard as castMayFail } from './failure/cast-may-fail.ts'
import { hazard as commitInsideTransaction } from './failure/commit-inside-transaction.ts'
import { hazard as dependentObjects } from './failure/dependent-objects.ts'
import { hazard as diskMayRunOut } from './failure/disk-may-run-out.ts'
import { hazard as duplicatesLikely } from './failure/duplicates-likely.ts'
import { hazard as enumValueUsedTooSoon } from './failure/enum-value-used-too-soon.ts'
import { hazard as frozenNow } from './failure/frozen-now.ts'
import { hazard as identityStartsOver } from './failure/identity-starts-over.ts'
import { hazard as integerExhaustion } from './failure/integer-exhaustion.ts'
import { hazard as invalidIndexLeftBehind } from './failure/invalid-index-left-behind.ts'
import { hazard as nestedTransaction } from './failure/nested-transaction.ts'
import { hazard as notNullWithoutDefault } from './failure/not-null-without-default.ts'
import { hazard as notReviewed } from './failure/not-reviewed.ts'
import { hazard as nullValuesPresent } from './failure/null-values-present.ts'
import { hazard as pendingTriggerEvents } from './failure/pending-trigger-events.ts'
import { hazard as rolledBackByItself } from './failure/rolled-back-by-itself.ts'
import { hazard as statementTimeoutTooShort } from './failure/statement-timeout-too-short.ts'
import { hazard as syntaxError } from './failure/syntax-error.ts'
import { hazard as transactionLeftOpen } from './failure/transaction-left-open.ts'
import { hazard as unknownRelation } from './failure/unknown-relation.ts'
import { hazard as versionMismatch } from './failure/version-mismatch.ts'
import type { Hazard } from './hazard.ts'

/** Every hazard, group by group. */
export const hazards: readonly Hazard[] = [
  blockingIndexBuild,
  blockingIndexDrop,
  blockingRefresh,
  blockingUnique,
  blockingValidation,
  explicitLock,
  lockKeptWhileWorking,
  lockOnOtherTable,
  lockQueue,
  sequenceOfAlters,
  tableRewrite,
  triggerOnHotTable,
  unbatchedWrite,
  cannotBeJudged,
  cannotRunInTransaction,
  castMayFail,
  commitInsideTransaction,
  dependentObjects,
  diskMayRunOut,
  duplicatesLikely,
  enumValueUsedTooSoon,
  frozenNow,
  identityStartsOver,
  integerExhaustion,
  invalidIndexLeftBehind,
  nestedTransaction,
  notNullWithoutDefault,
  notReviewed,
  nullValuesPresent,
  pendingTriggerEvents,
  rolledBackByItself,
  statementTimeoutTooShort,
  syntaxError,
  transactionLeftOpen,
  unknownRelation,
  versionMismatch,
  columnRecreated,
  deleteWithoutWhere,
  disableTrigger,
  dropCascade,
  dropColumn,
  dropConstraint,
  dropDatabase,
  dropSchema,
  dropTable,
  indexLies,
  narrowingType,
  noWayBack,
  truncate,
  unreadableAfter,
  constraintBreaksOldWriters,
  dropDefault,
  dropUsedColumn,
  editedAppliedMigration,
  enumRename,
  notNullBreaksOldWriters,
  outOfOrder,
  renameColumn,
  renameSchema,
  renameTable,
  renameTypeSequenceFunction,
  replicaIdentityLost,
  setSchema,
  typeChangeBreaksClients,
  viewOrFunctionChanged,
  analyzeAfter,
  columnNotPublished,
  definerWithoutSearchPath,
  duplicateIndex,
  foreignKeyWithoutIndex,
  identifierTooLong,
  lockOrder,
  missingIfExists,
  mixedDdlAndData,
  noPrimaryKey,
  preferBigintKey,
  preferIdentity,
  preferJsonb,
  preferText,
  preferTimestamptz,
  rowSecurityWithoutPolicy,
  timeoutsMissing,
  unnamedConstraint,
  wideOrUnusedIndex,
]
