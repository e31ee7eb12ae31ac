// Written by `npm run docs` from the files beside it; CI fails when it is stale.
import type { StatementHandlers } from '../model/statement-handler.ts'
import { handlers as alterFunctionHandlers } from './alter-function.ts'
import { handlers as alterTableHandlers } from './alter-table/alter-table.ts'
import { handlers as commentHandlers } from './comment.ts'
import { handlers as copyHandlers } from './copy.ts'
import { handlers as createExtensionHandlers } from './create-extension.ts'
import { handlers as createForeignTableHandlers } from './create-foreign-table.ts'
import { handlers as createFunctionHandlers } from './create-function.ts'
import { handlers as createIndexHandlers } from './create-index.ts'
import { handlers as createSchemaHandlers } from './create-schema.ts'
import { handlers as createStatisticsHandlers } from './create-statistics.ts'
import { handlers as createTableHandlers } from './create-table.ts'
import { handlers as createTriggerHandlers } from './create-trigger.ts'
import { handlers as createViewHandlers } from './create-view.ts'
import { handlers as defineObjectHandlers } from './define-object.ts'
import { handlers as deleteHandlers } from './delete.ts'
import { handlers as discardHandlers } from './discard.ts'
import { handlers as doAndCallHandlers } from './do-and-call.ts'
import { handlers as dropHandlers } from './drop.ts'
import { handlers as explainStatementHandlers } from './explain-statement.ts'
import { handlers as grantHandlers } from './grant.ts'
import { handlers as importForeignSchemaHandlers } from './import-foreign-schema.ts'
import { handlers as insertHandlers } from './insert.ts'
import { handlers as maintenanceHandlers } from './maintenance.ts'
import { handlers as mergeHandlers } from './merge.ts'
import { handlers as notFollowedHandlers } from './not-followed.ts'
import { handlers as preparedStatementsHandlers } from './prepared-statements.ts'
import { handlers as publicationHandlers } from './publication.ts'
import { handlers as renameHandlers } from './rename.ts'
import { handlers as rowSecurityPolicyHandlers } from './row-security-policy.ts'
import { handlers as selectHandlers } from './select.ts'
import { handlers as sequenceHandlers } from './sequence.ts'
import { handlers as setVariableHandlers } from './set-variable.ts'
import { handlers as truncateStatementHandlers } from './truncate-statement.ts'
import { handlers as updateHandlers } from './update.ts'
import { handlers as userTypeHandlers } from './user-type.ts'

/** The handler of every statement kind that is modelled, by the name of its parse-tree node. */
export const statementHandlers: StatementHandlers = {
  ...alterFunctionHandlers,
  ...alterTableHandlers,
  ...commentHandlers,
  ...copyHandlers,
  ...createExtensionHandlers,
  ...createForeignTableHandlers,
  ...createFunctionHandlers,
  ...createIndexHandlers,
  ...createSchemaHandlers,
  ...createStatisticsHandlers,
  ...createTableHandlers,
  ...createTriggerHandlers,
  ...createViewHandlers,
  ...defineObjectHandlers,
  ...deleteHandlers,
  ...discardHandlers,
  ...doAndCallHandlers,
  ...dropHandlers,
  ...explainStatementHandlers,
  ...grantHandlers,
  ...importForeignSchemaHandlers,
  ...insertHandlers,
  ...maintenanceHandlers,
  ...mergeHandlers,
  ...notFollowedHandlers,
  ...preparedStatementsHandlers,
  ...publicationHandlers,
  ...renameHandlers,
  ...rowSecurityPolicyHandlers,
  ...selectHandlers,
  ...sequenceHandlers,
  ...setVariableHandlers,
  ...truncateStatementHandlers,
  ...updateHandlers,
  ...userTypeHandlers,
}
