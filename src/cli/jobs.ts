import type { ServerConfig } from '../server/config.ts'
import { readConfig } from '../server/config.ts'
import { openJobs } from '../server/review-jobs.ts'
import { StoreError } from '../store/store-error.ts'
import { UsageError } from './errors.ts'

interface JobsOptions {
  format: 'text' | 'json'
  state?: 'waiting' | 'delayed' | 'running' | 'buried'
}

/** `lockcast jobs list`: jobs that wait, run, or were put aside after their last try. */
export async function listJobsCommand({ format, state }: JobsOptions): Promise<number> {
  return withJobs(async (jobs) => {
    const list = (await jobs.list()).filter((job) => state === undefined || job.state === state)
    if (format === 'json') process.stdout.write(`${JSON.stringify(list, null, 2)}\n`)
    else if (list.length === 0) process.stdout.write('no jobs\n')
    else
      for (const { id, state: now, attempts, key, task, error } of list)
        process.stdout.write(`${id}  ${now}  tries ${attempts}  ${key ?? task}${error ? `  ${error}` : ''}\n`)
    return 0
  })
}

/** `lockcast jobs retry [ID…]`: has jobs that were put aside run again; without ids all of them. */
export async function retryJobsCommand(ids: string[]): Promise<number> {
  return withJobs(async (jobs) => {
    const count = await jobs.retry(ids)
    process.stdout.write(`${count} ${count === 1 ? 'job runs' : 'jobs run'} again\n`)
    return ids.length > count ? 1 : 0
  })
}

/** `lockcast forget --installation ID`: removes what the store keeps of an installation. */
export async function forgetCommand({ installation }: { installation: string }): Promise<number> {
  const id = Number(installation)
  if (!Number.isInteger(id) || id <= 0) {
    throw new UsageError(
      `--installation ${installation} is not the number of an installation, as in its settings' address.`,
    )
  }
  return withJobs(async (jobs) => {
    const names = await jobs.forget(id)
    for (const name of names) process.stdout.write(`forgot ${name}\n`)
    if (names.length === 0) process.stdout.write(`nothing is known of installation ${id}\n`)
    return 0
  })
}

async function withJobs(task: (jobs: Awaited<ReturnType<typeof openJobs>>) => Promise<number>): Promise<number> {
  const jobs = await openJobs(storeOf()).catch((error: unknown) => {
    throw error instanceof StoreError ? new UsageError(error.message) : error
  })
  try {
    return await task(jobs)
  } finally {
    await jobs.close()
  }
}

/** Only the store is needed: a terminal beside the server has no key. */
function storeOf(): ServerConfig['store'] {
  const { config, problems } = readConfig(process.env)
  if (config) return config.store
  const url = process.env.LOCKCAST_STORE_URL
  if (url) return { kind: 'url', url }
  throw new UsageError(problems.join('\n'))
}
