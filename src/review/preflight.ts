import { conflicts, type LockMode } from '../effects/model/lock-modes.ts'
import { type ActivityRead, lagText, type ReplicaLag, type SeenTransaction } from '../forecast/activity.ts'
import { durationText } from '../forecast/numbers.ts'
import type { Policy } from '../policy/policy.ts'
import type { Review } from './result.ts'

/** Obstacles to a migration right now. Plain data; never the text of a query. */
export interface Preflight {
  /** No obstacle exists; the review's own findings are in its verdict. */
  ready: boolean
  /** ISO 8601, by the primary's clock. */
  takenAt: string
  obstacles: Obstacle[]
  replicas: ActivityRead['replicas']
  /** `schema.index`, on the relations that the migrations lock. */
  invalidIndexes: string[]
  /** Of the statements that make reads or writes wait: the longest in force, ms; 0: at least one waits without end. */
  lockTimeoutMs: number | null
  /** Free bytes of the database's disk: null, since PostgreSQL does not report them. */
  freeDiskBytes: null
  warnings: string[]
}

interface Obstacle {
  kind: 'transaction' | 'prepared transaction' | 'autovacuum' | 'waiting' | 'snapshot' | 'replication lag'
  relation: string | null
  pid: number | null
  role: string | null
  application: string | null
  state: string | null
  ageSeconds: number | null
  lock: LockMode | null
  /** One sentence. */
  message: string
}

/** Compares the locks that the reviewed migrations will ask for with those held and awaited. Pure. */
export function preflight(review: Review, seen: ActivityRead, invalidIndexes: string[], policy: Policy): Preflight {
  const wanted = wantedLocks(review)
  const obstacles = [
    ...seen.transactions.flatMap(
      (transaction) => obstacleOf(transaction, wanted, policy) ?? snapshotOf(transaction, review, policy) ?? [],
    ),
    ...seen.replicas.flatMap((replica) => lagOf(replica, policy) ?? []),
  ]
  return {
    ready: obstacles.length === 0,
    takenAt: seen.takenAt,
    obstacles,
    replicas: seen.replicas,
    invalidIndexes,
    lockTimeoutMs: lockTimeoutOf(review),
    freeDiskBytes: null,
    warnings: seen.warnings,
  }
}

/** Each relation that existed before, with the locks that the migrations ask for there, or wait out. */
export function wantedLocks(review: Review): Map<string, Set<LockMode>> {
  const wanted = new Map<string, Set<LockMode>>()
  for (const { effects } of upStatements(review)) {
    for (const { relation, lock, awaits } of effects.filter((effect) => !effect.new))
      for (const mode of [lock, awaits]) if (mode) wanted.set(relation, (wanted.get(relation) ?? new Set()).add(mode))
  }
  return wanted
}

function upStatements(review: Review) {
  return review.files.flatMap(({ statements }) => statements.filter(({ direction }) => direction === 'up'))
}

const nobody = { relation: null, pid: null, role: null, application: null, state: null, lock: null }

function obstacleOf(seen: SeenTransaction, wanted: Map<string, Set<LockMode>>, policy: Policy): Obstacle | null {
  for (const { relation, lock, granted, waitedSeconds } of seen.locks) {
    const asked = [...(wanted.get(relation) ?? [])]
    if (!asked.some((mode) => conflicts(mode, lock))) continue
    const { pid, role, application, state, ageSeconds } = seen
    const about = { relation, pid, role, application, state, ageSeconds, lock }
    const old = ageSeconds === null ? 'of unknown age' : `of ${age(ageSeconds)}`
    if (!granted) {
      const since = waitedSeconds === null ? 'waits' : `has waited ${age(waitedSeconds)}`
      const blockers = seen.blockedBy.length > 0 ? ` behind ${seen.blockedBy.join(', ')}` : ''
      return {
        ...about,
        kind: 'waiting',
        message: `${relation}: ${who(seen)} ${since} for a lock there${blockers}.`,
      }
    }
    if (seen.kind === 'prepared')
      return {
        ...about,
        kind: 'prepared transaction',
        message: `${relation}: the prepared transaction ${seen.gid}, ${old}, holds a lock there; only COMMIT PREPARED or ROLLBACK PREPARED ends it.`,
      }
    if (seen.kind === 'autovacuum') {
      // Any other autovacuum gives way after deadlock_timeout (ProcSleep, autovacuum is cancelled).
      if (!seen.wraparound) continue
      return {
        ...about,
        kind: 'autovacuum',
        message: `${relation}: an autovacuum to prevent wraparound ${old}, which does not give way to lock requests.`,
      }
    }
    const own = policy.budget.tables[relation]?.reads ?? policy.budget.reads
    if (ageSeconds !== null && ageSeconds * 1_000 < own) continue
    return {
      ...about,
      kind: 'transaction',
      message: `${relation}: ${who(seen)} holds a lock there, in a transaction ${old}.`,
    }
  }
  return null
}

function lagOf(replica: ReplicaLag, { traffic }: Policy): Obstacle | null {
  const { name, state, seconds } = replica
  if (traffic.delayed_standbys.includes(name)) return null
  if (state !== 'catchup' && (seconds === null || seconds * 1_000 < traffic.lag)) return null
  return { ...nobody, kind: 'replication lag', ageSeconds: seconds, message: `The standby ${lagText(replica)}.` }
}

/** CREATE INDEX CONCURRENTLY waits for every older snapshot in the database, on whatever table (WaitForOlderSnapshots). */
function snapshotOf(seen: SeenTransaction, review: Review, { traffic }: Policy): Obstacle | null {
  const concurrently = upStatements(review).some(({ effects }) =>
    effects.some(({ awaits, builds }) => builds.length > 0 && awaits !== null),
  )
  const { pid, role, application, state, ageSeconds } = seen
  if (!concurrently || !seen.snapshot || seen.kind === 'autovacuum' || ageSeconds === null) return null
  if (ageSeconds * 1_000 < traffic.long_transaction) return null
  const message = `${who(seen)} has held a snapshot for ${age(ageSeconds)}; building CONCURRENTLY waits for its end.`
  return { kind: 'snapshot', relation: null, pid, role, application, state, ageSeconds, lock: null, message }
}

function lockTimeoutOf(review: Review): number | null {
  const strong = upStatements(review).filter(({ effects }) =>
    effects.some(({ lock, new: made }) => !made && conflicts(lock, 'RowExclusiveLock')),
  )
  if (strong.length === 0) return null
  const values = strong.map((statement) => statement.lockTimeoutMs ?? 0)
  return values.includes(0) ? 0 : Math.max(...values)
}

/** `pid 4711 (report, nightly export, idle in transaction)`. */
function who({ pid, gid, role, application, state }: SeenTransaction): string {
  const about = [role, application, state].filter((item) => item !== null && item !== '')
  return `${pid === null ? `prepared transaction ${gid}` : `pid ${pid}`}${about.length > 0 ? ` (${about.join(', ')})` : ''}`
}

function age(seconds: number): string {
  return durationText(seconds * 1_000)
}
