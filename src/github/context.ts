import type { AnalysisGuard } from './analysis-guard.ts'
import type { AppClient } from './client/app-client.ts'
import type { RepositoryClient } from './client/port.ts'
import type { Clock } from './clock.ts'
import type { Core, RepositoryDatabase } from './core.ts'
import type { BlobCache } from './gather/blobs.ts'
import type { Job } from './jobs/job.ts'
import type { Records } from './records.ts'

/** The services of every job, made once when the server starts. */
export interface AppContext {
  app: AppClient
  clock: Clock
  core: Core
  blobs: BlobCache
  analysis: AnalysisGuard
  records: Records
  /** Jobs that share a check take turns, over all processes: one at a time for each key. */
  locks: { run<T>(key: string, task: () => Promise<T>): Promise<T> }
  log: Log
  /** The databases that `owner/name` may be compared with. */
  databasesFor(repository: string): RepositoryDatabase[]
  enqueue(jobs: Job[]): Promise<void>
}

interface Log {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** The same for a job in one repository. */
export interface RepositoryContext extends AppContext {
  installationId: number
  owner: string
  repo: string
  /** `owner/name`. */
  repository: string
  client: RepositoryClient
  /** Login of the app's bot: who writes its comments. */
  bot: string
  databases: RepositoryDatabase[]
  /** Names this run in the check and in the log. */
  reference: string
  /** 1 at the first try. More: a try before failed, or its process died and left who knows what. */
  attempt: number
}
