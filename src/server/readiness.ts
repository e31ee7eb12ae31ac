import type { AppClient } from '../github/client/app-client.ts'
import { failureSentence, GitHubError } from '../github/client/failure.ts'
import type { JobQueue } from '../store/job-queue.ts'
import type { Store } from '../store/store.ts'
import type { ServerConfig } from './config.ts'
import { breakerProblem } from './database-breaker.ts'
import { type Database, trafficOf } from './databases.ts'

/** A job that is due and waits longer than this shows that the workers do not keep up, ms. */
const lateMs = 10 * 60_000

/** The parts of `/readyz`: each thing that the server needs, null where it works. */
export function readinessOf(
  { databases, only }: ServerConfig,
  {
    store,
    records,
    app,
    queue,
    workerProblem,
  }: {
    store: Pick<Store, 'ping'>
    records: Pick<Store['records'], 'value'>
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
    for (const name of questioned(databases)) {
      parts[`database ${name}`] = isThere === null ? await records.value<string>(problemName(name)) : null
    }
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

/** Databases that are asked, by the names of their breakers. */
function questioned(databases: Database[]): string[] {
  return databases.flatMap(({ name, activityUrl }) => (activityUrl === null ? [name] : [name, trafficOf(name)]))
}

function problemName(name: string): string {
  return `problem of database ${name}`
}

/** Keeps in the store which databases do not answer: the process that answers `/readyz` asks none of them itself. */
export function createProblemNotes(
  databases: Database[],
  records: Pick<Store['records'], 'saveValue'>,
): () => Promise<void> {
  const noted = new Map<string, string | null>()
  return async () => {
    for (const name of questioned(databases)) {
      const problem = breakerProblem(name)
      if (noted.get(name) === problem) continue
      await records.saveValue(problemName(name), problem)
      noted.set(name, problem)
    }
  }
}
