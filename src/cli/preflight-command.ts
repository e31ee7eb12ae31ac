import { setTimeout as sleep } from 'node:timers/promises'
import type { ActivityFacts, ActivityRead } from '../forecast/activity.ts'
import { durationText } from '../forecast/numbers.ts'
import { milliseconds } from '../policy/duration.ts'
import type { Policy } from '../policy/policy.ts'
import { preflightJson, preflightText } from '../report/preflight-text.ts'
import { clean } from '../report/terminal-text.ts'
import type { CatalogFacts } from '../review/facts.ts'
import { type Preflight, preflight, wantedLocks } from '../review/preflight.ts'
import type { Review } from '../review/result.ts'
import { loadParser } from '../sql/parse.ts'
import { activitySource } from './activity-source.ts'
import { catalogSource } from './catalog-source.ts'
import { databaseAddress } from './database-url.ts'
import { UsageError } from './errors.ts'
import { exitCode, policyFor, type ReviewOptions, reviewOf } from './review-command.ts'
import { screenOf } from './screen.ts'

export interface PreflightOptions extends Omit<ReviewOptions, 'format' | 'base'> {
  format: 'text' | 'json'
  /** How long a quiet moment may be waited for. */
  wait?: string
}

/** Between two looks while waiting, ms. */
const lookEvery = 1_000

/**
 * `lockcast preflight`: the review with today's sizes, and the sessions that are in the way now. 0: go ahead; 1: findings at or over
 * the threshold, or something in the way; 2: something could not be read; 130: interrupted while waiting.
 */
export async function preflightCommand(paths: string[], options: PreflightOptions): Promise<number> {
  await loadParser()
  const policy = policyFor(options)
  const url = options.activityUrl ?? (process.env.LOCKCAST_ACTIVITY_URL || undefined)
  if (url === undefined) throw new UsageError('say with --activity-url where the primary is')
  databaseAddress(url, options.activityUrl === undefined ? 'LOCKCAST_ACTIVITY_URL' : '--activity-url')
  const patience = options.wait === undefined ? 0 : milliseconds(options.wait.replace(/(\d\s*)m$/, '$1min'))
  if (patience === null) throw new UsageError(`--wait ${options.wait}: not a duration (write 10min or 10m)`)

  let catalog: CatalogFacts = { kind: 'none' }
  const from = (options.databaseUrl ?? options.snapshot) ? options : { ...options, databaseUrl: url }
  const source = catalogSource(from, policy)
  const review = await reviewOf(paths, options, policy, {
    activity: activitySource({ ...options, activityUrl: url }, policy),
    catalog: async (needs) => {
      catalog = await source(needs)
      return catalog
    },
  })
  const looked = await quietMoment(
    url,
    review,
    invalidIndexes(catalog, review),
    policy,
    review.verdict === 'pass' ? patience : 0,
  )
  if (looked.kind === 'interrupted') {
    process.stderr.write('interrupted: nothing was changed\n')
    return 130
  }
  if (looked.kind === 'unreachable') throw new UsageError(`${looked.reason} ${looked.retry}`)
  const { now } = looked
  process.stdout.write(
    options.format === 'json'
      ? preflightJson(review, now)
      : preflightText(review, now, screenOf(process.stdout, process.env).colour),
  )
  return exitCode(review) || (now.ready ? 0 : 1)
}

type Looked =
  | { kind: 'looked'; now: Preflight }
  | { kind: 'interrupted' }
  | Extract<ActivityFacts, { kind: 'unreachable' }>

/** Polls until nothing is in the way or the time, ms, is over; reports on standard error what it waits for. */
async function quietMoment(
  url: string,
  review: Review,
  invalid: string[],
  policy: Policy,
  patience: number,
): Promise<Looked> {
  const { activityDefaults, takeSample } = await import('../replica/read-activity.ts')
  const relations = [...wantedLocks(review).keys()].map((full) => {
    const [schema = '', ...name] = full.split('.')
    return { schema, name: name.join('.') }
  })
  const interrupted = new AbortController()
  const onSignal = (): void => interrupted.abort()
  process.once('SIGINT', onSignal)
  let until: number | null = null
  const progress = progressLine()
  try {
    for (let looks = 0; ; looks++) {
      const outcome = await takeSample(url, relations, activityDefaults)
      if (interrupted.signal.aborted) return { kind: 'interrupted' }
      // The time to wait begins with the first look: a slow connection is no part of it.
      until ??= performance.now() + patience
      const left = until - performance.now()
      if (outcome.kind === 'unreachable') {
        // One that answered before, as a primary that restarts, may answer again.
        if (looks === 0 || left <= 0) return outcome
        progress(left, outcome.reason, outcome.reason)
      } else {
        const { at: _, counters: __, ...seen } = outcome.value
        const now = preflight(review, { kind: 'read', relations: [], ...seen } satisfies ActivityRead, invalid, policy)
        if (now.ready || left <= 0) return { kind: 'looked', now }
        progress(left, ...inTheWay(now))
      }
      await sleep(Math.min(lookEvery, left), null, { signal: interrupted.signal }).catch(() => {})
      if (interrupted.signal.aborted) return { kind: 'interrupted' }
    }
  } finally {
    process.off('SIGINT', onSignal)
    if (process.stderr.isTTY && patience > 0) process.stderr.write('\r\u001b[K')
  }
}

/** On a terminal one line that is written over; in a log one line whenever the reason to wait changes, by its key. */
function progressLine(): (left: number, key: string, words: string) => void {
  let shown = ''
  return (left, key, words) => {
    const line = clean(`waiting up to ${durationText(left)} for a quiet moment: ${words}`)
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${line.slice(0, process.stderr.columns - 1)}`)
    else if (key !== shown) process.stderr.write(`${line}\n`)
    shown = key
  }
}

/** The first obstacle, as a key that is stable while its age grows, and in words. */
function inTheWay({ obstacles }: Preflight): [key: string, words: string] {
  const [first] = obstacles
  const more = obstacles.length > 1 ? ` (and ${obstacles.length - 1} more)` : ''
  return [`${first?.kind} ${first?.relation} ${first?.pid}${more}`, `${first?.message}${more}`]
}

function invalidIndexes(catalog: CatalogFacts, review: Review): string[] {
  if (catalog.kind !== 'replica' && catalog.kind !== 'snapshot') return []
  const wanted = wantedLocks(review)
  return catalog.snapshot.relations.flatMap(({ schema, name, indexes }) =>
    wanted.has(`${schema}.${name}`)
      ? indexes.filter(({ valid }) => !valid).map((index) => `${schema}.${index.name}`)
      : [],
  )
}
