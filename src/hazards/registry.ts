import { blockingIndexBuild } from './blocking-index-build.ts'
import { blockingIndexDrop } from './blocking-index-drop.ts'
import { blockingRefresh } from './blocking-refresh.ts'
import { blockingUnique } from './blocking-unique.ts'
import { blockingValidation } from './blocking-validation.ts'
import { cannotBeJudged } from './cannot-be-judged.ts'
import { cannotRunInTransaction } from './cannot-run-in-transaction.ts'
import { castMayFail } from './cast-may-fail.ts'
import { deleteWithoutWhere } from './delete-without-where.ts'
import { dependentObjects } from './dependent-objects.ts'
import { dropColumn } from './drop-column.ts'
import { dropSchema } from './drop-schema.ts'
import { dropTable } from './drop-table.ts'
import { duplicatesLikely } from './duplicates-likely.ts'
import { enumValueUsedTooSoon } from './enum-value-used-too-soon.ts'
import { explicitLock } from './explicit-lock.ts'
import type { Hazard } from './hazard.ts'
import { invalidIndexLeftBehind } from './invalid-index-left-behind.ts'
import { lockKeptWhileWorking } from './lock-kept-while-working.ts'
import { lockOnOtherTable } from './lock-on-other-table.ts'
import { lockQueue } from './lock-queue.ts'
import { narrowingType } from './narrowing-type.ts'
import { nestedTransaction } from './nested-transaction.ts'
import { notNullWithoutDefault } from './not-null-without-default.ts'
import { nullValuesPresent } from './null-values-present.ts'
import { renameColumn } from './rename-column.ts'
import { renameTable } from './rename-table.ts'
import { syntaxError } from './syntax-error.ts'
import { tableRewrite } from './table-rewrite.ts'
import { transactionLeftOpen } from './transaction-left-open.ts'
import { truncate } from './truncate.ts'
import { unbatchedWrite } from './unbatched-write.ts'
import { unknownRelation } from './unknown-relation.ts'

/** Every hazard, grouped as in the docs. */
export const hazards: readonly Hazard[] = [
  blockingIndexBuild,
  blockingIndexDrop,
  tableRewrite,
  blockingValidation,
  blockingUnique,
  blockingRefresh,
  lockOnOtherTable,
  lockKeptWhileWorking,
  lockQueue,
  unbatchedWrite,
  explicitLock,
  syntaxError,
  cannotRunInTransaction,
  unknownRelation,
  dependentObjects,
  notNullWithoutDefault,
  nullValuesPresent,
  duplicatesLikely,
  enumValueUsedTooSoon,
  invalidIndexLeftBehind,
  narrowingType,
  castMayFail,
  transactionLeftOpen,
  nestedTransaction,
  cannotBeJudged,
  dropTable,
  dropColumn,
  dropSchema,
  truncate,
  deleteWithoutWhere,
  renameColumn,
  renameTable,
]
