import type { QueueSettings } from '../store/job-queue.ts'

/** Jobs under way at once in a process: they wait for GitHub, the replica and their budget most of the time. */
export const queueSettings: QueueSettings = {
  concurrency: 24,
  // Of an installation, of a repository, and of each database that it may be compared with: a budget that is spent or a
  // replica that hangs delays only its own.
  perOwner: [8, 6, 8, 8, 8, 8],
  mostAttempts: 8,
}
