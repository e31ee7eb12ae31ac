import type { Relation } from '../catalog/catalog.ts'
import type { Effect } from '../effects/judging.ts'
import { type Blocked, lockText } from '../effects/locks.ts'
import { waitingText } from '../forecast/activity.ts'
import { blocksOf, type Forecast } from '../forecast/forecast.ts'
import { quoteRelation } from '../sql/quote.ts'
import { inQuietMoment } from './alternatives.ts'
import { type Description, defineHazard, type Hazard } from './hazard.ts'
import { oneByOne } from './one-by-one.ts'
import type { Alternative, Scene, Severity, Step } from './scene.ts'
import { ofBlocking, worst } from './severity.ts'

/** A statement that makes others wait while it works. */
export interface BlockedStatement {
  step: Step
  /** The effects that make reads or writes wait, the named relation first. */
  blocking: { effect: Effect; forecast: Forecast | null }[]
  /** The effects with the work. */
  working: { effect: Effect; forecast: Forecast | null }[]
  /** The whole statement's work, ms: every lock it takes is kept that long. Null when a size is unknown. */
  lowMs: number | null
  highMs: number | null
  severity: Severity
  blocks: Blocked[]
}

/** Null when nobody waits for the statement's work. */
export function blockedStatement(step: Step, scene: Scene): BlockedStatement | null {
  return blockedStatements(scene).get(step) ?? null
}

/** Looked at once for all hazards that ask, in the order of the steps. */
function blockedStatements(scene: Scene): Map<Step, BlockedStatement> {
  const known = all.get(scene)
  if (known) return known
  const found = new Map<Step, BlockedStatement>()
  for (const step of scene.steps) {
    const blocked = step.effects.length > 0 ? blockedBy(step, scene) : null
    if (blocked) found.set(step, blocked)
  }
  all.set(scene, found)
  return found
}

const all = new WeakMap<Scene, Map<Step, BlockedStatement>>()

function blockedBy(step: Step, scene: Scene): BlockedStatement | null {
  const working = step.effects.filter(({ effect }) => isWork(effect) && effect.relation.size.rows !== 0)
  if (working.length === 0) return null
  const blocking = step.effects
    .filter(({ effect }) => stopsQueries(effect) && !isUnseen(effect.relation))
    .sort((a, b) => Number(a.effect.through !== null) - Number(b.effect.through !== null))
  if (blocking.length === 0) return null
  const sum = (end: 'lowMs' | 'highMs'): number | null =>
    working.some((one) => one.forecast === null)
      ? null
      : working.reduce((total, one) => total + (one.forecast?.[end] ?? 0), 0)
  const highMs = sum('highMs')
  return {
    step,
    blocking,
    working,
    lowMs: sum('lowMs'),
    highMs,
    severity: worst(blocking.map(({ effect }) => ofBlocking(highMs, blocksOf(effect), effect.relation, scene.policy))),
    blocks: [...new Set(blocking.flatMap(({ effect }) => blocksOf(effect)))],
  }
}

/** TRUNCATE gives a table new storage without any work. */
export function isWork(effect: Effect): boolean {
  return (effect.scan || effect.rewrite || effect.builds.length > 0) && !effect.emptied
}

/** The relation of an effect, and who waits for it. */
export function blockedOf(effect: Effect): { relation: Relation; blocks: Blocked[] } {
  return { relation: effect.relation, blocks: blocksOf(effect) }
}

export function stopsQueries(effect: Effect): boolean {
  const blocks = blocksOf(effect)
  return blocks.includes('reads') || blocks.includes('writes')
}

/** Nobody waits for a table that these migrations make themselves: no code that runs today knows it. */
export function isUnseen(relation: Relation): boolean {
  return relation.isNew
}

/** `Blocks reads and writes of …`: what waits, in words. */
export function blocksText(blocks: Blocked[]): string {
  return (['reads', 'writes'] as const).filter((one) => blocks.includes(one)).join(' and ')
}

/** A hazard about statements that block while they work, told apart by what the work is. */
export function blockingHazard({
  applies,
  why,
  alternative,
  ...about
}: Description & {
  applies: (effect: Effect, step: Step) => boolean
  why: (blocked: BlockedStatement, main: Effect, scene: Scene) => string
  alternative: (blocked: BlockedStatement, main: Effect, scene: Scene) => Alternative | null
}): Hazard {
  return defineHazard({
    ...about,
    detect: (scene) =>
      [...blockedStatements(scene).values()].flatMap((blocked) => {
        const { step } = blocked
        if (step.migration.direction === 'down' || failsForSure(step)) return []
        const main = blocked.working[0]?.effect
        if (!main || !applies(main, step)) return []
        const [first, ...others] = blocked.blocking
        if (!first) return []
        const { relation } = first.effect
        const related = others.slice(0, 20).map(({ effect }) => ({ step, relation: effect.relation }))
        return [{ step, severity: blocked.severity, relation, rows: rowsOf(blocked), related, blocked, main }]
      }),
    tell: ({ step, blocked, main }, scene) => ({
      message: messageOf(blocked, scene),
      why: why(blocked, main, scene),
      alternative: oneByOne(step, main, scene) ?? alternative(blocked, main, scene) ?? inQuietMoment(step),
    }),
  })
}

/** The work will not be reached: the failure is the finding. */
function failsForSure(step: Step): boolean {
  return step.judgement.fails !== null || step.refuses !== null
}

function rowsOf(blocked: BlockedStatement): number | null {
  const counts = blocked.working.map(({ effect }) => effect.relation.size.rows)
  return counts.includes(null) ? null : counts.reduce<number>((sum, one) => sum + (one ?? 0), 0)
}

/** Verdict and number first: what waits, on which tables, for how long, how many rows and bytes. */
function messageOf(blocked: BlockedStatement, scene: Scene): string {
  const { say } = scene
  const byWait = Map.groupBy(blocked.blocking, ({ effect }) => blocksText(blocksOf(effect)))
  const waits = [...byWait].map(
    ([what, some]) =>
      `${what} ${what.includes('reads') ? 'of' : 'to'} ${namesOf(some.map(({ effect }) => effect.relation))}`,
  )
  const who = `Blocks ${waits.join(' and ')}`
  const { lowMs, highMs } = blocked
  if (lowMs === null || highMs === null) return `${who} for an unknown time: size unknown, counted as large`
  const rows = rowsOf(blocked)
  const bytes = blocked.working.reduce((sum, { forecast }) => sum + (forecast?.bytes ?? 0), 0)
  const size = [rows === null ? null : say.rows(rows), bytes > 0 ? say.bytes(bytes) : null].filter(
    (one) => one !== null,
  )
  const queued = waitingText(
    scene.traffic.waiting(
      blocked.blocking.map(({ effect }) => blockedOf(effect)),
      highMs,
    ),
    say,
  )
  if (queued !== '') size.push(queued)
  return `${who} for ${say.time(lowMs, highMs)}: ${size.join(', ')}`
}

/** `orders`, `customers` and 3 more, each in backticks. */
export function namesOf(relations: Relation[]): string {
  const names = [...new Map(relations.map((one) => [one.id, `\`${quoteRelation(one)}\``])).values()]
  if (names.length > 3) return `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : (names[0] ?? '')
}

/** `ACCESS EXCLUSIVE`, of the statement's strongest lock on the named relation. */
export function lockOf(blocked: BlockedStatement): string {
  return lockText(blocked.blocking[0]?.effect.lock ?? 'AccessExclusiveLock')
}
