import type { Forecast } from '../forecast/forecast.ts'
import { type NumberFormat, numberFormat, timeBucket } from '../forecast/numbers.ts'
import { isHidden, sqlWithoutHiddenNames, withoutHiddenNames as text } from './hidden-names.ts'
import type { Finding, Hold, Plan, PlanStep, Review, ReviewedStatement } from './result.ts'

/**
 * Returns the review for readers who may not see the database: without the names that `publicCatalog` hid, its numbers in
 * buckets, its settings left out. Hazards already print numbers in buckets; this goes over every word and field once more,
 * whoever wrote it.
 *
 * It cannot hide the information in the verdict itself: a statement that is dangerous on a table means that the table is
 * there and not small.
 */
export function forOutsiders(review: Review, disclosure: 'buckets' | 'none'): Review {
  const say = disclosure === 'none' ? null : numberFormat(disclosure)
  const forecast = (item: Forecast | null): Forecast | null => inBuckets(item, say)
  const finding = (finding: Finding): Finding => ({
    ...finding,
    relation: finding.relation !== null && seen(finding.relation) ? withSchema(finding.relation) : null,
    message: text(finding.message),
    why: text(finding.why),
    related: finding.related.map((place) => ({
      ...place,
      relation: place.relation !== null && seen(place.relation) ? withSchema(place.relation) : null,
    })),
    advice: finding.advice && text(finding.advice),
    alternative: finding.alternative && planWithout(finding.alternative, say !== null),
  })
  const statement = (statement: ReviewedStatement): ReviewedStatement => ({
    ...statement,
    // The server's or a role's, unless the file sets it, and then it can be read there.
    lockTimeoutMs: null,
    unknown: statement.unknown && { reason: text(statement.unknown.reason) },
    fails: statement.fails && { ...statement.fails, message: text(statement.fails.message) },
    effects: statement.effects
      .filter(({ relation }) => seen(relation))
      .map((effect) => ({
        ...effect,
        relation: withSchema(effect.relation),
        builds: effect.builds.filter((name) => !isHidden(name)),
        forecast: forecast(effect.forecast),
      })),
    forecast: forecast(statement.forecast),
  })
  const hold = (hold: Hold): Hold => {
    const bucket = hold.highMs === null || !say ? null : timeBucket(hold.highMs)
    const times = { lowMs: bucket?.[0] ?? null, highMs: bucket?.[1] ?? null }
    return { ...hold, relation: withSchema(hold.relation), ...times }
  }
  return {
    ...review,
    files: review.files.map((file) => ({ ...file, statements: file.statements.map(statement) })),
    transactions: review.transactions.map((transaction) => ({
      ...transaction,
      holds: transaction.holds.filter(({ relation }) => seen(relation)).map(hold),
    })),
    findings: review.findings.map(finding),
    ignored: review.ignored.map((item) => ({ ...item, ...finding(item) })),
    unread: review.unread.map((item) => ({ ...item, reason: text(item.reason) })),
    notes: review.notes.map(text),
  }
}

function planWithout(plan: Plan, bucketed: boolean): Plan {
  const step = (planStep: PlanStep): PlanStep => {
    const [lowMs, highMs] = planStep.highMs === null || !bucketed ? [null, null] : timeBucket(planStep.highMs)
    return {
      ...planStep,
      sql: planStep.sql && sqlWithoutHiddenNames(planStep.sql),
      text: planStep.text && text(planStep.text),
      code: planStep.code && { ...planStep.code, text: sqlWithoutHiddenNames(planStep.code.text) },
      locks: planStep.locks.filter(({ relation }) => seen(relation)),
      undo: planStep.undo && sqlWithoutHiddenNames(planStep.undo),
      lowMs,
      highMs,
    }
  }
  return {
    ...plan,
    summary: text(plan.summary),
    changes: plan.changes.map(text),
    steps: plan.steps.map(step),
  }
}

/** A schema that no file names is found by the search path. */
function withSchema(relation: string): string {
  const dot = relation.indexOf('.')
  return isHidden(relation.slice(0, dot)) ? `….${relation.slice(dot + 1)}` : relation
}

function seen(relation: string): boolean {
  return !isHidden(relation.slice(relation.indexOf('.') + 1))
}

function inBuckets(forecast: Forecast | null, say: NumberFormat | null): Forecast | null {
  if (!forecast || !say) return null
  const [lowMs, highMs] = timeBucket(forecast.highMs)
  return {
    ...forecast,
    rows: say.count(forecast.rows),
    bytes: null,
    walBytes: null,
    lowMs,
    highMs,
    reasons: [],
    sources: [],
  }
}
