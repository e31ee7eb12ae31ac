import type { Effect } from '../effects/model/effect.ts'
import { waitingText } from '../forecast/activity.ts'

import { type Alternative, inQuietMoment } from './alternatives/alternative.ts'
import { oneByOne } from './alternatives/one-by-one.ts'
import { type BlockedStatement, blockedOf, blockedStatements, waitsText } from './context/blocked-statements.ts'
import type { ReviewContext, Step } from './context/review-context.ts'
import { type Description, defineHazard, type Hazard } from './hazard.ts'

/** Defines a hazard about statements that block while they work, by the kind of work. */
export function blockingHazard({
  applies,
  why,
  alternative,
  ...about
}: Description & {
  applies: (effect: Effect, step: Step) => boolean
  why: (blocked: BlockedStatement, main: Effect, context: ReviewContext) => string
  alternative: (blocked: BlockedStatement, main: Effect, context: ReviewContext) => Alternative | null
}): Hazard {
  return defineHazard({
    ...about,
    detect: (context) =>
      [...blockedStatements(context).values()].flatMap((blocked) => {
        const { step } = blocked
        // The work will not be reached: the failure is the finding.
        if (step.refuses) return []
        const main = blocked.working[0]?.effect
        if (!main || !applies(main, step)) return []
        const [first, ...others] = blocked.blocking
        if (!first) return []
        const { relation } = first.effect
        const related = others.slice(0, 20).map(({ effect }) => ({ step, relation: effect.relation }))
        return [{ step, severity: blocked.severity, relation, rows: rowsOf(blocked), related, blocked, main }]
      }),
    describe: ({ step, blocked, main }, context) => ({
      message: messageOf(blocked, context),
      why: why(blocked, main, context),
      alternative:
        oneByOne(step, main, context) ?? alternative(blocked, main, context) ?? inQuietMoment(step, context.policy),
    }),
  })
}

function rowsOf(blocked: BlockedStatement): number | null {
  const counts = blocked.working.map(({ effect }) => effect.relation.size.rows)
  return counts.includes(null) ? null : counts.reduce<number>((sum, count) => sum + (count ?? 0), 0)
}

/** Verdict and number first: who waits, on which tables, for how long, how many rows and bytes. */
function messageOf(blocked: BlockedStatement, context: ReviewContext): string {
  const { format } = context
  const who = `Blocks ${waitsText(blocked.blocking.map(({ effect }) => blockedOf(effect)))}`
  const { lowMs, highMs } = blocked
  if (lowMs === null || highMs === null) return `${who} for an unknown time: size unknown, counted as large`
  const rows = rowsOf(blocked)
  const bytes = blocked.working.reduce((sum, { forecast }) => sum + (forecast?.bytes ?? 0), 0)
  const size = [rows === null ? null : format.rows(rows), bytes > 0 ? format.bytes(bytes) : null].filter(
    (item) => item !== null,
  )
  const queued = waitingText(
    context.traffic.waiting(
      blocked.blocking.map(({ effect }) => blockedOf(effect)),
      highMs,
    ),
    format,
  )
  if (queued !== '') size.push(queued)
  return `${who} for ${format.time(lowMs, highMs)}: ${size.join(', ')}`
}
