import type { CatalogSnapshot } from '../catalog/snapshot.ts'
import type { Forecast } from '../forecast/forecast.ts'
import { type NumberFormat, numberFormat, timeBucket } from '../forecast/numbers.ts'
import type { Migration } from '../runners/runner.ts'
import { textOf } from '../sql/statement.ts'
import type { Finding, Hold, Plan, PlanStep, Review, ReviewedStatement } from './result.ts'

/**
 * The review for readers who may not see the database: of its names only those that the migrations or the base branch's
 * files say themselves, of its numbers only buckets, of its settings nothing. Hazards already print numbers in buckets;
 * this goes over every word and field once more, whoever wrote it.
 *
 * It cannot hide the information in the verdict itself: a statement that is dangerous on a table means that the table is
 * there and not small.
 */
export function forOutsiders(
  review: Review,
  migrations: Migration[],
  snapshot: CatalogSnapshot | null,
  disclosure: 'buckets' | 'none',
): Review {
  const say = disclosure === 'none' ? null : numberFormat(disclosure)
  const hidden = hiddenNames(snapshot, migrations)
  const text = (words: string): string => withoutNames(words, hidden)
  const seen = (relation: string): boolean => !hidden.names.has(relation.slice(relation.indexOf('.') + 1))
  const forecast = (item: Forecast | null): Forecast | null => inBuckets(item, say)
  const finding = (finding: Finding): Finding => ({
    ...finding,
    relation: finding.relation !== null && seen(finding.relation) ? withSchema(finding.relation, hidden) : null,
    message: text(finding.message),
    why: text(finding.why),
    related: finding.related.map((place) => ({
      ...place,
      relation: place.relation !== null && seen(place.relation) ? withSchema(place.relation, hidden) : null,
    })),
    advice: finding.advice && text(finding.advice),
    alternative: finding.alternative && planWithout(finding.alternative, hidden, say !== null),
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
        relation: withSchema(effect.relation, hidden),
        builds: effect.builds.filter((name) => !isHidden(name, hidden)),
        forecast: forecast(effect.forecast),
      })),
    forecast: forecast(statement.forecast),
  })
  const hold = (hold: Hold): Hold => {
    const bucket = hold.highMs === null || !say ? null : timeBucket(hold.highMs)
    const times = { lowMs: bucket?.[0] ?? null, highMs: bucket?.[1] ?? null }
    return { ...hold, relation: withSchema(hold.relation, hidden), ...times }
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

interface Hidden {
  /** Of the database, and in no file that readers have. */
  names: ReadonlySet<string>
  /** Names that the files contain. */
  known: ReadonlySet<string>
}

function hiddenNames(snapshot: CatalogSnapshot | null, migrations: Migration[]): Hidden {
  const known = new Set(['public', 'pg_catalog'])
  for (const { statements } of migrations) {
    for (const statement of statements) {
      const sql = textOf(statement)
      for (const [word] of sql.matchAll(identifier)) known.add(word).add(word.toLowerCase())
      for (const [, quoted = ''] of sql.matchAll(quotedIdentifier)) known.add(quoted.replaceAll('""', '"'))
    }
  }
  const names = new Set<string>()
  if (!snapshot) return { names, known }
  const hide = (name: string | null): void => {
    if (name && !known.has(name)) names.add(name)
  }
  for (const relation of snapshot.relations) {
    for (const name of [relation.schema, relation.name]) hide(name)
    for (const { name } of [...relation.columns, ...relation.constraints, ...relation.indexes]) hide(name)
    for (const { name } of [...relation.triggers, ...relation.policies, ...relation.rules]) hide(name)
  }
  for (const type of snapshot.types) for (const name of [type.schema, type.name, ...type.labels]) hide(name)
  for (const type of snapshot.types) for (const { name } of type.checks) hide(name)
  for (const item of snapshot.functions) for (const name of [item.schema, item.name]) hide(name)
  for (const { name } of snapshot.publications) hide(name)
  for (const { role } of snapshot.roleSettings) hide(role)
  for (const name of [...snapshot.schemas, ...snapshot.searchPath]) hide(name)
  return { names, known }
}

const identifier = /[\p{L}_][\p{L}\p{M}\p{N}_$]*/gu
const quotedIdentifier = /"((?:[^"]|"")+)"/g

/**
 * In sentences names are in backticks or, in the server's own words, in double quotes. Outside of them only text that no word
 * of ours looks like is taken for a name, or a column called `rows` would take our own words away.
 */
function withoutNames(sentence: string, hidden: Hidden): string {
  if (hidden.names.size === 0) return sentence
  return sentence.replace(
    /`([^`]+)`|"([^"]+)"|[\p{L}_][\p{L}\p{M}\p{N}_$]*/gu,
    (found, code: string | undefined, name: string | undefined, at: number) => {
      const hides =
        code === undefined && name === undefined
          ? /[_\d]/.test(found) && isHidden(found, hidden)
          : holdsHidden(code ?? `"${name}"`, hidden)
      if (!hides) return found
      return at === 0 || /[.?!] $/.test(sentence.slice(0, at)) ? capital(notShown) : notShown
    },
  )
}

const notShown = 'a name that is not shown here'

function capital(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}

function planWithout(plan: Plan, hidden: Hidden, bucketed: boolean): Plan {
  const text = (words: string | null): string | null => words && withoutNames(words, hidden)
  const step = (planStep: PlanStep): PlanStep => {
    const [lowMs, highMs] = planStep.highMs === null || !bucketed ? [null, null] : timeBucket(planStep.highMs)
    return {
      ...planStep,
      sql: planStep.sql && sqlWithout(planStep.sql, hidden),
      text: text(planStep.text),
      code: planStep.code && { ...planStep.code, text: sqlWithout(planStep.code.text, hidden) },
      locks: planStep.locks.filter(({ relation }) => !isHidden(relation.slice(relation.indexOf('.') + 1), hidden)),
      undo: planStep.undo && sqlWithout(planStep.undo, hidden),
      lowMs,
      highMs,
    }
  }
  // The cost of a window is in exact numbers.
  const summary = plan.steps.length === 0 ? plan.summary.replace(/ A maintenance window costs .*$/, '') : plan.summary
  return {
    ...plan,
    summary: withoutNames(summary, hidden),
    changes: plan.changes.map((words) => withoutNames(words, hidden)),
    steps: plan.steps.map(step),
  }
}

/** The shape of the statements is worth telling without the names: they are to be filled in. */
function sqlWithout(sql: string, hidden: Hidden): string {
  if (hidden.names.size === 0) return sql
  return sql
    .replace(quotedIdentifier, (quoted) => (holdsHidden(quoted, hidden) ? '…' : quoted))
    .replace(identifier, (word) => (isHidden(word, hidden) ? '…' : word))
}

function holdsHidden(sql: string, hidden: Hidden): boolean {
  for (const [, name = ''] of sql.matchAll(quotedIdentifier))
    if (isHidden(name.replaceAll('""', '"'), hidden)) return true
  for (const [word] of sql.matchAll(identifier)) if (isHidden(word, hidden)) return true
  return false
}

/** A hidden name, or one that an alternative makes of it: `<hidden>_new`. */
function isHidden(name: string, { names, known }: Hidden): boolean {
  if (known.has(name)) return false
  if (names.has(name)) return true
  for (let at = name.indexOf('_'); at > 0; at = name.indexOf('_', at + 1)) if (names.has(name.slice(0, at))) return true
  return false
}

/** A schema that no file names is found by the search path. */
function withSchema(relation: string, hidden: Hidden): string {
  const dot = relation.indexOf('.')
  return hidden.names.has(relation.slice(0, dot)) ? `….${relation.slice(dot + 1)}` : relation
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
