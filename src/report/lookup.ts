import { isAdvice } from '../hazards/advice-hazards.ts'
import type { Finding, Hold, Review, ReviewedEffect, ReviewedStatement } from '../review/result.ts'
import { runnerNamed } from '../runners/detection.ts'

interface Index {
  /** By path and first line. */
  statements: Map<string, ReviewedStatement[]>
  /** By path and the line of the statement that took the lock. */
  holds: Map<string, Hold[]>
}

/** One pass over the review instead of one for each of thousands of findings. */
const indexes = new WeakMap<Review, Index>()

/** The statement that a finding is about; that of its line where it is about none. */
export function statementOf(finding: Finding, review: Review): ReviewedStatement | null {
  const there = (indexOf(review).statements.get(key(finding.path, finding.line)) ?? []).filter(
    (statement) => statement.direction === finding.direction,
  )
  const here = there.filter(({ column }) => column === finding.column)
  return here[finding.part ?? 0] ?? here[0] ?? there[0] ?? null
}

/** The effect of the finding's statement on its relation. */
export function effectOf(finding: Finding, review: Review): ReviewedEffect | null {
  const statement = statementOf(finding, review)
  return (statement && effectIn(statement, finding)) ?? null
}

/** The lock that the finding's statement took on its relation and that is kept beyond it. */
export function holdOf(finding: Finding, review: Review): Hold | null {
  const holds = indexOf(review).holds.get(key(finding.path, finding.line)) ?? []
  const hold = holds.find(({ relation }) => relation === finding.relation)
  return hold && !(hold.to.path === finding.path && hold.to.line <= finding.endLine) ? hold : null
}

function effectIn(statement: ReviewedStatement, { relation }: Finding): ReviewedEffect | undefined {
  return statement.effects.find((effect) => effect.relation === relation)
}

function indexOf(review: Review): Index {
  const known = indexes.get(review)
  if (known) return known
  const statements: Index['statements'] = new Map()
  const holds: Index['holds'] = new Map()
  for (const file of review.files)
    for (const statement of file.statements) add(statements, key(file.path, statement.line), statement)
  for (const transaction of review.transactions)
    for (const hold of transaction.holds) add(holds, key(hold.from.path, hold.from.line), hold)
  const made = { statements, holds }
  indexes.set(review, made)
  return made
}

function key(path: string, line: number): string {
  return `${line} ${path}`
}

function add<T>(map: Map<string, T[]>, at: string, item: T): void {
  const list = map.get(at)
  if (list) list.push(item)
  else map.set(at, [item])
}

/** Advice, and the findings that are more. */
export function columnsThatDistinguish(findings: Finding[]): [advice: Finding[], others: Finding[]] {
  const groups = Map.groupBy(findings, ({ hazard }) => isAdvice(hazard))
  return [groups.get(true) ?? [], groups.get(false) ?? []]
}

/** The migration tools of the reviewed files, as their users write them; null where there is no file. */
export function toolsText({ files }: Review): string | null {
  const titles = new Set(files.map(({ runner }) => runnerNamed(runner)?.title ?? runner))
  if (titles.size === 0) return null
  const [last = '', ...before] = [...titles].sort().reverse()
  return before.length === 0 ? last : `${before.reverse().join(', ')} and ${last}`
}

/** `1 of 5 statements not read`; null where every statement was read. */
export function unreadText({ files }: Review): string | null {
  const statements = files.flatMap((file) => file.statements)
  const unread = statements.filter(({ sql }) => sql === null).length
  return unread === 0 ? null : `${unread} of ${statements.length} statements not read`
}
