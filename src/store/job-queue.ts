import { EventEmitter } from 'node:events'
import {
  Logger,
  makeWorkerUtils,
  type Runner,
  type RunnerOptions,
  run,
  type TaskList,
  type WorkerUtils,
} from 'graphile-worker'
import type pg from 'pg'
import type { Membership } from './processes.ts'
import type { Store } from './store.ts'

/** A job as it is kept. Jobs of one key are one job; their payloads are collected in the order in which they came. */
export interface StoredJob {
  /** Name of the task that runs it. */
  task: string
  key: string
  payloads: object[]
  /** Who it belongs to, the widest first, such as installation and repository: each gets its share of the workers. */
  owners: string[]
  /** Kinds of work, the most urgent first: 0 before 1 before 2. */
  rank: 0 | 1 | 2
  /** Runs no earlier than so many ms from now. */
  delayMs: number
}

/** How a run of a job ended. */
export type RunEnd =
  | { kind: 'done' }
  /** Nothing is wrong; run it again so many ms from now. Counts as no attempt. */
  | { kind: 'later'; delayMs: number }
  /** Something is wrong; it is run again after a pause that grows, and buried after the last attempt. */
  | { kind: 'fault'; reason: string }
  /** Trying again is of no use: it is buried at once. */
  | { kind: 'buried'; reason: string }

export interface QueueSettings {
  /** Jobs under way at once in this process. */
  concurrency: number
  /** Of these, jobs of one owner, by the owner's place among the owners of a job. */
  perOwner: number[]
  /** Tries before a job is buried. */
  mostAttempts: number
}

export interface JobRun {
  /** Payloads that were collected under the key, oldest first. */
  payloads: object[]
  key: string
  /** 1 at the first try; more also after a process died in the middle. */
  attempt: number
  /** Why the try before failed; null at the first try and when the process died in it. */
  lastError: string | null
  /** How long ago the job was asked for last, ms. Not a time: the store's clock is another one. */
  askedMsAgo: number
}

export interface JobQueue {
  add(jobs: StoredJob[], client?: pg.ClientBase): Promise<void>
  /** Jobs that wait, run, or are buried. */
  counts(): Promise<QueueCounts>
  list(): Promise<ListedJob[]>
  /** Has buried jobs run again; all when no ids are given. Returns how many. */
  retry(ids: string[]): Promise<number>
  /** Takes no more jobs and resolves when those under way have ended or `withinMs` have passed. */
  close(withinMs: number): Promise<void>
}

interface QueueCounts {
  /** Due now and not yet started. */
  waiting: number
  /** Put off to a later time. */
  delayed: number
  /** Of these, due within a second. */
  soon: number
  running: number
  buried: number
  /** Age of the oldest job that is due, ms. */
  oldestMs: number
}

interface ListedJob {
  id: string
  task: string
  key: string | null
  state: 'waiting' | 'delayed' | 'running' | 'buried'
  attempts: number
  /** Why the last try failed, in a word. */
  error: string | null
  runAt: Date
}

/** How often dead processes are looked for, ms. */
const recoverEveryMs = 5_000

const schema = 'graphile_worker'

/**
 * Adds jobs, and runs them when `work` is given. Fair between owners: a job's place in the line is counted among the
 * jobs of its owner, so that the first of a quiet installation never waits behind the five hundredth of a busy one.
 */
export async function openQueue(
  store: Pick<Store, 'pool' | 'membership'>,
  settings: QueueSettings,
  log: QueueLog,
  work: Work | null,
): Promise<JobQueue> {
  const { pool, membership } = store
  const quiet = new Logger(() => (level, message) => {
    // The messages carry payloads and errors' texts; what a job's end means is logged where it is known.
    if (level === 'error' && !message.startsWith('Failed task')) log.error({}, 'job queue error')
  })
  const utils = await makeWorkerUtils({ pgPool: pool, logger: quiet })
  await utils.migrate()
  const add = adder(pool, settings)
  const runner = work ? await startRunner(store, settings, quiet, work) : null
  const recovering = runner ? await startRecovery(pool, membership, utils, log) : null
  return {
    add,
    counts: () => countsOf(pool),
    list: () => listOf(pool),
    async retry(ids) {
      const buried = (await listOf(pool)).filter(
        ({ id, state }) => state === 'buried' && (ids.length === 0 || ids.includes(id)),
      )
      // Not reschedule_jobs, which leaves tries as they are when they are set to 0.
      const done = await pool.query(
        `UPDATE ${schema}._private_jobs SET attempts = 0, max_attempts = $2, run_at = now(), last_error = NULL
         WHERE id = ANY ($1) AND locked_at IS NULL`,
        [buried.map(({ id }) => id), settings.mostAttempts],
      )
      return done.rowCount ?? 0
    },
    async close(withinMs) {
      if (recovering) clearInterval(recovering)
      if (runner) {
        let timer: NodeJS.Timeout | undefined
        const bound = new Promise<void>((resolve) => {
          timer = setTimeout(resolve, withinMs)
        })
        await Promise.race([runner.stop().catch(() => {}), bound])
        clearTimeout(timer)
      }
      await utils.release()
    },
  }
}

interface QueueLog {
  info(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** The runners of jobs, by the names of their tasks. */
interface Work {
  tasks: string[]
  run(task: string, run: JobRun): Promise<RunEnd>
}

/**
 * A job's priority is its rank and its place in the line, which is counted from where the line is now: the first job of
 * an owner goes as the first of all, its second as the second.
 */
const addJob = `
SELECT ${schema}.add_job(
  $1, $2::json, queue_name := $3, job_key := $3, job_key_mode := $9, run_at := now() + make_interval(secs => $4),
  max_attempts := $5, flags := $6, priority := (
    SELECT $8 * 10000 + least(9000, 1 + greatest(
      coalesce(min(place) FILTER (WHERE is_waiting), 0),
      coalesce(max(place) FILTER (WHERE is_waiting AND flags ? $7), 0)
    ))::integer
    FROM (
      SELECT priority % 10000 AS place, flags, attempts < max_attempts AS is_waiting
      FROM ${schema}.jobs WHERE priority / 10000 = $8
    ) AS line
  )
)`

/** `client`: adds within the transaction of this connection. */
function adder(pool: pg.Pool, { mostAttempts }: QueueSettings): JobQueue['add'] {
  return async (jobs, client) => {
    // In one order everywhere, so that two transactions never wait for each other's keys.
    for (const job of jobs.toSorted((a, b) => (a.key < b.key ? -1 : 1))) {
      await add(client ?? pool, job, mostAttempts, 'replace')
    }
  }
}

async function add(
  client: pg.ClientBase | pg.Pool,
  { task, key, payloads, owners, rank, delayMs }: StoredJob,
  mostAttempts: number,
  mode: 'replace' | 'preserve_run_at',
): Promise<void> {
  const flags = owners.map((owner, level) => `${level} ${owner}`)
  const given = [task, JSON.stringify(payloads), key, delayMs / 1_000, mostAttempts, flags, flags[0] ?? '', rank, mode]
  await client.query(addJob, given)
}

/** The owners of a job, and how many jobs of each are under way. */
function createShares({ perOwner, concurrency }: QueueSettings) {
  const underWay = new Map<string, number>()
  const count = (flags: string[], change: 1 | -1): void => {
    for (const flag of flags) {
      const now = (underWay.get(flag) ?? 0) + change
      if (now === 0) underWay.delete(flag)
      else underWay.set(flag, now)
    }
  }
  return {
    count,
    /** Flags whose owners have their share already. */
    full: (): string[] =>
      [...underWay].flatMap(([flag, now]) => (now >= (perOwner[levelOf(flag)] ?? concurrency) ? [flag] : [])),
  }
}

function levelOf(flag: string): number {
  return Number.parseInt(flag, 10)
}

async function startRunner(
  { pool, membership }: Pick<Store, 'pool' | 'membership'>,
  settings: QueueSettings,
  logger: Logger,
  work: Work,
): Promise<Runner> {
  const shares = createShares(settings)
  const task =
    (name: string): TaskList[string] =>
    async (payload, { job }) => {
      const flags = Object.keys(job.flags ?? {}).toSorted((a, b) => levelOf(a) - levelOf(b))
      const payloads = Array.isArray(payload) ? (payload as object[]) : [payload as object]
      const key = job.key ?? ''
      shares.count(flags, 1)
      try {
        const { attempts: attempt, last_error: lastError, updated_at: at } = job
        const askedMsAgo = await msSince(pool, at)
        const end = await work.run(name, { payloads, key, attempt, lastError, askedMsAgo })
        if (end.kind === 'later') {
          const owners = flags.map((flag) => flag.slice(flag.indexOf(' ') + 1))
          const rank = Math.floor(job.priority / 10_000) as StoredJob['rank']
          // One that came in meanwhile keeps its time, and takes this along.
          const again = { task: name, key, payloads, owners, rank, delayMs: end.delayMs }
          await add(pool, again, settings.mostAttempts, 'preserve_run_at')
        }
        if (end.kind === 'buried') {
          await pool.query(`UPDATE ${schema}._private_jobs SET max_attempts = attempts WHERE id = $1`, [job.id])
        }
        if (end.kind === 'fault' || end.kind === 'buried') throw new Error(end.reason)
      } finally {
        shares.count(flags, -1)
      }
    }
  const events = new EventEmitter()
  // Jobs are locked in the name of the pool, not of its workers.
  events.on('pool:create', ({ workerPool }: { workerPool: { id: string } }) => {
    void membership.addWorker(workerPool.id).catch(() => {})
  })
  return run({
    pgPool: pool,
    logger,
    concurrency: settings.concurrency,
    noHandleSignals: true,
    pollInterval: 1_000,
    forbiddenFlags: shares.full,
    crontab: '',
    taskList: Object.fromEntries(work.tasks.map((name) => [name, task(name)])),
    events: events as NonNullable<RunnerOptions['events']>,
  })
}

/** How long ago that was by the store's clock, ms. */
async function msSince(pool: pg.Pool, at: Date): Promise<number> {
  const { rows } = await pool.query<{ ms: number }>(
    'SELECT (extract(epoch FROM clock_timestamp() - $1::timestamptz) * 1000)::float8 AS ms',
    [at],
  )
  return Math.max(0, rows[0]?.ms ?? 0)
}

async function startRecovery(
  pool: pg.Pool,
  membership: Membership,
  utils: WorkerUtils,
  log: QueueLog,
): Promise<NodeJS.Timeout> {
  const recover = async (): Promise<void> => {
    try {
      await recoverDead(pool, membership, log)
      // A job that failed after a newer one took its key.
      await pool.query(
        `DELETE FROM ${schema}._private_jobs WHERE key IS NULL AND locked_at IS NULL AND attempts >= max_attempts`,
      )
    } catch (error) {
      log.error({ name: (error as Error).name }, 'the jobs of dead processes could not be looked for')
    }
  }
  await recover()
  const cleaning = setInterval(() => void utils.cleanup({ tasks: ['GC_JOB_QUEUES'] }).catch(() => {}), 3_600_000)
  cleaning.unref()
  const timer = setInterval(() => void recover(), recoverEveryMs)
  timer.unref()
  return timer
}

interface Interrupted {
  id: string
  task: string
  payload: object[]
  key: string | null
  queue: string
  priority: number
  owners: string[]
}

/**
 * Frees the jobs of processes that are gone. One whose key a newer job has taken meanwhile gives it its payload: what it
 * knew is not lost.
 */
async function recoverDead(pool: pg.Pool, membership: Membership, log: QueueLog): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const workers = await membership.removeDead(client)
    const { rows } = await client.query<Interrupted>(
      `SELECT job.id, task.identifier AS task, job.payload, job.key, queue.queue_name AS queue, job.priority,
         ARRAY(SELECT substr(flag, 3) FROM jsonb_object_keys(coalesce(job.flags, '{}')) AS flag ORDER BY flag) AS owners
       FROM ${schema}._private_jobs AS job
       JOIN ${schema}._private_tasks AS task ON task.id = job.task_id
       JOIN ${schema}._private_job_queues AS queue ON queue.id = job.job_queue_id
       WHERE job.locked_by = ANY ($1) OR (
         -- A worker that died before it was noted.
         job.locked_at < now() - interval '1 minute'
         AND job.locked_by <> ALL (SELECT unnest(workers) FROM lockcast.processes)
       )
       FOR UPDATE OF job SKIP LOCKED`,
      [workers],
    )
    const ids = rows.map(({ id }) => id)
    await client.query(
      `UPDATE ${schema}._private_job_queues SET locked_at = NULL, locked_by = NULL
       WHERE locked_by = ANY ($1) OR id IN (SELECT job_queue_id FROM ${schema}._private_jobs WHERE id = ANY ($2))`,
      [workers, ids],
    )
    // It has one more try at least, in which it can say that it gives up.
    await client.query(
      `UPDATE ${schema}._private_jobs SET locked_at = NULL, locked_by = NULL,
         attempts = CASE WHEN key IS NULL THEN attempts ELSE least(attempts, max_attempts - 1) END
       WHERE id = ANY ($1)`,
      [ids],
    )
    for (const { id, task, payload, key, queue, priority, owners } of rows) {
      if (key !== null) continue
      await client.query(`DELETE FROM ${schema}._private_jobs WHERE id = $1`, [id])
      const rank = Math.floor(priority / 10_000) as StoredJob['rank']
      const again: StoredJob = { task, key: queue, payloads: payload, owners, rank, delayMs: 0 }
      await add(client, again, 8, 'preserve_run_at')
    }
    await client.query('COMMIT')
    if (rows.length > 0) log.info({ jobs: rows.length }, 'jobs of a process that ended go on')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  } finally {
    client.release()
  }
}

/** A job is buried when it has its key and no tries left. */
const state = `CASE
  WHEN locked_at IS NOT NULL THEN 'running'
  WHEN attempts >= max_attempts THEN 'buried'
  WHEN run_at > now() THEN 'delayed'
  ELSE 'waiting' END`

async function countsOf(pool: pg.Pool): Promise<QueueCounts> {
  const { rows } = await pool.query<{ state: ListedJob['state']; count: number; soon: number; oldest: number }>(
    `SELECT ${state} AS state, count(*)::integer AS count,
       (count(*) FILTER (WHERE run_at <= now() + interval '1 second'))::integer AS soon,
       (extract(epoch FROM now() - min(run_at)) * 1000)::float8 AS oldest
     FROM ${schema}.jobs WHERE key IS NOT NULL OR locked_at IS NOT NULL GROUP BY 1`,
  )
  const countOf = (wanted: ListedJob['state']): number => rows.find((row) => row.state === wanted)?.count ?? 0
  return {
    waiting: countOf('waiting'),
    delayed: countOf('delayed'),
    soon: rows.find((row) => row.state === 'delayed')?.soon ?? 0,
    running: countOf('running'),
    buried: countOf('buried'),
    oldestMs: Math.max(0, rows.find((row) => row.state === 'waiting')?.oldest ?? 0),
  }
}

async function listOf(pool: pg.Pool): Promise<ListedJob[]> {
  const { rows } = await pool.query<ListedJob>(
    `SELECT id, task_identifier AS task, key, ${state} AS state, attempts, last_error AS error, run_at AS "runAt"
     FROM ${schema}.jobs WHERE key IS NOT NULL OR locked_at IS NOT NULL ORDER BY run_at, id`,
  )
  return rows
}
