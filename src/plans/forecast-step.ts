import { relationName } from '../catalog/relation.ts'
import { analyzeStatement } from '../effects/analyze.ts'
import { atLeast, isReported } from '../effects/model/lock-modes.ts'
import { forecast } from '../forecast/forecast.ts'
import { parseSql } from '../sql/parse.ts'
import type { PlanStep } from './plan.ts'
import type { PlanContext } from './subject.ts'
import { works } from './way-of.ts'

type Seen = Pick<PlanStep, 'locks' | 'lowMs' | 'highMs'>

/** Forecasts the locks and the time of a step, and applies it to the catalog. Null when it fails, does not parse, or blocks while it works. */
export function forecastStep(sql: string | null, { catalog, timeZone }: PlanContext): Seen | null {
  if (sql === null) return { locks: [], lowMs: null, highMs: null }
  const { statements } = parseSql(sql)
  const locks: Seen['locks'] = []
  let lowMs: number | null = 0
  let highMs: number | null = 0
  for (const { node } of statements) {
    if (!node) return null
    const { effects, changes, fails } = analyzeStatement(node, catalog, { timeZone })
    if (fails) return null
    // A step that makes others wait while it works is no way out.
    if (works({ effects: effects.map((effect) => ({ effect, forecast: null })) })) return null
    for (const effect of effects) {
      if (!isReported(effect.relation) || !atLeast(effect.lock, 'RowExclusiveLock')) continue
      locks.push({ relation: relationName(effect.relation), lock: effect.lock })
      const seen = forecast(effect, changes, catalog)
      lowMs = lowMs === null || seen === null ? null : lowMs + seen.lowMs
      highMs = highMs === null || seen === null ? null : highMs + seen.highMs
    }
  }
  return { locks, lowMs, highMs }
}
