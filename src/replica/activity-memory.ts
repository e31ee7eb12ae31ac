import type { ActivityFacts, SeenTransaction } from '../forecast/activity.ts'
import type { Needs } from '../review/facts.ts'
import {
  type ActivityOptions,
  type ActivitySample,
  activityFrom,
  type Counter,
  counterOf,
  rated,
  takeSample,
} from './read-activity.ts'

/** What a long-running process remembers of one primary: earlier counters, and the longest transactions it saw. */
interface ActivityMemory {
  /** Waits for a second look only where none was taken before. */
  read(relations: Needs['relations'], searchPath: string[] | null): Promise<ActivityFacts>
  /** Looks again at the relations that reviews named lately, so that long transactions are seen whenever they run. */
  watch(): Promise<void>
}

/** Relations whose counters are kept, and transactions; the longest unused and the shortest go first. */
const most = { relations: 2_000, transactions: 500 }

/** Seconds: an earlier look must be at least so old for a steady rate, and at most so old, to describe today. */
const steady = 60
const stale = 86_400

/** How long a transaction that ended is remembered, seconds: a nightly report is there every day of the week. */
const remembered = 7 * 86_400

/** `long`: transactions are worth remembering from this age on, seconds. */
export function activityMemory(url: string, options: ActivityOptions, { long } = { long: 5 }): ActivityMemory {
  const earlier = new Map<string, Counter>()
  const named = new Map<string, { schema: string; name: string }>()
  const seen = new Map<string, { transaction: SeenTransaction; at: number }>()

  const keep = (now: ActivitySample): void => {
    for (const { relation } of now.counters) {
      const counter = counterOf(now, relation)
      const before = earlier.get(relation)
      if (!counter || (before && now.at - before.at < stale && counter.reads >= before.reads)) continue
      earlier.set(relation, counter)
    }
    for (const transaction of now.transactions) {
      if (ageOf(transaction) < long || transaction.locks.length === 0) continue
      const begun = Math.round(now.at - ageOf(transaction))
      seen.set(`${transaction.pid ?? transaction.gid} ${begun}`, { transaction, at: now.at })
    }
    for (const [key, { at }] of seen) if (now.at - at > remembered) seen.delete(key)
    const shortest = [...seen].sort(([, a], [, b]) => ageOf(a.transaction) - ageOf(b.transaction))
    for (const [key] of shortest.slice(0, Math.max(0, seen.size - most.transactions))) seen.delete(key)
    for (const map of [earlier, named])
      for (const key of [...map.keys()].slice(0, Math.max(0, map.size - most.relations))) map.delete(key)
  }

  const withSeen = (facts: ActivityFacts, now: number): ActivityFacts => {
    if (facts.kind === 'unreachable') return facts
    const wanted = new Set(facts.relations.map(({ relation }) => relation))
    const past = [...seen.values()]
      .filter(({ transaction, at }) => at < now && transaction.locks.some(({ relation }) => wanted.has(relation)))
      .map(({ transaction }) => ({ ...transaction, running: false }))
    const transactions = [...facts.transactions, ...past].sort((a, b) => ageOf(b) - ageOf(a))
    return { ...facts, transactions }
  }

  return {
    async read(relations, searchPath) {
      const asked = { ...options, searchPath: searchPath ?? options.searchPath }
      const now = await takeSample(url, relations, asked)
      if (now.kind === 'unreachable') return now
      const { value } = now
      const known = (relation: string): Counter | null => {
        const before = earlier.get(relation)
        return before && value.at - before.at >= steady && value.at - before.at < stale ? before : null
      }
      const whole = value.counters.every(({ relation }) => known(relation) !== null)
      const facts = whole ? activityFrom(value, known) : await rated(url, value, relations, asked)
      for (const { schema, name } of relations) {
        if (schema === null) continue
        named.delete(`${schema}.${name}`)
        named.set(`${schema}.${name}`, { schema, name })
      }
      const told = withSeen(facts, value.at)
      keep(value)
      return told
    },
    async watch() {
      if (named.size === 0) return
      const now = await takeSample(url, [...named.values()], options)
      if (now.kind === 'read') keep(now.value)
    },
  }
}

function ageOf({ ageSeconds }: SeenTransaction): number {
  return ageSeconds ?? 0
}
