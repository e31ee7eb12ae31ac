import type { Plan, PlanStep } from '../plans/plan.ts'
import type { Review, ReviewedStatement } from '../review/result.ts'

/** What is run for a proof, in the order of the migrations. */
export type ProofItem =
  /** Statements without a plan, as they are. */
  | { kind: 'as it is'; steps: PlanStep[] }
  | { kind: 'planned'; path: string; plan: Plan; original: PlanStep[] }
  /** From here on nothing is known. */
  | { kind: 'unread'; reason: string }

/** The reviewed statements of the up direction, those with a plan apart. */
export function proofItems(review: Review): ProofItem[] {
  const items: ProofItem[] = []
  for (const { path, statements } of review.files) {
    const plans = plansIn(path, review)
    const done = new Set<string>()
    const up = statements.filter(({ direction }) => direction === 'up')
    for (const statement of up) {
      const { sql, line, unknown } = statement
      const plan = plans.find(({ covers }) => covers.includes(line)) ?? null
      if (plan === null && sql === null) {
        items.push({ kind: 'unread', reason: `${path}:${line} cannot be read: ${unknown?.reason ?? 'unknown'}` })
        continue
      }
      if (plan === null) items.push({ kind: 'as it is', steps: bareSteps([statement]) })
      else if (!done.has(plan.id)) {
        done.add(plan.id)
        items.push({
          kind: 'planned',
          path,
          plan,
          original: bareSteps(up.filter((other) => plan.covers.includes(other.line))),
        })
      }
    }
  }
  return joined(items)
}

/** The plans with steps of one file, the one with the most lines first: it covers the others. */
function plansIn(path: string, { findings }: Review): Plan[] {
  const plans = new Map<string, Plan>()
  for (const { alternative, path: of, direction } of findings) {
    if (of === path && direction === 'up' && alternative && alternative.steps.length > 0)
      plans.set(alternative.id, alternative)
  }
  return [...plans.values()].sort((a, b) => b.covers.length - a.covers.length)
}

/** Statements as steps: in their transactions, without the file's own BEGIN and COMMIT. */
function bareSteps(statements: ReviewedStatement[]): PlanStep[] {
  return statements
    .filter(({ sql }) => sql !== null && !/^(?:BEGIN|START TRANSACTION|COMMIT|END)\b/i.test(sql))
    .map(
      ({ sql, transaction }, at, all): PlanStep => ({
        kind: 'migration',
        sql,
        text: null,
        code: null,
        transaction: transaction === null ? 'none' : all[at - 1]?.transaction === transaction ? 'same' : 'own',
        file: null,
        locks: [],
        lowMs: null,
        highMs: null,
        undo: null,
      }),
    )
}

/** Neighbours without a plan run together, in the transaction that they share. */
function joined(items: ProofItem[]): ProofItem[] {
  const all: ProofItem[] = []
  for (const item of items) {
    const last = all.at(-1)
    if (item.kind === 'as it is' && last?.kind === 'as it is') last.steps.push(...item.steps)
    else all.push(item)
  }
  return all
}
