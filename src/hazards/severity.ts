import { type Relation, relationName } from '../catalog/relation.ts'
import type { Blocked } from '../effects/model/lock-modes.ts'
import type { Policy } from '../policy/policy.ts'

export type Severity = 'low' | 'medium' | 'high' | 'critical'

export const severities: readonly Severity[] = ['low', 'medium', 'high', 'critical']

/** Rows from which a table is no longer small: below, a failure costs a moment. */
export const large = 100_000

/** Known to be small. */
export function isSmall({ size }: Relation): boolean {
  return size.rows !== null && size.rows < large
}

/** Of a statement that may abort on a value: on a small table, or one that was prepared, that costs another try. */
export function ofPossibleFailure(rows: number | null, prepared: boolean): Severity {
  return prepared || (rows !== null && rows < large) ? 'medium' : 'high'
}

/** The worst of all; low when there is none. */
export function worst(all: Severity[]): Severity {
  return severities[Math.max(0, ...all.map((severity) => severities.indexOf(severity)))] ?? 'low'
}

/** The worst first. */
export function byWeight(a: { severity: Severity }, b: { severity: Severity }): number {
  return severities.indexOf(b.severity) - severities.indexOf(a.severity)
}

/** As bad as the threshold, or worse. */
export function reaches(severity: Severity, threshold: Severity): boolean {
  return severities.indexOf(severity) >= severities.indexOf(threshold)
}

/** True when the finding fails the check at this threshold. Findings of down migrations never count. */
export function blocksMerge(
  finding: { severity: Severity; direction: 'up' | 'down' },
  threshold: Severity | 'never',
): boolean {
  return finding.direction === 'up' && threshold !== 'never' && reaches(finding.severity, threshold)
}

/** The severity, cut at the most it may be. */
export function atMost(severity: Severity, most: Severity): Severity {
  return reaches(severity, most) ? most : severity
}

/**
 * A blocking finding's severity: the high end of its forecast against the budget of the table, over 10× critical, over
 * 1× high, over 0.25× medium. Unknown counts as large.
 */
export function ofBlocking(highMs: number | null, blocks: Blocked[], relation: Relation, policy: Policy): Severity {
  if (highMs === null) return 'high'
  const own = policy.budget.tables[relationName(relation)]
  const budgets = blocks.flatMap((block) =>
    block === 'reads'
      ? [own?.reads ?? policy.budget.reads]
      : block === 'writes'
        ? [own?.writes ?? policy.budget.writes]
        : [],
  )
  const ratio = Math.max(0, ...budgets.map((budget) => highMs / Math.max(1, budget)))
  return ratio > 10 ? 'critical' : ratio > 1 ? 'high' : ratio > 0.25 ? 'medium' : 'low'
}
