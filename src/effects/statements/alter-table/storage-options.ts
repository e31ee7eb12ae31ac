import type { AlterTableCmd, Node } from '@pgsql/types'
import type { Relation } from '../../../catalog/relation.ts'
import type { LockMode } from '../../model/lock-modes.ts'
import type { StatementFails } from '../../model/server-errors.ts'
import { invalidParameterValue, wrongObjectType } from '../../model/sqlstate-errors.ts'
import type { StatementContext } from '../../model/statement-context.ts'

/** SET (…) and RESET (…) of storage parameters. */
export function setStorageOptions(context: StatementContext, relation: Relation, command: AlterTableCmd): void {
  if (relation.kind === 'partitioned table') throw noStorageParameters(context, command)
  context.lock(relation, lockOfOptions(command.def))
}

/** The strongest of the options' locks. */
function lockOfOptions(options: Node | undefined): LockMode {
  const items = options && 'List' in options ? (options.List.items ?? []) : []
  const names = items.flatMap((node) =>
    'DefElem' in node
      ? [`${node.DefElem.defnamespace ? `${node.DefElem.defnamespace}.` : ''}${node.DefElem.defname}`]
      : [],
  )
  return names.every((name) => light.test(name)) ? 'ShareUpdateExclusiveLock' : 'AccessExclusiveLock'
}

/** Options that only need SHARE UPDATE EXCLUSIVE (reloptions.c); every other one needs ACCESS EXCLUSIVE. */
const light =
  /^(toast\.)?(autovacuum_\w+|log_autovacuum_\w+|vacuum_\w+|fillfactor|toast_tuple_target|parallel_workers|n_distinct|n_distinct_inherited|pages_per_range|autosummarize|fastupdate|gin_pending_list_limit|effective_io_concurrency|maintenance_io_concurrency|random_page_cost|seq_page_cost|deduplicate_items|buffering)$/

function noStorageParameters(context: StatementContext, command: AlterTableCmd): StatementFails {
  const [first] = command.def && 'List' in command.def ? (command.def.List.items ?? []) : []
  const name = first && 'DefElem' in first ? first.DefElem.defname : ''
  return context.catalog.behaves('storage-parameters-of-partitioned-table')
    ? wrongObjectType('cannot specify storage parameters for a partitioned table')
    : invalidParameterValue(`unrecognized parameter "${name}"`)
}
