import { relationName } from '../catalog/relation.ts'
import { relationKind } from '../effects/analyze.ts'
import type { Effect } from '../effects/model/effect.ts'
import type { Waiting } from '../forecast/activity.ts'
import { blocksOf, type Forecast } from '../forecast/forecast.ts'
import type { ReviewContext, Step, Transaction } from '../hazards/context/review-context.ts'
import type { Migration } from '../runners/runner.ts'
import type { Facts } from './facts.ts'
import type { Place, ReviewedFile, ReviewedStatement, ReviewedTraffic, ReviewedTransaction } from './result.ts'

/** Files, statements, transactions and traffic of a review, in the form of its output schema. */

/** Each file with its statements, in their order. */
export function filesOf(migrations: Migration[], context: ReviewContext): ReviewedFile[] {
  const steps = new Map<string, ReviewedStatement[]>()
  for (const step of context.steps) {
    const list = steps.get(step.migration.path)
    if (list) list.push(statementOf(step, context))
    else steps.set(step.migration.path, [statementOf(step, context)])
  }
  const files = new Map(migrations.map((migration) => [migration.path, migration.runner]))
  return [...files].map(([path, runner]) => ({
    path,
    runner,
    statements: (steps.get(path) ?? []).sort((a, b) => a.line - b.line),
  }))
}

function statementOf(step: Step, context: ReviewContext): ReviewedStatement {
  const { statement, analysis } = step
  const fails =
    analysis.fails && context.exact ? { sqlstate: analysis.fails.sqlstate, message: analysis.fails.message } : null
  const syntax = statement.error ? { sqlstate: '42601', message: statement.error.message } : null
  const effects = step.effects.map(({ effect, forecast }) => ({
    relation: relationName(effect.relation),
    kind: relationKind(effect.relation),
    lock: effect.lock,
    awaits: effect.awaits,
    scan: effect.scan,
    rewrite: effect.rewrite,
    builds: effect.builds.map((index) => index.name),
    new: effect.relation.isNew || context.catalog.sizes !== null,
    when: effect.when,
    forecast,
    waiting: forecast && waitingFor(effect, forecast.highMs, context),
  }))
  return {
    line: statement.line,
    column: statement.column,
    endLine: statement.endLine,
    sql: statement.sql,
    source: statement.source,
    direction: step.migration.direction,
    transaction: step.transaction?.id ?? null,
    lockTimeoutMs: step.lockTimeoutMs,
    unknown: analysis.unknown,
    fails: syntax ?? fails ?? (isGuessedRefusal(step) ? null : step.refuses),
    effects,
    forecast: worstOf(effects.map((effect) => effect.forecast)),
  }
}

/** Refused only because a tool that is guessed may wrap the file. */
function isGuessedRefusal({ migration, transaction, refuses }: Step): boolean {
  return migration.guessed === true && transaction?.explicit !== true && refuses?.sqlstate === '25001'
}

/** A statement's forecast is its worst effect's; an unknown one is worse than any. */
function worstOf(forecasts: (Forecast | null)[]): Forecast | null {
  if (forecasts.length === 0 || forecasts.includes(null)) return null
  return forecasts.reduce((worst, forecast) => (worst && forecast && forecast.highMs > worst.highMs ? forecast : worst))
}

/** Numbers of traffic are as much of a production fact as rows. */
function waitingFor(effect: Effect, highMs: number, { traffic, format }: ReviewContext): Waiting | null {
  const waiting = traffic.waiting([{ relation: effect.relation, blocks: blocksOf(effect) }], highMs)
  return waiting && { reads: format.count(waiting.reads), writes: format.count(waiting.writes) }
}

/** A transaction with the locks it holds and for how long, ms; none for one without a statement. */
export function transactionOf(transaction: Transaction, context: ReviewContext): ReviewedTransaction[] {
  const { steps } = transaction
  const [first] = steps
  const last = steps.at(-1)
  if (!first || !last) return []
  const work = workUntil(steps)
  const holds = transaction.holds.flatMap(({ effect, from, to }) => {
    const end = Math.min(to, steps.length - 1)
    const [start, stop, before, after] = [steps[from], steps[end], work[from], work[end + 1]]
    if (!start || !stop || !before || !after) return []
    const isKnown = after.unknown === before.unknown
    const highMs = isKnown ? after.highMs - before.highMs : null
    return [
      {
        relation: relationName(effect.relation),
        lock: effect.lock,
        from: placeOf(start),
        to: endOf(stop),
        lowMs: isKnown ? after.lowMs - before.lowMs : null,
        highMs,
        blocks: blocksOf(effect),
        waiting: highMs === null ? null : waitingFor(effect, highMs, context),
      },
    ]
  })
  return [{ id: transaction.id, from: placeOf(first), to: endOf(last), holds }]
}

function placeOf(step: Step): Place {
  return { path: step.migration.path, line: step.statement.line }
}

function endOf(step: Step): Place {
  return { path: step.migration.path, line: step.statement.endLine }
}

/** The observed activity, as far as these readers may know; null where it was not read. */
export function seenTraffic({ activity, disclosure }: Facts): ReviewedTraffic | null {
  if (activity?.kind !== 'read') return null
  const { takenAt, relations, transactions, replicas } = activity
  if (disclosure !== 'exact') return { takenAt, relations: [], transactions: [], replicas: [] }
  return {
    takenAt,
    relations,
    transactions: transactions
      .filter(({ locks }) => locks.length > 0)
      .map(({ kind, state, ageSeconds, running, wraparound, locks }) => ({
        kind,
        state,
        ageSeconds,
        running,
        wraparound,
        locks: locks.map(({ relation, lock }) => ({ relation, lock })),
      })),
    replicas,
  }
}

/** The work before each step and after the last, added up: the work between two is their difference. */
function workUntil(steps: Step[]): { lowMs: number; highMs: number; unknown: number }[] {
  let [lowMs, highMs, unknown] = [0, 0, 0]
  return [
    { lowMs, highMs, unknown },
    ...steps.map((step) => {
      for (const { forecast } of step.effects) {
        lowMs += forecast?.lowMs ?? 0
        highMs += forecast?.highMs ?? 0
        if (!forecast) unknown++
      }
      return { lowMs, highMs, unknown }
    }),
  ]
}
