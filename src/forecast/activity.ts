import type { Catalog } from '../catalog/catalog.ts'
import { type Relation, relationName } from '../catalog/relation.ts'
import { type Blocked, conflicts, type LockMode } from '../effects/model/lock-modes.ts'
import { bytesText, durationText, type NumberFormat } from './numbers.ts'

/** The activity of the primary, as a role with pg_monitor sees it. Plain data: no text of a query, no value of a row. */
export type ActivityFacts =
  | ActivityRead
  /** It should have been read and could not be: `reason` is a sentence without secrets, `retry` says what to do. */
  | { kind: 'unreachable'; reason: string; retry: string }

export interface ActivityRead {
  kind: 'read'
  /** ISO 8601, UTC, by the server's clock. */
  takenAt: string
  /** `server_version_num` of the primary. */
  serverVersion: number
  relations: RelationActivity[]
  /** Since when the counters count, ISO 8601: since the last reset, crash or promotion; null when unknown. */
  countsSince: string | null
  /** Of the indexes of these relations, how often queries read them since then. */
  indexes: IndexReads[]
  /** The oldest first: those that run now, and the longest that were seen before. */
  transactions: SeenTransaction[]
  replicas: ReplicaLag[]
  /** How many standbys stream from it; null when they are hidden from the role. */
  standbys: number | null
  /** Parts that could not be read, one sentence each. */
  warnings: string[]
}

/** How often a relation is read and written, from two readings of the cumulative counters. */
export interface RelationActivity {
  /** `schema.name`. */
  relation: string
  /** Scans a second: sequential ones, and those of its indexes. */
  readsPerSecond: number
  /** Rows inserted, updated and deleted a second. */
  writesPerSecond: number
  /** Rows inserted a second, on average since the counters count where that is a day and more. */
  insertsPerSecond: number
  /** Between the two readings. */
  seconds: number
}

interface IndexReads {
  /** `schema.name` of its table. */
  relation: string
  name: string
  scans: number
  /** ISO 8601; null when never, and before PostgreSQL 16. */
  lastScan: string | null
}

export interface SeenTransaction {
  kind: 'client' | 'prepared' | 'autovacuum' | 'other'
  /** Null for a prepared transaction. */
  pid: number | null
  /** Of a prepared transaction: the name by which it is committed or rolled back. */
  gid: string | null
  role: string | null
  application: string | null
  /** `active`, `idle in transaction`…; null when the role may not see it. */
  state: string | null
  /** Since it began; null when the role may not see it. */
  ageSeconds: number | null
  /** False: it has ended since, and was that old when it was last seen. */
  running: boolean
  /** An autovacuum to prevent wraparound, which does not give way to lock requests. */
  wraparound: boolean
  /** It holds a snapshot, which CREATE INDEX CONCURRENTLY and its kind wait for. */
  snapshot: boolean
  /** On the named relations. */
  locks: { relation: string; lock: LockMode; granted: boolean; waitedSeconds: number | null }[]
  /** Process ids that it waits for. */
  blockedBy: number[]
}

export interface ReplicaLag {
  name: string
  /** `catchup`: it connected with so much to fetch that its seconds say nothing yet. */
  state: 'streaming' | 'catchup'
  /** As of its last message, every 10 s at least; null when nothing was written lately: nothing to lag behind. */
  seconds: number | null
  bytes: number | null
}

/** `walreceiver is 3 h behind`. */
export function lagText({ name, state, seconds, bytes }: ReplicaLag): string {
  if (state === 'catchup') return `${name} is catching up${bytes === null ? '' : `, ${bytesText(bytes)} behind`}`
  if (seconds === null) return `${name} is up to date`
  return `${name} is ${durationText(seconds * 1_000)} behind`
}

/** Reads and writes; null where they do not wait. */
export interface Waiting {
  reads: number | null
  writes: number | null
}

/** A second: scans, rows written, and rows inserted among them. */
interface Rates {
  reads: number
  writes: number
  inserts: number
}

/** The activity on the relations of a review. */
export interface Traffic {
  /** A second; null when unknown. */
  rates(relation: Relation): Rates | null
  /**
   * How long no query has read an index, at least, seconds: on the primary, and on the standby that the catalog was read
   * on. Null when one did lately, and when not all of their queries are counted.
   */
  unread(relation: Relation, index: string): number | null
  /** How long the oldest transaction with a lock there that conflicts with this one was seen to run, seconds. */
  longest(relation: Relation, lock: LockMode): number | null
  /** How many would come and wait while these relations are blocked for so long, ms. Null when unknown. */
  waiting(blocked: { relation: Relation; blocks: readonly Blocked[] }[], ms: number): Waiting | null
}

/** Relations are known by the name they had before the migrations; those made in them have no traffic. */
export function trafficOf(facts: ActivityFacts | null, catalog: Catalog): Traffic {
  const read = facts?.kind === 'read' ? facts : null
  if (!read) return { rates: () => null, unread: () => null, longest: () => null, waiting: () => null }
  const before = catalog.snapshot?.relations ?? []
  const names = new Map(before.map((item) => [item.id, `${item.schema}.${item.name}`]))
  const children = Map.groupBy(before, (item) => item.partitionOf?.relation ?? null)
  const known = new Map(read.relations.map((relation) => [relation.relation, relation]))

  const ratesOf = (id: number, name: string): Rates | null => {
    const own = known.get(name)
    // A partitioned table has no storage and no counters: its writes are counted on its leaf partitions.
    const parts = (children.get(id) ?? []).map((item) => ratesOf(item.id, `${item.schema}.${item.name}`))
    const counted = own && { reads: own.readsPerSecond, writes: own.writesPerSecond, inserts: own.insertsPerSecond }
    const all = [counted ?? null, ...parts]
    const seen = all.filter((item) => item !== null)
    if (seen.length === 0) return null
    const total = (key: keyof Rates): number => sum(seen.map((item) => item[key]))
    return { reads: total('reads'), writes: total('writes'), inserts: total('inserts') }
  }
  const nameOf = (relation: Relation): string => names.get(relation.id) ?? relationName(relation)
  const rates = (relation: Relation) => (relation.isNew ? null : ratesOf(relation.id, nameOf(relation)))

  const standby = catalog.snapshot?.standby === true ? catalog.snapshot : null
  // Reads by queries on other standbys are counted only there.
  const whole = read.standbys !== null && read.standbys <= (standby ? 1 : 0)

  return {
    rates,
    unread(relation, index) {
      if (!whole || relation.isNew) return null
      const name = nameOf(relation)
      const primary = read.indexes.find((indexReads) => indexReads.relation === name && indexReads.name === index)
      if (!primary) return null
      const idle = [idleSeconds(primary.scans, primary.lastScan, read.countsSince, read.takenAt)]
      if (standby) {
        const there = before.find(({ id }) => id === relation.id)?.indexes.find((item) => item.name === index)?.reads
        idle.push(there ? idleSeconds(there.scans, there.last, standby.countsSince, standby.takenAt) : null)
      }
      return idle.reduce(
        (least, item) => (least === null || item === null ? null : Math.min(least, item)),
        Number.POSITIVE_INFINITY,
      )
    },
    longest(relation, lock) {
      if (relation.isNew) return null
      const name = nameOf(relation)
      const there = read.transactions.filter((transaction) =>
        transaction.locks.some((held) => held.granted && held.relation === name && conflicts(held.lock, lock)),
      )
      return there.length > 0 ? Math.max(...there.map((seenTransaction) => seenTransaction.ageSeconds ?? 0)) : null
    },
    waiting(blocked, ms) {
      const listed = new Map(blocked.map((item) => [item.relation.id, item]))
      // Traffic of a partition is counted with its parent where that is blocked too.
      const counted = [...listed.values()].flatMap(({ relation, blocks }) => {
        const rate = listed.has(relation.partitionOf?.relation ?? -1) ? null : rates(relation)
        return rate ? [{ rate, blocks }] : []
      })
      if (counted.length === 0) return null
      const during = (who: 'reads' | 'writes'): number | null => {
        const waits = counted.filter(({ blocks }) => blocks.includes(who))
        return waits.length > 0 ? Math.round((sum(waits.map(({ rate }) => rate[who])) * ms) / 1_000) : null
      }
      return { reads: during('reads'), writes: during('writes') }
    },
  }
}

/** From the last read of an index, or since when there was none to count; null when that is not known. */
function idleSeconds(scans: number, last: string | null, since: string | null, now: string): number | null {
  const from = last ?? (scans === 0 ? since : null)
  return from === null ? null : (Date.parse(now) - Date.parse(from)) / 1_000
}

/** `about 71,000 writes would wait`; empty when nothing is known, there is no traffic, or it may not be said. */
export function waitingText(waiting: Waiting | null, say: NumberFormat): string {
  const parts = (['reads', 'writes'] as const).flatMap((who) => {
    const count = waiting?.[who] ?? 0
    const many = count > 0 ? say.many(count) : ''
    return many === '' ? [] : [`${many} ${count === 1 ? who.slice(0, -1) : who}`]
  })
  return parts.length > 0 ? `${parts.join(' and ')} would wait` : ''
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
