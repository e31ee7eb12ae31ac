import { relationName } from '../catalog/relation.ts'
import type { ReviewContext, Step } from '../hazards/context/review-context.ts'
import type { FindingDraft, Hazard } from '../hazards/hazard.ts'
import { hazards } from '../hazards/hazard-registry.ts'
import { atMost } from '../hazards/severity.ts'
import type { Plan, PlanStep } from '../plans/plan.ts'
import type { Migration } from '../runners/runner.ts'
import { type Statement, textOf } from '../sql/statement.ts'
import { fingerprints } from './fingerprint.ts'
import { unknownWithout } from './notes.ts'
import { onePerStatement } from './one-per-statement.ts'
import type { Finding, Review } from './result.ts'

/** The findings of all hazards, in the order of the statements, without those that another finding covers. */
export function findingsOf(context: ReviewContext): Finding[] {
  const wanted = hazards.filter(({ id, group }) => group !== 'advice' || !context.policy.advice.off.includes(id))
  const drafts = wanted.flatMap((hazard) => hazard.detect(context).map((draft) => ({ hazard, draft })))
  const positions = new Map(context.steps.map((step, i) => [step, i]))
  const at = ({ draft }: { draft: FindingDraft }): number => positions.get(draft.step) ?? 0
  // A statement that certainly fails blocks nothing; its own finding has the alternative for both.
  const covered = new Set(
    drafts.flatMap(({ hazard, draft }) =>
      draft.severity === 'critical' ? (hazard.covers ?? []).map((id) => `${id} ${at({ draft })}`) : [],
    ),
  )
  const kept = onePerStatement(
    drafts.filter(({ hazard, draft }) => !covered.has(`${hazard.id} ${at({ draft })}`)),
  ).sort((a, b) => at(a) - at(b))
  const plans = plansWithAdvice(kept)
  const prints = fingerprints(
    kept.map(({ hazard, draft }) => ({
      hazard: hazard.id,
      path: draft.step.migration.path,
      relation: draft.relation && relationName(draft.relation),
      sql: textOf(draft.step.statement),
    })),
  )
  return kept.map(({ hazard, draft }, i) => findingOf(hazard, draft, prints[i] ?? '', context, plans))
}

function findingOf(
  hazard: Hazard,
  draft: FindingDraft,
  fingerprint: string,
  context: ReviewContext,
  plans: ReadonlyMap<Step, Plan>,
): Finding {
  const { step } = draft
  const { direction } = step.migration
  return {
    hazard: hazard.id,
    severity: direction === 'down' ? atMost(draft.severity, 'medium') : draft.severity,
    direction,
    path: step.migration.path,
    line: step.statement.line,
    column: step.statement.column,
    ...partOf(step, context),
    endLine: step.statement.endLine,
    relation: draft.relation && relationName(draft.relation),
    rows: context.format.count(draft.rows),
    message: draft.message,
    why: direction === 'down' ? `${draft.why} This is the way back: it matters on the day it is needed.` : draft.why,
    related: draft.related.map(({ step: other, relation }) => ({
      path: other.migration.path,
      line: other.statement.line,
      endLine: other.statement.endLine,
      relation: relation && relationName(relation),
    })),
    advice: adviceOf(hazard, draft),
    alternative: plans.get(draft.step) ?? null,
    fingerprint,
  }
}

/** Several statements of one call share its place. */
function partOf({ migration, statement }: Step, { steps }: ReviewContext): Pick<Finding, 'part'> {
  if (statement.message === null) return {}
  const same = steps.filter(
    (other) =>
      other.migration.path === migration.path &&
      other.migration.direction === migration.direction &&
      other.statement.start === statement.start,
  )
  const part = same.findIndex((other) => other.statement === statement)
  return part > 0 ? { part } : {}
}

/** A hazard's advice in a sentence; for blocking hazards the plan says it. */
function adviceOf({ group }: Hazard, { alternative, step }: FindingDraft): string | null {
  return group === 'blocking' && step.plan !== null ? null : (alternative?.summary ?? null)
}

/** Each statement's plan, with what its findings ask of a person first, or of the application before the statement's file. */
function plansWithAdvice(kept: { hazard: Hazard; draft: FindingDraft }[]): Map<Step, Plan> {
  const whole = new Map<Plan, Plan>()
  const plans = new Map<Step, Plan>()
  // A statement that certainly fails has no plan that repeats it.
  const doomed = new Set(
    kept.flatMap(({ hazard, draft: { severity, step } }) =>
      severity === 'critical' && hazard.group === 'failure' && !planned.has(hazard.id) ? [step.plan] : [],
    ),
  )
  for (const { draft } of kept) {
    const { plan } = draft.step
    if (!plan || doomed.has(plan)) continue
    const known =
      whole.get(plan) ??
      withAdvice(
        plan,
        kept.filter((other) => other.draft.step.plan === plan),
      )
    whole.set(plan, known)
    plans.set(draft.step, known)
  }
  return plans
}

/** Certain failures that a plan takes away; every other one a person settles first. */
const planned = new Set([
  'cannot-run-in-transaction',
  'dependent-objects',
  'disk-may-run-out',
  'integer-exhaustion',
  'statement-timeout-too-short',
])

function withAdvice(plan: Plan, of: { hazard: Hazard; draft: FindingDraft }[]): Plan {
  if (plan.steps.length === 0) return plan
  const nothing: Omit<PlanStep, 'kind' | 'sql' | 'text'> = {
    code: null,
    transaction: 'none',
    file: null,
    locks: [],
    lowMs: null,
    highMs: null,
    undo: null,
  }
  const first = new Map<string, PlanStep>()
  const before = new Map<string, { step: PlanStep; at: number }>()
  for (const { hazard, draft } of of) {
    const { alternative } = draft
    if (!alternative) continue
    const looks = hazard.group === 'failure' && alternative.steps[0]?.sql.startsWith('SELECT ')
    if (looks)
      first.set(alternative.summary, {
        kind: 'check',
        sql: alternative.steps[0]?.sql ?? '',
        text: alternative.summary,
        ...nothing,
      })
    // Where the plan still contains the statement, its loss and the code that it breaks are settled before.
    const repeats = plan.id.startsWith('lock-timeout')
    const breaks = hazard.group === 'compatibility' && !plan.id.startsWith('expand-and-contract')
    if (breaks || (repeats && hazard.group === 'data loss'))
      before.set(alternative.summary, {
        step: { kind: 'deployment', sql: null, text: alternative.summary, ...nothing },
        at: Math.min(before.get(alternative.summary)?.at ?? plan.steps.length, beginOf(draft.step.statement, plan)),
      })
  }
  const deployments = (at: number): PlanStep[] =>
    [...before.values()].flatMap((item) => (item.at === at ? [item.step] : []))
  const steps = plan.steps.flatMap((step, at) => [...deployments(at), step])
  return first.size + before.size === 0 ? plan : { ...plan, steps: [...first.values(), ...steps] }
}

/** Where the file of the plan begins that has the statement as it is; its first step when none has. */
function beginOf(statement: Statement, { steps }: Plan): number {
  const bare = (sql: string): string => sql.replace(/;\s*$/, '').trim()
  const file = steps.find(({ sql }) => sql !== null && bare(sql) === bare(textOf(statement)))?.file ?? null
  return file === null ? 0 : steps.findIndex((step) => step.file === file)
}

/** A database that could not be read is never taken for one without danger: it is a finding of the first file. */
export function unreachableFindings(unread: Review['unread'], migrations: Migration[]): Finding[] {
  return unread.flatMap(({ path, reason }) => {
    if (path !== null) return []
    const hazard = 'replica-unreachable'
    const [fingerprint = ''] = fingerprints([{ hazard, path: '', relation: null, sql: '' }])
    return [
      {
        hazard,
        severity: 'high',
        direction: 'up',
        path: migrations[0]?.path ?? '',
        line: 1,
        column: 1,
        endLine: 1,
        relation: null,
        rows: null,
        message: `The database could not be read: ${reason}`,
        why: `${unknownWithout.charAt(0).toUpperCase()}${unknownWithout.slice(1)}`,
        related: [],
        advice: null,
        alternative: null,
        fingerprint,
      },
    ]
  })
}
