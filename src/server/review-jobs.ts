import { type JobQueue, openQueue } from '../store/job-queue.ts'
import { openStore, type StoreChoice } from '../store/store.ts'
import { createLog } from './log.ts'
import { queueSettings } from './queue-settings.ts'

/**
 * Opens the jobs of a store for a look at them; none is run. Works beside a running server,
 * also with its embedded store. Throws a {@link StoreError}.
 */
export async function openJobs(
  choice: StoreChoice,
): Promise<Pick<JobQueue, 'list' | 'retry'> & { close(): Promise<void> }> {
  const log = createLog('error')
  const store = await openStore(choice, { works: false, beside: true, log })
  const queue = await openQueue(store, queueSettings, log, null)
  return {
    list: queue.list,
    retry: queue.retry,
    async close() {
      await queue.close(0)
      await store.close()
    },
  }
}
