import { sealKeyName } from '../github/decide/seal.ts'
import { type JobQueue, openQueue } from '../store/job-queue.ts'
import { openStore, type StoreChoice } from '../store/store.ts'
import { createLog } from './log.ts'
import { queueSettings } from './queue-settings.ts'

interface OpenJobs extends Pick<JobQueue, 'list' | 'retry'> {
  /** Removes all that is known of an installation and returns the names of its repositories. */
  forget(installationId: number): Promise<string[]>
  close(): Promise<void>
}

/**
 * Opens the jobs of a store for a look at them; none is run. Works beside a running server,
 * also with its embedded store. Throws a {@link StoreError}.
 */
export async function openJobs(choice: StoreChoice): Promise<OpenJobs> {
  const log = createLog('error')
  const store = await openStore(choice, { works: false, beside: true, log })
  const queue = await openQueue(store, queueSettings, log, null)
  return {
    list: queue.list,
    retry: queue.retry,
    forget: (installationId) => store.records.forget(installationId, sealKeyName(installationId)),
    async close() {
      await queue.close(0)
      await store.close()
    },
  }
}
