import type { Relation } from '../../catalog/catalog.ts'
import type { Effect } from '../../effects/judging.ts'
import { lockText } from '../../effects/locks.ts'
import { waitingText } from '../../forecast/activity.ts'
import { blocksOf } from '../../forecast/forecast.ts'
import { durationText } from '../../forecast/numbers.ts'
import { quoteRelation } from '../../sql/quote.ts'
import { alternative, withTimeout } from '../alternatives.ts'
import { blockedOf, blockedStatement, isUnseen, namesOf, stopsQueries } from '../blocked.ts'
import { type Draft, defineHazard } from '../hazard.ts'
import type { Scene, Severity, Step } from '../scene.ts'
import { reaches } from '../severity.ts'
import { unwritten } from '../unwritten.ts'
import { keptLocks } from './lock-kept-while-working.ts'

export const hazard = defineHazard({
  ...unwritten,
  id: 'lock-queue',
  group: 'blocking',
  title: 'A strong lock is waited for without a lock_timeout',
  page: {
    what: 'While a strong lock waits behind one long transaction, every later query on the table waits behind the lock. Without lock_timeout there is no end to it.',
    why: 'A change of milliseconds becomes an outage as long as the longest query; the size of the table does not matter to that.',
    instead: 'SET LOCAL lock_timeout before the first such statement, and try again when it fires.',
    harmless: '',
  },
  tell: (found: Draft) => found,
  detect(scene): Draft[] {
    const files = new Map<string, Step[]>()
    for (const step of scene.steps) {
      if (step.migration.direction === 'down' || !waitsWithoutEnd(step, scene)) continue
      files.set(step.migration.path, [...(files.get(step.migration.path) ?? []), step])
    }
    // What blocks for long anyway has its own finding, and so has DROP INDEX: their alternatives end the wait too.
    const told = new Set(keptLocks(scene).map((kept) => kept.step))
    for (const step of scene.steps) if (step.judgement.marks.some((mark) => mark.kind === 'drops index')) told.add(step)
    return [...files.values()].flatMap((steps) => draftOf(steps, told, scene))
  },
})

/** True when the statement waits for a strong lock and no lock_timeout ends the wait in time. */
export function waitsWithoutEnd(step: Step, scene: Scene): boolean {
  if (step.judgement.fails || strongEffects(step).length === 0) return false
  const { lockTimeoutMs } = step
  return lockTimeoutMs === null || lockTimeoutMs === 0 || lockTimeoutMs > scene.policy.max_lock_timeout
}

function strongEffects(step: Step) {
  return step.effects.flatMap(({ effect }) =>
    stopsQueries(effect) && !effect.relation.isNew && !isUnseen(effect.relation) ? [effect] : [],
  )
}

/** Small tables are told of, not blocked on. */
const large = 100_000

export function queueSeverity(sizes: (number | null)[]): Severity {
  return sizes.some((rows) => rows === null || rows >= large) ? 'medium' : 'low'
}

function draftOf(steps: Step[], told: ReadonlySet<Step>, scene: Scene): Draft[] {
  const silent = steps.filter(
    (step) => !told.has(step) && !reaches(blockedStatement(step, scene)?.severity ?? 'low', 'high'),
  )
  const [first] = silent
  if (!first) return []
  const effects = silent.flatMap(strongEffects)
  const relations = [...new Map(effects.map((effect) => [effect.relation.id, effect.relation])).values()]
  const busy = seenBusy(effects, scene)
  const severity = busy ? 'high' : queueSeverity(relations.map((relation) => relation.size.rows))
  const biggest =
    busy?.relation ??
    relations.reduce((a, b) =>
      (b.size.rows ?? Number.POSITIVE_INFINITY) > (a.size.rows ?? Number.POSITIVE_INFINITY) ? b : a,
    )
  const timeout = first.lockTimeoutMs
  const [effect] = strongEffects(first)
  const rows = biggest.size.rows
  const reads = effects.some((one) => blocksOf(one).includes('reads'))
  return [
    {
      step: first,
      severity,
      relation: biggest,
      rows,
      message: `Can queue every ${reads ? 'query on' : 'write to'} ${namesOf(relations)} behind one long transaction: ${timeout ? `lock_timeout of ${durationText(timeout)} is above ${durationText(scene.policy.max_lock_timeout)}` : 'no lock_timeout'}${rows === null ? '' : `, ${scene.say.rows(rows)}`}${busy?.text ?? ''}`,
      why: `${lockText(effect?.lock ?? 'AccessExclusiveLock')} on \`${quoteRelation(biggest)}\` takes a moment, but it waits behind every running transaction ${reads ? '' : 'that writes '}there, and all later ${reads ? 'queries' : 'writes'} wait behind it.`,
      related: [],
      alternative: alternative('Set a lock_timeout before it and try again when it fires.', withTimeout(first)),
    },
  ]
}

interface Seen {
  relation: Relation
  text: string
}

/** The relation where a long transaction or much traffic makes the queue sure, whatever its size; null when none is seen. */
export function seenBusy(effects: Effect[], { traffic, policy, say }: Scene): Seen | null {
  const seen = effects.map((effect) => {
    const blocked = [blockedOf(effect)]
    const perSecond = traffic.waiting(blocked, 1_000)
    const ageMs = (traffic.longest(effect.relation, effect.lock) ?? 0) * 1_000
    return { effect, blocked, perSecond, rate: (perSecond?.reads ?? 0) + (perSecond?.writes ?? 0), ageMs }
  })
  const oldest = seen.toSorted((a, b) => b.ageMs - a.ageMs)[0]
  if (oldest && oldest.ageMs >= policy.traffic.long_transaction) {
    const queued = waitingText(traffic.waiting(oldest.blocked, oldest.ageMs), say)
    const ran = `; a transaction there ran for ${say.time(oldest.ageMs, oldest.ageMs)}`
    return { relation: oldest.effect.relation, text: `${ran}${queued && `, in which ${queued}`}` }
  }
  const hottest = seen.toSorted((a, b) => b.rate - a.rate)[0]
  if (!hottest || hottest.rate < policy.traffic.hot) return null
  const queued = waitingText(hottest.perSecond, say)
  return { relation: hottest.effect.relation, text: `; it is hot${queued && `: each second ${queued}`}` }
}
