import type { Relation } from '../../catalog/relation.ts'
import type { Effect } from '../../effects/model/effect.ts'
import { type Blocked, lockText } from '../../effects/model/lock-modes.ts'
import { blocksOf, type Forecast } from '../../forecast/forecast.ts'
import { quoteRelation } from '../../sql/quote.ts'
import { ofBlocking, type Severity, worst } from '../severity.ts'
import { once } from './once.ts'
import type { ReviewContext, Step } from './review-context.ts'

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

/** Null when nothing waits for the statement's work, and for down migrations. */
export function blockedStatement(step: Step, context: ReviewContext): BlockedStatement | null {
  return blockedStatements(context).get(step) ?? null
}

/** All of them, in the order of the steps. */
export const blockedStatements = once((context) => {
  const found = new Map<Step, BlockedStatement>()
  for (const [step, strong] of strongLocks(context)) {
    const blocked = blockedBy(step, strong, context)
    if (blocked) found.set(step, blocked)
  }
  return found
})

/** The statements of up migrations that make reads or writes of existing tables wait, with those effects. */
export const strongLocks = once(({ steps }) => {
  const found = new Map<Step, Step['effects']>()
  for (const step of steps) {
    if (step.migration.direction === 'down') continue
    const strong = step.effects.filter(({ effect }) => !isUnseen(effect.relation) && stopsQueries(effect))
    if (strong.length > 0) found.set(step, strong)
  }
  return found
})

function blockedBy(step: Step, strong: Step['effects'], context: ReviewContext): BlockedStatement | null {
  const working = step.effects.filter(({ effect }) => isWork(effect) && effect.relation.size.rows !== 0)
  if (working.length === 0) return null
  const blocking = strong.toSorted((a, b) => Number(a.effect.through !== null) - Number(b.effect.through !== null))
  const sum = (end: 'lowMs' | 'highMs'): number | null =>
    working.some((item) => item.forecast === null)
      ? null
      : working.reduce((total, item) => total + (item.forecast?.[end] ?? 0), 0)
  const highMs = sum('highMs')
  return {
    step,
    blocking,
    working,
    lowMs: sum('lowMs'),
    highMs,
    severity: worst(
      blocking.map(({ effect }) => ofBlocking(highMs, blocksOf(effect), effect.relation, context.policy)),
    ),
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

/** Reads or writes wait for it. */
export function stopsQueries(effect: Effect): boolean {
  const blocks = blocksOf(effect)
  return blocks.includes('reads') || blocks.includes('writes')
}

/** Nothing waits for a table that these migrations create: no running code knows it. */
export function isUnseen(relation: Relation): boolean {
  return relation.isNew
}

/** `Blocks reads and writes of …`: who waits, in words. */
export function blocksText(blocks: Blocked[]): string {
  return (['reads', 'writes'] as const).filter((item) => blocks.includes(item)).join(' and ')
}

/** `reads and writes of orders and writes to customers`. */
export function waitsText(blocked: { relation: Relation; blocks: Blocked[] }[]): string {
  return [...Map.groupBy(blocked, ({ blocks }) => blocksText(blocks))]
    .map(
      ([what, some]) => `${what} ${what.includes('reads') ? 'of' : 'to'} ${namesOf(some.map((item) => item.relation))}`,
    )
    .join(' and ')
}

/** `orders`, `customers` and 3 more, each in backticks. */
export function namesOf(relations: Relation[]): string {
  const names = [...new Map(relations.map((relation) => [relation.id, `\`${quoteRelation(relation)}\``])).values()]
  if (names.length > 3) return `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : (names[0] ?? '')
}

/** `ACCESS EXCLUSIVE`, of the statement's strongest lock on the named relation. */
export function lockOf(blocked: BlockedStatement): string {
  return lockText(blocked.blocking[0]?.effect.lock ?? 'AccessExclusiveLock')
}
