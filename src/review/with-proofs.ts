import type { Plan, Proof } from '../plans/plan.ts'
import type { Finding, Review } from './result.ts'

/** By which a proof is known: the same text twice in two files has two. */
export function proofKey(path: string, { id }: Pick<Plan, 'id'>): string {
  return `${path} ${id}`
}

/**
 * The review with the outcome of each proof: a plan that failed is not shown, one that could not be run is marked. Also what
 * the log says of plans that failed: the pattern and the server's version, nothing of the schema.
 */
export function withProofs(review: Review, proofs: ReadonlyMap<string, Proof>): { review: Review; failures: string[] } {
  const failed = new Set<string>()
  const withProof = (finding: Finding): Finding => {
    const plan = finding.alternative
    const proof = plan && proofs.get(proofKey(finding.path, plan))
    if (!plan || !proof) return finding
    switch (proof.kind) {
      case 'proved':
        return {
          ...finding,
          alternative: { ...plan, proved: { postgresVersion: proof.postgresVersion, onSchema: true } },
        }
      case 'failed':
        failed.add(patternOf(plan))
        return { ...finding, alternative: null, advice: finding.advice ?? withheld }
      case 'not provable':
        return { ...finding, alternative: { ...plan, notProved: proof.reason } }
    }
  }
  const findings = review.findings.map(withProof)
  return {
    review: { ...review, findings },
    failures: [...failed].map(
      (pattern) => `the plan ${pattern} failed its proof on PostgreSQL ${review.postgresVersion}`,
    ),
  }
}

const withheld = 'A plan for it exists, failed when it was tried on a copy of the schema, and is not shown.'

/** The name of the pattern in a plan's id. */
function patternOf({ id }: Plan): string {
  return id.replace(/-[0-9a-f]{8}$/, '')
}
