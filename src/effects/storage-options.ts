import type { Node } from '@pgsql/types'
import type { LockMode } from './locks.ts'

/** Options that only need SHARE UPDATE EXCLUSIVE (reloptions.c); every other one needs ACCESS EXCLUSIVE. */
const light =
  /^(toast\.)?(autovacuum_\w+|log_autovacuum_\w+|vacuum_\w+|fillfactor|toast_tuple_target|parallel_workers|n_distinct|n_distinct_inherited|pages_per_range|autosummarize|fastupdate|gin_pending_list_limit|effective_io_concurrency|maintenance_io_concurrency|random_page_cost|seq_page_cost|deduplicate_items|buffering)$/

/** The lock that SET (…) or RESET (…) takes: the strongest of its options'. */
export function lockOfOptions(options: Node | undefined): LockMode {
  const items = options && 'List' in options ? (options.List.items ?? []) : []
  const names = items.flatMap((item) =>
    'DefElem' in item
      ? [`${item.DefElem.defnamespace ? `${item.DefElem.defnamespace}.` : ''}${item.DefElem.defname}`]
      : [],
  )
  return names.every((name) => light.test(name)) ? 'ShareUpdateExclusiveLock' : 'AccessExclusiveLock'
}
