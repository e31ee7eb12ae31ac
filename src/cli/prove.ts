import type { Proof } from '../plans/plan.ts'
import type { Policy } from '../policy/policy.ts'
import { visible } from '../report/hostile.ts'
import type { CatalogFacts } from '../review/facts.ts'
import { reviewCore } from '../review/gather-and-review.ts'
import type { Review } from '../review/result.ts'
import { proofKey, withProofs } from '../review/with-proofs.ts'
import { loadParser } from '../sql/parse.ts'
import { activitySource } from './activity-source.ts'
import { catalogSource } from './catalog-source.ts'
import { printReview } from './print.ts'
import { exitCode, policyFor, type ReviewOptions, reviewOf } from './review-command.ts'

interface ProveOptions extends Omit<ReviewOptions, 'format'> {
  format: 'text' | 'json'
  /** The folder with the server's programs. */
  postgresBin?: string
}

/** `lockcast prove`: tries every plan of the review. Exit code 1 when one failed, 2 when something could not be read. */
export async function proveCommand(paths: string[], options: ProveOptions): Promise<number> {
  const { review, proofs } = await reviewedWithProofs(paths, options)
  const plans = review.findings.flatMap(({ path, line, alternative }) => {
    const proof = alternative && proofs.get(proofKey(path, alternative))
    return proof ? [{ path, line, plan: alternative.id, ...proof }] : []
  })
  const seen = new Set<string>()
  const outcomes = plans.filter(({ path, plan }) => !seen.has(`${path} ${plan}`) && seen.add(`${path} ${plan}`))
  if (options.format === 'json') process.stdout.write(`${JSON.stringify({ plans: outcomes }, null, 2)}\n`)
  else
    process.stdout.write(
      outcomes.length === 0 ? 'No statement has a plan to prove.\n' : outcomes.map(outcomeText).join(''),
    )
  if (review.unread.length > 0) return 2
  return outcomes.some(({ kind }) => kind === 'failed') ? 1 : 0
}

/** `lockcast review --prove`: the review with what the proofs gave. */
export async function provenReviewCommand(
  paths: string[],
  options: ReviewOptions & { postgresBin?: string },
): Promise<number> {
  const { review, proofs } = await reviewedWithProofs(paths, options)
  const { review: proved, failures } = withProofs(review, proofs)
  printReview(proved, options.format, options.detail ?? false)
  for (const failure of failures) process.stderr.write(`lockcast: ${visible(failure)}\n`)
  return exitCode(proved)
}

async function reviewedWithProofs(
  paths: string[],
  options: Omit<ReviewOptions, 'format'> & { postgresBin?: string },
): Promise<{ review: Review; proofs: Map<string, Proof> }> {
  await loadParser()
  const policy: Policy = policyFor(options)
  const catalogs: CatalogFacts[] = []
  const review = await reviewOf(
    paths,
    options,
    policy,
    { catalog: catalogSource({ ...options, functionTexts: true }, policy), activity: activitySource(options, policy) },
    {
      ...reviewCore,
      review(migrations, facts, used) {
        catalogs.push(facts.catalog)
        return reviewCore.review(migrations, facts, used)
      },
    },
  )
  const { provedPlans } = await import('./prove-review.ts')
  const proofs = await provedPlans(review, catalogs.at(-1) ?? { kind: 'none' }, policy, options.postgresBin)
  return { review, proofs }
}

function outcomeText({ path, line, plan, ...proof }: { path: string; line: number; plan: string } & Proof): string {
  const place = `${path}:${line}  ${plan.replace(/-[0-9a-f]{8}$/, '')}`
  switch (proof.kind) {
    case 'proved':
      return `${visible(place)}  proved on PostgreSQL ${proof.postgresVersion} with your schema\n`
    case 'failed':
      return `${visible(place)}  failed\n${proof.reasons.map((reason) => `    ${visible(reason)}\n`).join('')}`
    case 'not provable':
      return `${visible(place)}  not provable here: ${visible(proof.reason)}\n`
  }
}
