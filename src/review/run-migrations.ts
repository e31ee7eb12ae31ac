import type { A_Const, Node } from '@pgsql/types'
import type { Catalog, UserType } from '../catalog/catalog.ts'
import { analyzeStatement, type StatementAnalysis } from '../effects/analyze.ts'
import { carryOn } from '../effects/carry-on.ts'
import { atLeast, isReported, lockModes } from '../effects/model/lock-modes.ts'
import type { SchemaChange } from '../effects/model/schema-change.ts'
import { forecast } from '../forecast/forecast.ts'
import type { NumberFormat } from '../forecast/numbers.ts'
import type { LockHold, Step, Transaction } from '../hazards/context/review-context.ts'
import { boundedPlan } from '../plans/bounded.ts'
import type { SessionSetting } from '../plans/carried-settings.ts'
import { plansOf } from '../plans/planner.ts'
import type { PlanContext } from '../plans/subject.ts'
import { hasWay, isLong, isUnderView, locksStrongly, works, writes } from '../plans/way-of.ts'
import { milliseconds } from '../policy/duration.ts'
import type { Policy } from '../policy/policy.ts'
import type { Migration } from '../runners/runner.ts'
import { hasPlaceholderIn, isTemplate } from '../sql/parse.ts'
import { refusesTransaction } from '../sql/refuses-transaction.ts'
import { type Statement, textOf } from '../sql/statement.ts'
import { qualifiedName, walk } from '../sql/walk.ts'
import { Doubts } from './doubts.ts'
import { PendingEvents } from './pending-events.ts'

/** Runs migrations through the model in order, as their runners would: statements, transactions, settings, locks. */
export function runMigrations(
  migrations: Migration[],
  catalog: Catalog,
  policy: Policy,
  firstId: number,
  /** Prints the numbers of plans for these readers. */
  format: NumberFormat,
  /** Merged before, so that its objects exist where it has run. */
  isMerged: (path: string) => boolean = () => false,
): { steps: Step[]; transactions: Transaction[] } {
  const session = new SessionRun(catalog, policy, firstId, format)
  migrations.forEach((migration, i) => {
    const previous = migrations[i - 1]
    const goesOn = migration.batch !== null && previous?.batch === migration.batch
    if (!goesOn) session.begin(migration)
    // With a catalog, objects that the server has fail as existing, and the rest is new there.
    const before = catalog.knowledge === 'assumed' && isMerged(migration.path) ? new Set(catalog.newRelations) : null
    migration.statements.forEach((statement, at) => {
      const { message } = statement
      const isLast = message === null || migration.statements[at + 1]?.message !== message
      const isFirst = message === null || migration.statements[at - 1]?.message !== message
      session.beginMessage(message !== null && isFirst && !isLast)
      session.step(migration, statement)
      if (message !== null && isLast) session.endMessage()
    })
    if (before) catalog.assumeExisting(before)
    if (migration.batch !== null && migrations[i + 1]?.batch === migration.batch) return
    session.end()
    if (catalog.sizes) catalog.commitAsExisting()
  })
  return { steps: session.steps, transactions: session.transactions }
}

interface Open {
  transaction: Transaction
  /** The catalog at its start, for ROLLBACK and for the plan of the whole. */
  start: ReturnType<Catalog['replayPoint']>
  /** ROLLBACK TO or code that could not be followed: its statements cannot be planned together. */
  tangled: boolean
  /** Settings to give back at its end, by SET LOCAL. */
  local: Map<string, string | null>
  /** Relations created in it: no other session sees them before its end. */
  made: Set<number>
  /** Its holds by relation. */
  held: Map<number, LockHold[]>
  /** Checks that wait for its end. */
  pending: PendingEvents
  /** Enum values added in it, which it cannot use yet. */
  enumValues: { type: UserType; label: string }[]
  savepoints: { name: string; undoPoint: number; holds: number; at: number }[]
}

class SessionRun {
  readonly steps: Step[] = []
  readonly transactions: Transaction[] = []
  readonly #catalog: Catalog
  readonly #policy: Policy
  readonly #format: NumberFormat
  #open: Open | null = null
  #nextId: number
  #settings = new Map<string, string | null>()
  /** Every statement of a simple query with several belongs to one implicit transaction, until COMMIT starts another. */
  #implicit = false

  /** Settings that statements of this file made. */
  #said: SessionSetting[] = []

  readonly #doubts: Doubts

  constructor(catalog: Catalog, policy: Policy, firstId: number, format: NumberFormat) {
    this.#format = format
    this.#catalog = catalog
    this.#doubts = new Doubts(catalog, policy)
    this.#policy = policy
    this.#nextId = firstId
  }

  begin(migration: Migration): void {
    const { session } = this.#policy
    const path = session.search_path ?? this.#catalog.snapshot?.searchPath ?? ['public']
    this.#catalog.setSetting('search_path', path.join(', '))
    this.#settings = loginSettings(this.#catalog, this.#policy, migration)
    this.#settings.set('search_path', path.join(', '))
    this.#said = []
    this.#implicit = migration.wrapping === 'implicit' && migration.statements.length > 1
    if (migration.wrapping === 'transaction') this.#openTransaction(false)
  }

  end(): void {
    this.#close()
    this.#implicit = false
    // No transaction reaches beyond: what was changed so far is never taken back.
    this.#catalog.keepChanges()
  }

  /** One message of code with several statements is an implicit transaction, unless one is open. */
  beginMessage(isSeveral: boolean): void {
    if (isSeveral && !this.#open) this.#implicit = true
  }

  endMessage(): void {
    if (!this.#implicit) return
    this.#implicit = false
    if (!this.#open?.transaction.explicit) this.#close()
  }

  step(migration: Migration, statement: Statement): void {
    const control = statement.node && 'TransactionStmt' in statement.node ? statement.node.TransactionStmt : null
    if (this.#implicit && !this.#open) this.#openTransaction(false)
    if (control?.kind === 'TRANS_STMT_BEGIN' || control?.kind === 'TRANS_STMT_START') {
      if (!this.#open) this.#openTransaction(true)
      else this.#open.transaction.explicit ||= this.#implicit
    }
    const start = this.#catalog.replayPoint()
    const step = this.#analyzeStatement(migration, statement)
    this.steps.push(step)
    if (this.#open) this.#record(this.#open, step)
    else this.#plan([step], start)
    switch (control?.kind) {
      case 'TRANS_STMT_COMMIT':
      case 'TRANS_STMT_PREPARE':
        return this.#close()
      case 'TRANS_STMT_ROLLBACK':
        if (this.#open) {
          this.#open.tangled = true
          this.#catalog.rollback(this.#open.start.undoPoint)
        }
        return this.#close()
      case 'TRANS_STMT_SAVEPOINT':
        return this.#savepoint(control.savepoint_name ?? '')
      case 'TRANS_STMT_ROLLBACK_TO':
        if (this.#open) this.#open.tangled = true
        return this.#rollbackTo(control.savepoint_name ?? '')
    }
  }

  #openTransaction(explicit: boolean): void {
    const transaction: Transaction = { id: `t${this.#nextId++}`, steps: [], explicit, holds: [] }
    this.transactions.push(transaction)
    this.#open = {
      transaction,
      start: this.#catalog.replayPoint(),
      tangled: false,
      local: new Map(),
      made: new Set(),
      held: new Map(),
      pending: new PendingEvents(),
      enumValues: [],
      savepoints: [],
    }
  }

  #close(): void {
    if (!this.#open) return
    for (const [name, value] of this.#open.local) {
      this.#settings.set(name, value)
      if (name === 'search_path') this.#catalog.setSetting(name, value)
    }
    const { transaction, start, tangled } = this.#open
    this.#open = null
    this.#said = this.#said.filter(({ local }) => !local)
    if (!tangled) this.#plan(transaction.steps, start)
  }

  /** Plans for statements that run in one transaction, or for one that runs by itself, where one of them needs it. */
  #plan(steps: Step[], start: ReturnType<Catalog['replayPoint']>): void {
    const [first] = steps
    if (!first || first.migration.direction === 'down') return
    const files = Map.groupBy(steps, ({ migration }) => migration)
    if (files.size > 1 && this.#catalog.knowledge === 'assumed') return
    // Unread statements may change anything, so that the steps cannot be followed on the catalog.
    if (steps.some(({ statement: { node, when } }) => node === null || when === 'depends')) return
    const subjects = steps.filter(({ analysis }) => analysis.fails === null)
    const refused = steps.some(
      ({ statement: { node }, analysis, refuses }) => isUnderView(node, analysis) || refuses?.sqlstate === '25001',
    )
    const kept = subjects.some(locksStrongly) && subjects.some(isLong)
    if (!refused && !kept && !subjects.some((step) => works(step) || writes(step) || hasWay(step.statement.node))) {
      for (const some of files.values()) this.#bound(some)
      return
    }
    this.#catalog.replay(start)
    for (const some of files.values()) {
      const planned = some.flatMap(({ statement: { node, sql, line }, timeZone, settings }) =>
        node ? [{ node, sql, line, timeZone, settings }] : [],
      )
      const plans = plansOf(planned, this.#planContext(some[0] ?? first))
      if (plans.every((plan) => plan === null)) this.#bound(some)
      else for (const [at, step] of some.entries()) step.plan = plans[at] ?? null
    }
  }

  /** A lock_timeout before what takes only a moment. */
  #bound(steps: Step[]): void {
    const [first] = steps
    if (!first) return
    const plan = boundedPlan(steps, this.#planContext(first))
    if (plan) for (const step of steps) step.plan = plan
  }

  #planContext({ migration, timeZone, settings, statementTimeoutMs, transaction }: Step): PlanContext {
    const { max_lock_timeout } = this.#policy
    const session = sessionLockTimeout(this.#catalog, this.#policy, migration)
    return {
      catalog: this.#catalog,
      policy: this.#policy,
      format: this.#format,
      migration,
      timeZone,
      settings,
      waits: session === null || session === 0 || session > max_lock_timeout,
      statementTimeoutMs,
      inTransaction: transaction !== null,
      freed: new Set(),
      made: new Set(),
    }
  }

  /** Keeps the statement that made a setting, for steps that run in another session. */
  #say(node: Node, sql: string, { setting: name, value, local }: Extract<SchemaChange, { kind: 'sets' }>): void {
    if (local && !this.#open) return
    const others = this.#said.filter((setting) => setting.name !== name)
    this.#said = value === null ? others : [...others, { name, node, sql, local }]
  }

  #savepoint(name: string): void {
    const open = this.#open
    open?.savepoints.push({
      name,
      undoPoint: this.#catalog.undoPoint(),
      holds: open.transaction.holds.length,
      at: open.transaction.steps.length,
    })
  }

  /** Gives back the locks and changes that came after the savepoint. */
  #rollbackTo(name: string): void {
    const open = this.#open
    const savepoint = open?.savepoints.findLast((savepoint) => savepoint.name === name)
    if (!open || !savepoint) return
    this.#catalog.rollback(savepoint.undoPoint)
    open.pending.rollbackTo(savepoint.at)
    const last = open.transaction.steps.length - 1
    for (const hold of open.transaction.holds.slice(savepoint.holds)) hold.to = Math.min(hold.to, last)
  }

  #analyzeStatement(migration: Migration, statement: Statement): Step {
    const { node } = statement
    const timeZone = this.#settings.get('timezone') ?? null
    const { unread, when } = statement
    const hasPlaceholder = migration.notes.length > 0 && hasPlaceholderIn(textOf(statement))
    const analysis: StatementAnalysis = node
      ? this.#weighed(node, analyzeStatement(node, this.#catalog, { timeZone }, when), timeZone, {
          hasPlaceholder,
          // The body of a function in a text that another program fills in.
          mayBeTemplate: isTemplate(textOf(statement)),
        })
      : { effects: [], changes: [], subcommands: [], fails: null, unknown: unread === null ? null : { reason: unread } }
    if (unread !== null) this.#catalog.markUncertain()
    if (node && when === 'depends') this.#doubts.noteConditional(node)
    if (analysis.unknown || unread !== null) this.#doubts.noteUnread(`${migration.path}:${statement.line}`)
    const refusal = analysis.changes.find((change) => change.kind === 'refuses transaction')
    const command = refusal?.command ?? (node && refusesTransaction(node))
    const effects = analysis.effects
      .filter((effect) => isReported(effect.relation) && atLeast(effect.lock, 'RowExclusiveLock'))
      .map((effect) => ({ effect, forecast: forecast(effect, analysis.changes, this.#catalog) }))
    const step: Step = {
      migration,
      statement,
      analysis,
      effects,
      transaction: this.#open?.transaction ?? null,
      lockTimeoutMs: durationIn(this.#settings, 'lock_timeout'),
      statementTimeoutMs: durationIn(this.#settings, 'statement_timeout'),
      timeZone,
      settings: this.#said,
      pending: null,
      refuses: this.#refusal(command ?? null, node),
      plan: null,
      hasPlaceholder,
    }
    const pending = this.#open?.pending ?? new PendingEvents()
    const at = this.#open?.transaction.steps.length ?? 0
    if (statement.when !== 'depends' && analysis.fails === null) step.pending = pending.run(step, at, this.#catalog)
    step.refuses ??= pendingRefusal(step) ?? endRefusal(step)
    for (const change of analysis.changes) {
      if (change.kind === 'sets') {
        this.#set(change.setting, change.value, change.local)
        if (node) this.#say(node, statement.sql, change)
      }
      if (change.kind === 'adds enum value') this.#open?.enumValues.push(change)
      if (change.kind === 'creates relation') this.#open?.made.add(change.relation.id)
    }
    return step
  }

  /** A failure is certain only where nothing unknown came before it, and reported once for one cause. */
  #weighed(
    node: Node,
    analysis: StatementAnalysis,
    timeZone: string | null,
    { hasPlaceholder, mayBeTemplate }: { hasPlaceholder: boolean; mayBeTemplate: boolean },
  ): StatementAnalysis {
    const { fails } = analysis
    if (!fails) return analysis
    const verdict = this.#doubts.weigh(node, fails)
    carryOn(node, fails, this.#catalog, { timeZone })
    if (hasPlaceholder || (mayBeTemplate && fails.sqlstate === '42601')) {
      return {
        ...analysis,
        fails: null,
        unknown: { reason: 'a placeholder of the migration tool is in the statement' },
      }
    }
    switch (verdict.kind) {
      case 'certain':
        return analysis
      case 'reported':
        return { ...analysis, fails: null }
      case 'open':
        return { ...analysis, fails: null, unknown: { reason: verdict.reason } }
    }
  }

  /** The error of a statement that fails only because of its transaction. */
  #refusal(command: string | null, node: Node | null): Step['refuses'] {
    if (!this.#open) return null
    if (command) return { sqlstate: '25001', message: `${command} cannot run inside a transaction block` }
    const value = this.#open.enumValues.find(({ label }) => node !== null && usesText(node, label))
    if (!value || this.#madeHere(this.#open, value.type)) return null
    return { sqlstate: '55P04', message: `unsafe use of new value "${value.label}" of enum type ${value.type.name}` }
  }

  /** Values of a type made in the same transaction may be used at once. */
  #madeHere(open: Open, type: UserType): boolean {
    return open.transaction.steps.some(({ statement: { node } }) => {
      return node !== null && 'CreateEnumStmt' in node && qualifiedName(node.CreateEnumStmt.typeName).name === type.name
    })
  }

  #record(open: Open, step: Step): void {
    const { steps, holds } = open.transaction
    const at = steps.push(step) - 1
    for (const { effect } of step.effects) {
      if (open.made.has(effect.relation.id)) continue
      const known = open.held.get(effect.relation.id) ?? []
      const held = known.filter(({ to }) => to === Number.POSITIVE_INFINITY)
      const strongest = Math.max(-1, ...held.map((hold) => lockModes.indexOf(hold.effect.lock)))
      if (lockModes.indexOf(effect.lock) <= strongest) continue
      const hold: LockHold = { effect, from: at, to: Number.POSITIVE_INFINITY }
      holds.push(hold)
      open.held.set(effect.relation.id, [...known, hold])
    }
  }

  /** SET LOCAL outside a transaction does nothing but warn; SET in a transaction lasts beyond its end. */
  #set(name: string, value: string | null, local: boolean): void {
    if (!local) {
      this.#settings.set(name, value)
      this.#open?.local.delete(name)
      return
    }
    if (!this.#open) {
      if (name === 'search_path') this.#catalog.setSetting(name, this.#settings.get(name) ?? 'public')
      return
    }
    if (!this.#open.local.has(name)) this.#open.local.set(name, this.#settings.get(name) ?? null)
    this.#settings.set(name, value)
  }
}

/** Settings that a migrating session starts with: by the policy, else the tool's configuration, the role, the server. */
function loginSettings(
  { snapshot }: Catalog,
  { session }: Policy,
  migration: Migration | undefined,
): Map<string, string | null> {
  const settings = new Map<string, string | null>()
  for (const name of ['lock_timeout', 'statement_timeout', 'TimeZone']) {
    settings.set(name.toLowerCase(), snapshot?.settings[name] ?? null)
  }
  for (const { role, settings: own } of snapshot?.roleSettings ?? []) {
    if (role !== null && role !== session.role) continue
    for (const [name, value] of Object.entries(own)) settings.set(name.toLowerCase(), value)
  }
  if (migration?.lockTimeout !== undefined) settings.set('lock_timeout', migration.lockTimeout)
  if (session.lock_timeout !== undefined) settings.set('lock_timeout', `${session.lock_timeout}ms`)
  if (session.statement_timeout !== undefined) settings.set('statement_timeout', `${session.statement_timeout}ms`)
  if (session.time_zone !== undefined) settings.set('timezone', session.time_zone)
  return settings
}

/** The lock_timeout that a migrating session starts with, ms; null when none is known, 0 when it is switched off. */
export function sessionLockTimeout(catalog: Catalog, policy: Policy, migration: Migration | undefined): number | null {
  return durationIn(loginSettings(catalog, policy, migration), 'lock_timeout')
}

function durationIn(settings: Map<string, string | null>, name: string): number | null {
  const value = settings.get(name)
  return value === null || value === undefined ? null : milliseconds(value)
}

/** The server's error where a write surely left a check for the end of the transaction (55006). */
function pendingRefusal({ pending, statement: { node } }: Step): Step['refuses'] {
  if (!pending?.certain || !node) return null
  const command = 'AlterTableStmt' in node ? 'ALTER TABLE' : 'IndexStmt' in node ? 'CREATE INDEX' : null
  const named =
    'AlterTableStmt' in node ? node.AlterTableStmt.relation : 'IndexStmt' in node ? node.IndexStmt.relation : null
  const what = command && named ? `cannot ${command} "${named.relname}"` : 'cannot change the table'
  return { sqlstate: '55006', message: `${what} because it has pending trigger events` }
}

/** The server's error for a COMMIT or ROLLBACK of code that a transaction or a query called (2D000). */
function endRefusal({ analysis, transaction }: Step): Step['refuses'] {
  const ends = analysis.changes.find(
    (change) => change.kind === 'ends transaction' && change.certain && (change.inFunction || transaction !== null),
  )
  return ends ? { sqlstate: '2D000', message: 'invalid transaction termination' } : null
}

/** True when a string constant of the statement is this text. */
function usesText(node: Node, text: string): boolean {
  let found = false
  if ('AlterEnumStmt' in node || 'CommentStmt' in node) return false
  walk(node, (name, value) => {
    if (name === 'A_Const' && (value as A_Const).sval?.sval === text) found = true
    return !found
  })
  return found
}
