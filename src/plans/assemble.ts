import { createHash } from 'node:crypto'
import { atLeast } from '../effects/model/lock-modes.ts'
import { durationWritten } from '../policy/duration.ts'
import { runnerNamed } from '../runners/detection.ts'
import { forecastStep } from './forecast-step.ts'
import { modelHint } from './model-hint.ts'
import type { Part, Plan, PlanStep } from './plan.ts'
import type { PlanContext } from './subject.ts'
import { inToolCode } from './tool-calls.ts'

/** A plan before its steps are numbered and forecast. */
interface Outline {
  pattern: string
  summary: string
  covers: number[]
  changes: string[]
  parts: Part[]
}

type Bare = Omit<PlanStep, 'locks' | 'lowMs' | 'highMs'>

/**
 * Numbers the files, leaves out of them what a deployment would not wait for, puts a lock_timeout before what waits for a
 * strong lock, and forecasts each step on the catalog as the steps before it leave it. Null when Lockcast's own model says
 * that a step fails: such a plan is never shown.
 */
export function assemble(outline: Outline, context: PlanContext): Plan | null {
  const { catalog } = context
  const point = catalog.replayPoint()
  try {
    return numberedPlan(outline, context, (sql) => forecastStep(sql, context), givingWay)
  } finally {
    catalog.replay(point)
  }
}

type Seen = Pick<PlanStep, 'locks' | 'lowMs' | 'highMs'>

/** As {@link assemble}, with the forecast of each statement from the caller. */
export function numberedPlan(
  outline: Outline,
  context: PlanContext,
  forecast: (sql: string) => Seen | null,
  /** Changes the steps of a transaction once their locks are known. */
  settled: (steps: PlanStep[], context: PlanContext) => PlanStep[] = (steps) => steps,
): Plan | null {
  const steps: PlanStep[] = []
  let file = 0
  for (const part of withDeployments(joined(outline.parts), context)) {
    const long = part.kind === 'backfill' ? (forecast(part.like) ?? unknownTime) : null
    const waits = long === null || long.highMs === null || long.highMs <= context.policy.deployment_patience
    const inFile = part.kind === 'transaction' || (isOutside(part) && waits && canRunOutside(part, context))
    if (inFile) file++
    const own: PlanStep[] = []
    for (const step of stepsOf(part, inFile ? file : null, waits, context)) {
      const seen = step.kind === 'backfill' && long ? long : seenOf(step, forecast)
      if (seen === null) return null
      own.push({ ...step, ...seen })
    }
    steps.push(...(part.kind === 'transaction' ? settled(own, context) : own))
  }
  const { pattern, summary, covers, changes } = outline
  const hint = file > 1 ? modelHint(context.migration.runner) : null
  return {
    id: `${pattern}-${digest(steps)}`,
    summary: hint === null ? summary : `${summary} ${hint}`,
    covers,
    changes: [...new Set(changes)],
    proved: null,
    steps: inToolCode(steps, context.migration.runner, context.migration.path),
  }
}

/** Two files without a transaction that follow each other stay apart; empty parts go. */
function joined(parts: Part[]): Part[] {
  return parts.filter((part) => !('sql' in part) || part.sql === null || part.sql.length > 0)
}

/** Where the files of one deployment share a transaction, each file is merged and deployed before the next. */
function withDeployments(parts: Part[], { migration }: PlanContext): Part[] {
  if (migration.batch === null) return parts
  const title = runnerNamed(migration.runner)?.title ?? migration.runner
  return parts.flatMap((part, at) => {
    const before = parts.slice(0, at).some(({ kind }) => kind === 'transaction')
    return part.kind === 'transaction' && before
      ? [
          {
            kind: 'deployment' as const,
            text: `Merge and deploy the files before this step first: ${title} runs all pending files in one transaction.`,
          },
          part,
        ]
      : [part]
  })
}

const unknownTime: Seen = { locks: [], lowMs: null, highMs: null }

function seenOf({ sql }: Bare, forecast: (sql: string) => Seen | null): Seen | null {
  if (sql === null) return unknownTime
  return /^(SET|RESET) /.test(sql) ? { locks: [], lowMs: 0, highMs: 0 } : forecast(sql)
}

function isOutside({ kind }: Part): boolean {
  return kind === 'outside' || kind === 'backfill'
}

function stepsOf(part: Part, file: number | null, waits: boolean, context: PlanContext): Bare[] {
  const rest = { code: null, undo: 'undo' in part ? (part.undo ?? null) : null }
  switch (part.kind) {
    case 'deployment':
      return [{ ...rest, kind: 'deployment', sql: null, text: part.text, transaction: 'none', file }]
    case 'check':
      return [{ ...rest, kind: 'check', sql: part.sql, text: part.text, transaction: 'none', file }]
    case 'backfill': {
      const how = file !== null ? outsideHow(context) : waits ? byHand(context) : asJob(context)
      const text = [how, part.text].filter((item) => item).join(' ')
      return [
        ...timeoutOff(part.sql, context).map(
          (sql): Bare => ({
            ...rest,
            kind: 'migration',
            sql,
            text: null,
            transaction: 'none',
            file,
          }),
        ),
        { ...rest, kind: 'backfill', sql: part.sql, text, transaction: 'none', file },
      ]
    }
    case 'outside': {
      const text =
        [file === null ? byHand(context) : outsideHow(context), part.text].filter((item) => item).join(' ') || null
      return part.sql.map((sql, i) => ({
        ...rest,
        kind: 'migration',
        sql,
        text: i === 0 ? text : null,
        transaction: 'none',
        file,
      }))
    }
    case 'transaction':
      return withLockTimeout(part.sql, context).map((sql, i) => ({
        ...rest,
        kind: 'migration',
        sql,
        text: i === 0 ? (part.text ?? null) : null,
        transaction: i === 0 ? 'own' : 'same',
        file,
      }))
  }
}

/**
 * A backfill counts as one statement, however often it commits. Where a file is one query, a second statement would put both
 * into one implicit transaction.
 */
function timeoutOff(sql: string, { migration, statementTimeoutMs }: PlanContext): string[] {
  if (migration.wrapping === 'implicit' && !statementTimeoutMs) return []
  return /^\s*(DO|CALL)\b/i.test(sql) ? ['SET statement_timeout = 0;'] : []
}

function canRunOutside(part: Part, context: PlanContext): boolean {
  const { migration } = context
  const runs = runnerNamed(migration.runner)?.runsOutside
  const sql = !('sql' in part) || part.sql === null ? [] : [part.sql].flat()
  if (runs && !sql.every((statement) => runs(statement))) return false
  const many = sql.length + (part.kind === 'backfill' ? timeoutOff(part.sql, context).length : 0)
  if (migration.wrapping === 'implicit') return many <= 1
  return migration.wrapping === 'autocommit' || migration.optOut !== null
}

/** How this tool lets a file run outside a transaction; null where its files do so anyway. */
function outsideHow({ migration: { wrapping, optOut } }: PlanContext): string | null {
  return wrapping === 'autocommit' || optOut === null ? null : `Outside a transaction: that takes ${optOut}.`
}

function byHand({ migration }: PlanContext): string {
  const title = runnerNamed(migration.runner)?.title ?? migration.runner
  return `Run this by hand, in psql, before the next step: ${title} cannot run it outside a transaction.`
}

function asJob({ policy }: PlanContext): string {
  return `Run this as a job or by hand in psql, before the next step: by the forecast it takes longer than a deployment waits (${durationWritten(policy.deployment_patience)}, by the policy).`
}

function withLockTimeout(sql: string[], context: PlanContext): string[] {
  const first = context.waits ? sql.findIndex((name) => waiting.test(name)) : -1
  return first < 0 ? sql : [...sql.slice(0, first), lockTimeout(context), ...sql.slice(first)]
}

/** As teams set it, 3 s, where the policy allows as much. */
export function lockTimeout({ policy }: PlanContext): string {
  return setLockTimeout(Math.min(3_000, policy.max_lock_timeout))
}

function setLockTimeout(ms: number): string {
  return `SET LOCAL lock_timeout = '${durationWritten(ms)}';`
}

/**
 * A transaction that takes strong locks on several relations may meet the application half way: each then waits for what
 * the other holds, and after deadlock_timeout (1 s by default) PostgreSQL ends one of them. With a shorter lock_timeout it is
 * always this transaction that gives way, and nothing of it has happened.
 */
function givingWay(steps: PlanStep[], context: PlanContext): PlanStep[] {
  const strong = steps.flatMap(({ locks }) => locks.filter(({ lock }) => atLeast(lock, 'ShareRowExclusiveLock')))
  if (new Set(strong.map(({ relation }) => relation)).size < 2) return steps
  const sql = setLockTimeout(Math.min(500, context.policy.max_lock_timeout))
  if (steps.some((step) => step.sql === lockTimeout(context)))
    return steps.map((step) => (step.sql === lockTimeout(context) ? { ...step, sql } : step))
  // The file's own setting stays.
  if (steps.some((step) => step.sql?.startsWith('SET LOCAL lock_timeout'))) return steps
  return steps.flatMap((step, i): PlanStep[] =>
    i === 0
      ? [
          { ...step, sql, locks: [], lowMs: 0, highMs: 0, undo: null },
          { ...step, text: null, transaction: 'same' },
        ]
      : [step],
  )
}

/** By their first words: these steps are our own, and a lock_timeout too many does no harm. */
const waiting =
  /^(ALTER (TABLE(?![^;]* VALIDATE CONSTRAINT)|INDEX|DOMAIN|(MATERIALIZED )?VIEW)|LOCK|TRUNCATE|DROP (TABLE|INDEX|(MATERIALIZED )?VIEW|TRIGGER|POLICY)|CREATE (OR REPLACE )?(CONSTRAINT )?TRIGGER|CREATE POLICY|CREATE TABLE\b[^;]* PARTITION OF|CREATE (UNIQUE )?INDEX\b[^;]*\bON ONLY\b)/i

function digest(steps: PlanStep[]): string {
  const text = steps
    .map(({ kind, sql, text, transaction }) => [kind, transaction, sql, text].join('\u0000'))
    .join('\u0001')
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}
