import type { AppClient } from '../github/client/app-client.ts'
import { failureSentence, GitHubError } from '../github/client/failure.ts'
import type { JobQueue } from '../store/job-queue.ts'
import type { Store } from '../store/store.ts'
import type { ServerConfig } from './config.ts'
import { breakerProblem } from './database-breaker.ts'

/** A job that is due and waits longer than this shows that the workers do not keep up, ms. */
const lateMs = 10 * 60_000

/** The parts of `/readyz`: each thing that the server needs, null where it works. */
export function readinessOf(
  { databases, only }: ServerConfig,
  {
    store,
    app,
    queue,
    workerProblem,
  }: {
    store: Pick<Store, 'ping'>
    app: Pick<AppClient, 'bot'>
    queue: Pick<JobQueue, 'counts'>
    workerProblem: () => string | null
  },
): () => Promise<Record<string, string | null>> {
  return async () => {
    const isThere = await problemOf(() => store.ping(), 'the store does not answer')
    const parts: Record<string, string | null> = {
      store: isThere,
      key: await problemOf(() => app.bot(), 'GitHub does not answer'),
      queue: isThere ?? (await lateness(queue)),
    }
    if (only === null || only === 'web') parts.worker = workerProblem()
    for (const { name } of databases) parts[`database ${name}`] = breakerProblem(name)
    return parts
  }
}

async function lateness(queue: Pick<JobQueue, 'counts'>): Promise<string | null> {
  const { oldestMs } = await queue.counts()
  return oldestMs > lateMs ? `the oldest job is due since ${Math.round(oldestMs / 60_000)} minutes` : null
}

async function problemOf(ask: () => Promise<unknown>, otherwise: string): Promise<string | null> {
  try {
    await ask()
    return null
  } catch (error) {
    return error instanceof GitHubError ? failureSentence(error.failure) : otherwise
  }
}
