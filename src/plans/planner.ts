import type { Node } from '@pgsql/types'
import type { Relation } from '../catalog/relation.ts'
import { analyzeStatement, type StatementAnalysis } from '../effects/analyze.ts'
import { applyStatement, carryOn } from '../effects/carry-on.ts'
import { atLeast, isReported } from '../effects/model/lock-modes.ts'
import { forecast } from '../forecast/forecast.ts'
import { print } from '../sql/quote.ts'
import { refusesTransaction } from '../sql/refuses-transaction.ts'
import { assemble } from './assemble.ts'
import { isSetting, type SessionSetting, underSettings } from './carried-settings.ts'
import { missingMeanwhile } from './missing-meanwhile.ts'
import { withoutWay } from './no-safe-way.ts'
import { isNoWay, type NoWay, noWay, outside, type Part, type Plan, transaction, type Way } from './plan.ts'
import type { PlanContext, Subject } from './subject.ts'
import { commandsOf, commitBefore, isUnderView, locksStrongly, wayOf, works } from './way-of.ts'

/** A statement of the transaction that is planned. */
interface Planned {
  node: Node
  /** Verbatim, without the last semicolon. */
  sql: string
  line: number
  /** The session's TimeZone when it runs; null unknown. */
  timeZone: string | null
  /** Settings of the file that are in force when it runs. */
  settings: SessionSetting[]
}

/**
 * Plans for the statements of one transaction in one file, in order; null for those that need none. The catalog is as it
 * is before the first of them, and is left as it is after the last one.
 *
 * Statements of one transaction have one plan together. Where one of them has no way, each of the others has its own.
 */
export function plansOf(statements: Planned[], context: PlanContext): (Plan | null)[] {
  const { catalog } = context
  const from = catalog.replayPoint()
  for (const { node } of statements) if ('IndexStmt' in node) context.made.add(node.IndexStmt.idxname ?? '')
  const found = statements.map((statement) =>
    itemsOf(statement, { ...context, timeZone: statement.timeZone, settings: statement.settings }),
  )
  apart(found.flat())
  stayTogether(statements, found)
  const items = found.flat()
  const past = (): void => {
    catalog.replay(from)
    for (const { node, timeZone } of statements) applyStatement(node, catalog, { timeZone })
  }
  if (items.every(({ way }) => way === null)) {
    past()
    return statements.map(() => null)
  }
  if (!items.some(({ way }) => way !== null && isNoWay(way))) {
    catalog.replay(from)
    const plan = assemble({ ...outlineOf(items), covers: linesOf(statements) }, context)
    past()
    if (plan) return statements.map(() => plan)
  }
  // One by one, each in its own place.
  catalog.replay(from)
  const plans = statements.map((statement, i): Plan | null => {
    const own = found[i] ?? []
    const { node, timeZone } = statement
    const plan = alone(statement, own, { ...context, timeZone })
    applyStatement(node, catalog, { timeZone })
    return plan
  })
  return plans
}

/** Work that no lock of its own makes others wait for must not run while an earlier statement's strong lock is kept. */
function apart(items: Item[]): void {
  let strong = false
  for (const item of items) {
    if (strong && (item.way === null || isNoWay(item.way))) item.way = commitBefore(item.subject) ?? item.way
    strong ||= locksStrongly(item.subject)
  }
}

/** What must not be seen half done keeps its transaction. */
function stayTogether(statements: Planned[], found: Item[][]): void {
  const nodes = statements.map(({ node }) => node)
  for (const [at, items] of found.entries()) {
    for (const item of items) {
      if (item.way === null || isNoWay(item.way)) continue
      const reason = missingMeanwhile(nodes, at)
      if (reason !== null) item.way = noWay(reason)
    }
  }
}

interface Item {
  node: Node
  sql: string
  way: Way | NoWay | null
  subject: Subject
  settings: SessionSetting[]
}

/** The plan of one statement alone. */
function alone(statement: Planned, items: Item[], context: PlanContext): Plan | null {
  const covers = [statement.line]
  const ways = items.flatMap(({ way }) => way ?? [])
  if (ways.length === 0) return null
  const none = ways.find(isNoWay)
  const whole = items[0]?.subject
  if (none && whole) return withoutWay(none, whole, covers, context)
  const plan = assemble({ ...outlineOf(items), covers }, context)
  if (plan || !whole) return plan
  return withoutWay(
    {
      pattern: 'no-safe-way',
      reason: 'A step on the way would fail on this schema, or make others wait while it works.',
    },
    whole,
    covers,
    context,
  )
}

/** A statement, or each subcommand of an ALTER TABLE by itself where one of them works; the catalog is advanced. */
function itemsOf({ node, sql, settings }: Planned, context: PlanContext): Item[] {
  const { catalog } = context
  const point = catalog.replayPoint()
  const whole = itemOf(node, `${sql};`, settings, context)
  const commands = 'AlterTableStmt' in node ? commandsOf(node.AlterTableStmt) : []
  if (whole.way === null && commands.length < 2) return [whole]
  if (!('AlterTableStmt' in node) || commands.length < 2) return [whole]
  const refused = isUnderView(node, whole.subject.analysis)
  if (
    !refused &&
    !whole.subject.effects.some(({ effect }) => effect.scan || effect.rewrite || effect.builds.length > 0)
  ) {
    return [{ ...whole, way: null }]
  }
  catalog.replay(point)
  const parts = commands.map((command): Item => {
    const item: Node = { AlterTableStmt: { ...node.AlterTableStmt, cmds: [{ AlterTableCmd: command }] } }
    return itemOf(item, `${print(item)};`, settings, context)
  })
  if (parts.every(({ way }) => way === null)) return [{ ...whole, way: null }]
  // The cost of a window is that of the whole statement.
  return parts.map((part, i) =>
    i === 0 ? { ...part, subject: { ...part.subject, effects: whole.subject.effects } } : part,
  )
}

/** Judges the statement for its way; the catalog is as after it. */
function itemOf(node: Node, sql: string, settings: SessionSetting[], context: PlanContext): Item {
  const { catalog, timeZone } = context
  const point = catalog.replayPoint()
  const analysis = analyzeStatement(node, catalog, { timeZone })
  const subject = subjectOf(node, sql, analysis, context)
  if (analysis.fails !== null && !isUnderView(node, analysis)) {
    carryOn(node, analysis.fails, catalog, { timeZone })
    return { node, sql, way: null, subject, settings }
  }
  const changed = new Map(analysis.effects.map(({ relation }) => [relation.id, catalog.get(relation.id)]))
  catalog.replay(point)
  const wanted =
    outsideTransaction(node, sql, context) ??
    wayOf({ ...subject, after: (relation: Relation) => changed.get(relation.id) ?? null }, context)
  // A statement that works under a strong lock is never shown again as its own alternative.
  const found = wanted ?? (works(subject) ? noWay('Lockcast knows no other form of it for what it has read.') : null)
  // Their own idiom exists only for the versions that are maintained.
  const way =
    found && !isNoWay(found) && catalog.major < 13 ? noWay('Lockcast plans for PostgreSQL 13 and later.') : found
  applyStatement(node, catalog, { timeZone })
  for (const change of analysis.changes) {
    if (change.kind === 'drops index') context.freed.add(change.index.name)
    if (change.kind === 'drops constraint') context.freed.add(change.constraint.name)
  }
  return { node, sql, way, subject, settings }
}

/** A statement that PostgreSQL refuses in its transaction: the same one outside of it. */
function outsideTransaction(node: Node, sql: string, { inTransaction }: PlanContext): Way | null {
  if (!inTransaction || refusesTransaction(node) === null || 'VacuumStmt' in node || 'ClusterStmt' in node) return null
  return {
    pattern: 'outside-transaction',
    summary: 'Run it outside a transaction, in a file of its own.',
    changes: [],
    prepare: [outside([sql])],
    finish: [],
    after: [],
  }
}

function subjectOf(node: Node, sql: string, analysis: StatementAnalysis, { catalog }: PlanContext): Subject {
  const effects = analysis.effects
    .filter((effect) => isReported(effect.relation) && atLeast(effect.lock, 'RowExclusiveLock'))
    .map((effect) => ({ effect, forecast: forecast(effect, analysis.changes, catalog) }))
  return { node, sql, analysis, effects, after: () => null }
}

/** The ways of several statements as one: what comes before, one moment for what is brief, and what comes after. */
function outlineOf(items: Item[]): { pattern: string; summary: string; changes: string[]; parts: Part[] } {
  const parts: Part[] = []
  let pending: { sql: string; hoists: boolean; sets: boolean; settings: SessionSetting[] }[] = []
  let undo: string | undefined
  const flush = (): void => {
    const [first] = pending
    if (first && pending.some(({ sets }) => !sets)) {
      const sql = pending.map((item) => item.sql)
      parts.push(...underSettings([transaction(sql, undo)], first.settings))
    }
    pending = []
    undo = undefined
  }
  for (const { node, sql, way, settings } of items) {
    if (way === null || isNoWay(way)) {
      if ('TransactionStmt' in node) continue
      if (refusesTransaction(node)) {
        flush()
        parts.push(...underSettings([outside([sql])], settings))
      } else pending.push({ sql, hoists: hoists(node), sets: isSetting(node), settings })
      continue
    }
    if (way.prepare.length > 0 && pending.some((item) => !item.hoists && !item.sets)) flush()
    parts.push(...underSettings(way.prepare, settings))
    pending.push(...way.finish.map((name) => ({ sql: name, hoists: false, sets: false, settings })))
    undo = pending.length === way.finish.length ? way.undo : undefined
    if (way.after.length > 0) {
      flush()
      parts.push(...underSettings(way.after, settings))
    }
  }
  flush()
  const ways = items.flatMap(({ way }) => (way === null || isNoWay(way) ? [] : [way]))
  const [first] = ways
  const brief = items.some(({ way }) => way === null)
  const single = new Set(ways.map(({ summary }) => summary)).size === 1
  return {
    pattern: single ? (first?.pattern ?? '') : 'separate-transactions',
    summary:
      single && first
        ? `${first.summary}${brief ? ' The rest of the transaction keeps its order.' : ''}`
        : `One after the other, each by a way that blocks no one: ${ways
            .map(({ summary }) => lower(summary))
            .filter((name, i, all) => all.indexOf(name) === i)
            .join(' ')}`,
    changes: [
      ...ways.flatMap(({ changes }) => changes),
      ...(items.length > 1 && parts.length > 1
        ? ['The statements no longer happen at one moment: each step is seen when it is committed.']
        : []),
    ],
    parts,
  }
}

/** Drops and catalog-only changes may wait until their replacement is built. */
function hoists(node: Node): boolean {
  if ('DropStmt' in node) return node.DropStmt.removeType === 'OBJECT_INDEX'
  if (!('AlterTableStmt' in node)) return false
  return commandsOf(node.AlterTableStmt).every(({ subtype }) =>
    ['AT_DropConstraint', 'AT_DropNotNull', 'AT_ColumnDefault', 'AT_DropIdentity'].includes(subtype ?? ''),
  )
}

function linesOf(statements: Planned[]): number[] {
  return [...new Set(statements.map(({ line }) => line))]
}

function lower(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`
}
