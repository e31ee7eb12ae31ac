// Written by `npm run docs` from the files beside it; CI fails when it is stale.
import { hazard as lockOrder } from './advice/lock-order.ts'
import { hazard as blockingIndexBuild } from './blocking/blocking-index-build.ts'
import { hazard as blockingIndexDrop } from './blocking/blocking-index-drop.ts'
import { hazard as blockingRefresh } from './blocking/blocking-refresh.ts'
import { hazard as blockingUnique } from './blocking/blocking-unique.ts'
import { hazard as blockingValidation } from './blocking/blocking-validation.ts'
import { hazard as explicitLock } from './blocking/explicit-lock.ts'
import { hazard as lockKeptWhileWorking } from './blocking/lock-kept-while-working.ts'
import { hazard as lockOnOtherTable } from './blocking/lock-on-other-table.ts'
import { hazard as lockQueue } from './blocking/lock-queue.ts'
import { hazard as tableRewrite } from './blocking/table-rewrite.ts'
import { hazard as unbatchedWrite } from './blocking/unbatched-write.ts'
import { hazard as dropUsedColumn } from './compatibility/drop-used-column.ts'
import { hazard as editedAppliedMigration } from './compatibility/edited-applied-migration.ts'
import { hazard as outOfOrder } from './compatibility/out-of-order.ts'
import { hazard as renameColumn } from './compatibility/rename-column.ts'
import { hazard as renameTable } from './compatibility/rename-table.ts'
import { hazard as deleteWithoutWhere } from './data-loss/delete-without-where.ts'
import { hazard as dropColumn } from './data-loss/drop-column.ts'
import { hazard as dropSchema } from './data-loss/drop-schema.ts'
import { hazard as dropTable } from './data-loss/drop-table.ts'
import { hazard as truncate } from './data-loss/truncate.ts'
import { hazard as cannotBeJudged } from './failure/cannot-be-judged.ts'
import { hazard as cannotRunInTransaction } from './failure/cannot-run-in-transaction.ts'
import { hazard as castMayFail } from './failure/cast-may-fail.ts'
import { hazard as dependentObjects } from './failure/dependent-objects.ts'
import { hazard as duplicatesLikely } from './failure/duplicates-likely.ts'
import { hazard as enumValueUsedTooSoon } from './failure/enum-value-used-too-soon.ts'
import { hazard as invalidIndexLeftBehind } from './failure/invalid-index-left-behind.ts'
import { hazard as narrowingType } from './failure/narrowing-type.ts'
import { hazard as nestedTransaction } from './failure/nested-transaction.ts'
import { hazard as notNullWithoutDefault } from './failure/not-null-without-default.ts'
import { hazard as nullValuesPresent } from './failure/null-values-present.ts'
import { hazard as syntaxError } from './failure/syntax-error.ts'
import { hazard as transactionLeftOpen } from './failure/transaction-left-open.ts'
import { hazard as unknownRelation } from './failure/unknown-relation.ts'
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
  tableRewrite,
  unbatchedWrite,
  cannotBeJudged,
  cannotRunInTransaction,
  castMayFail,
  dependentObjects,
  duplicatesLikely,
  enumValueUsedTooSoon,
  invalidIndexLeftBehind,
  narrowingType,
  nestedTransaction,
  notNullWithoutDefault,
  nullValuesPresent,
  syntaxError,
  transactionLeftOpen,
  unknownRelation,
  deleteWithoutWhere,
  dropColumn,
  dropSchema,
  dropTable,
  truncate,
  dropUsedColumn,
  editedAppliedMigration,
  outOfOrder,
  renameColumn,
  renameTable,
  lockOrder,
]
