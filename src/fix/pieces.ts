import type { Finding, Plan, PlanStep, Review } from '../review/result.ts'
import type { Migration } from '../runners/runner.ts'
import { type Statement, textOf } from '../sql/statement.ts'
import type { ByHand, Piece, PieceStatement } from './piece.ts'
import { type SourcePart, sourceParts } from './source-parts.ts'
import type { SqlTool } from './tools/sql-tool.ts'

/** A file's statements with their plans in place, in the order in which they run. */
interface Pieces {
  kind: 'pieces'
  pieces: Piece[]
  byHand: ByHand[]
  /** Lasting differences of the plans, in sentences. */
  changes: string[]
}

/** Lines whose statements have no safe way; the rest of the file may have one. */
type Parted = Pieces | { kind: 'nothing' } | { kind: 'problem'; reason: string }

/**
 * Puts the plans of a file's findings in the place of its statements. `kind: nothing` where no plan changes it.
 *
 * @param migrations the up migrations of one file, in their order
 */
export function piecesOf(migrations: Migration[], text: string, review: Review, tool: SqlTool): Parted {
  const items = migrations.flatMap((migration) => itemsIn(migration, text, review, tool))
  if (items.every(({ plan }) => plan === null)) return { kind: 'nothing' }
  const control = items.find(({ statement }) => controlOf(statement) === 'other')
  if (control)
    return {
      kind: 'problem',
      reason: `line ${control.statement.line}: ${textOf(control.statement)} parts its transaction`,
    }
  const made = new Assembly(tool, outsideNote(migrations))
  const done = new Set<string>()
  for (const item of items) {
    const { statement, plan, mode } = item
    if (plan === null) {
      if (controlOf(statement) === null) made.add(mode, [partOf(item.part)])
      else made.control(mode)
    } else if (!done.has(plan.id)) {
      done.add(plan.id)
      made.plan(
        plan,
        items.filter((other) => other.plan === plan),
        mode,
        item.isAlone,
      )
    }
  }
  return made.end()
}

interface Item {
  statement: Statement
  part: SourcePart
  mode: Piece['mode']
  /** Each statement of the file is sent and committed alone. */
  isAlone: boolean
  plan: Plan | null
}

function itemsIn(migration: Migration, text: string, review: Review, tool: SqlTool): Item[] {
  const plans = plansAt(migration.path, review.findings)
  const parts = sourceParts(migration, text, tool.directive)
  const { wrapping, statements } = migration
  let open = false
  return statements.map((statement, at): Item => {
    const control = controlOf(statement)
    if (control === 'begin') open = true
    const isInside = open || wrapping === 'transaction' || (wrapping === 'implicit' && statements.length > 1)
    if (control === 'end') open = false
    return {
      statement,
      part: parts[at] ?? { sql: textOf(statement), lead: '', tail: '' },
      mode: isInside ? 'transaction' : 'outside',
      isAlone: wrapping === 'autocommit',
      plan: notWritten(planFor(statement, statements, plans), statements),
    }
  })
}

/** Findings of one file that have a plan with steps. */
function plansAt(path: string, findings: Finding[]): Finding[] {
  return findings.filter(
    (finding) => finding.path === path && finding.direction === 'up' && (finding.alternative?.steps.length ?? 0) > 0,
  )
}

function planFor(statement: Statement, all: Statement[], findings: Finding[]): Plan | null {
  const own = findings.find(({ line, column }) => line === statement.line && column === statement.column)
  if (own) return own.alternative
  const shared = all.filter(({ line }) => line === statement.line).length > 1
  const covering = findings.find(
    ({ alternative }) => alternative?.covers.includes(statement.line) && (!shared || alternative.covers.length > 1),
  )
  return covering?.alternative ?? null
}

/** Null for a plan by hand that the file has already: there only the forms for new databases are left. */
function notWritten(plan: Plan | null, all: Statement[]): Plan | null {
  if (!plan?.steps.every((step) => kindOf(step) === 'by hand' || kindOf(step) === 'check')) return plan
  const forms = plan.steps.flatMap(({ sql }) => (sql === null ? [] : (onNewDatabases(sql) ?? [])))
  const covered = all.filter(({ line }) => plan.covers.includes(line))
  return covered.every((statement) => forms.includes(`${textOf(statement)};`)) ? null : plan
}

function controlOf({ node }: Statement): 'begin' | 'end' | 'other' | null {
  if (!node || !('TransactionStmt' in node)) return null
  switch (node.TransactionStmt.kind) {
    case 'TRANS_STMT_BEGIN':
    case 'TRANS_STMT_START':
      return 'begin'
    case 'TRANS_STMT_COMMIT':
      return 'end'
    default:
      return 'other'
  }
}

/** The plan's own words on how the tool runs a file outside a transaction: the file that is written does so. */
function outsideNote([migration]: Migration[]): string {
  return migration?.optOut ? `Outside a transaction: that takes ${migration.optOut}.` : ''
}

/** Collects pieces in order. */
class Assembly {
  readonly #tool: SqlTool
  readonly #outsideNote: string
  readonly #pieces: Piece[] = []
  readonly #byHand: ByHand[] = []
  readonly #changes: string[] = []
  /** The last piece takes the next statement of its mode. */
  #open = false
  #notes: string[] = []

  constructor(tool: SqlTool, note: string) {
    this.#tool = tool
    this.#outsideNote = note
  }

  /** Statements that stay as they are. */
  add(mode: Piece['mode'], statements: PieceStatement[]): void {
    const last = this.#pieces.at(-1)
    if (this.#open && last?.mode === mode && this.#notes.length === 0 && !this.#isSplit(mode)) {
      last.statements.push(...statements)
      return
    }
    this.#begin(mode, statements, false)
    this.#open = true
  }

  /** BEGIN or COMMIT: the file's own transaction ends or begins. */
  control(mode: Piece['mode']): void {
    if (mode === 'transaction') this.#open = false
  }

  plan(plan: Plan, items: Item[], mode: Piece['mode'], isAlone: boolean): void {
    this.#changes.push(...plan.changes)
    const leads = new Map(items.map(({ part }) => [`${part.sql};`, part]))
    const first = items[0]?.part
    const written = (sql: string, i: number): PieceStatement => {
      const own = leads.get(sql)
      if (own) leads.delete(sql)
      return {
        sql: sql.replace(/;\s*$/, ''),
        lead: own?.lead ?? (i === 0 ? (first?.lead ?? '') : ''),
        tail: own?.tail ?? (i === 0 ? (first?.tail ?? '') : ''),
      }
    }
    if (staysInPlace(plan)) {
      const statements = plan.steps.flatMap(({ sql }, i) => (sql === null ? [] : [written(sql, i)]))
      // The author's comment above the statement stays above what comes before it now.
      const alone = isAlone && mode === 'outside'
      this.add(alone ? 'outside' : 'transaction', alone ? [bare('BEGIN'), ...statements, bare('COMMIT')] : statements)
      return
    }
    this.#open = false
    let placed = false
    let later = false
    let at = 0
    for (const { kind, steps } of groupsOf(plan.steps)) {
      const sql = steps.flatMap((step) => step.sql ?? [])
      const texts = steps.flatMap((step) => this.#instructions(step))
      switch (kind) {
        case 'deployment':
          later ||= placed
          this.#notes.push(...texts.map((text) => `Deploy first: ${text}`))
          break
        case 'check':
          this.#notes.push(...texts.map((text) => `Check first: ${text}`), ...sql.map((text) => `  ${text}`))
          break
        case 'by hand':
          later ||= placed
          this.#byHand.push({ notes: [...this.#notes, ...texts], sql })
          this.#notes = ['Run the script for psql first.']
          {
            const again = sql.flatMap((text) => onNewDatabases(text) ?? [])
            if (again.length > 0) {
              this.#notes.push('A database that ran it has this already; a new one gets it here.')
              this.#begin(
                'transaction',
                again.map((text, i) => written(text, at + i)),
                later,
              )
              this.#open = false
              placed = true
            }
          }
          break
        case 'transaction':
        case 'outside':
          this.#notes.push(...texts)
          for (const some of kind === 'outside' && this.#tool.oneQuery ? sql.map((text) => [text]) : [sql]) {
            this.#begin(
              kind,
              some.map((text) => written(text, at++)),
              later,
            )
          }
          placed = true
          break
      }
      if (kind !== 'transaction' && kind !== 'outside') at++
    }
  }

  end(): Parted {
    const rest = this.#notes
    const last = this.#pieces.at(-1)
    if (rest.length > 0 && last) last.notes.push(...rest.map((text) => `Afterwards: ${text}`))
    return { kind: 'pieces', pieces: this.#pieces, byHand: this.#byHand, changes: [...new Set(this.#changes)] }
  }

  #begin(mode: Piece['mode'], statements: PieceStatement[], later: boolean): void {
    this.#pieces.push({ mode, notes: this.#notes, statements, later })
    this.#notes = []
  }

  #isSplit(mode: Piece['mode']): boolean {
    return mode === 'outside' && this.#tool.oneQuery
  }

  /** A step's words, without those on how a file is written. */
  #instructions({ text }: PlanStep): string[] {
    const words = text?.replace(this.#outsideNote, '').trim() ?? ''
    return words === '' ? [] : [words]
  }
}

/** The same statements in the same transaction, with others between them. */
function staysInPlace({ steps }: Plan): boolean {
  return steps.every(({ kind, file, transaction }) => kind === 'migration' && file === 1 && transaction !== 'none')
}

interface Group {
  kind: 'transaction' | 'outside' | 'by hand' | 'check' | 'deployment'
  steps: PlanStep[]
}

function groupsOf(steps: PlanStep[]): Group[] {
  const groups: Group[] = []
  for (const step of steps) {
    const last = groups.at(-1)
    const kind = kindOf(step)
    const before = last?.steps.at(-1)
    if (last?.kind === kind && before?.file === step.file && (step.file !== null || kind === 'by hand'))
      last.steps.push(step)
    else groups.push({ kind, steps: [step] })
  }
  return groups
}

function kindOf({ kind, file, transaction }: PlanStep): Group['kind'] {
  if (kind === 'check' || kind === 'deployment') return kind
  if (file === null) return 'by hand'
  return transaction === 'none' ? 'outside' : 'transaction'
}

/** A statement that was run by hand where there are rows, for databases that are made from the files; null without one. */
function onNewDatabases(sql: string): string | null {
  const [, kind, , rest] = /^CREATE (UNIQUE )?INDEX CONCURRENTLY (IF NOT EXISTS )?((?!ON\b)[\s\S]*)$/.exec(sql) ?? []
  if (rest !== undefined) return `CREATE ${kind ?? ''}INDEX IF NOT EXISTS ${rest}`
  const dropped = /^DROP INDEX CONCURRENTLY (?:IF EXISTS )?([\s\S]*)$/.exec(sql)?.[1]
  return dropped === undefined ? null : `DROP INDEX IF EXISTS ${dropped}`
}

function partOf({ sql, lead, tail }: SourcePart): PieceStatement {
  return { sql, lead, tail }
}

function bare(sql: string): PieceStatement {
  return { sql, lead: '', tail: '' }
}
