import { blocksMerge, byWeight } from '../hazards/severity.ts'
import type { Policy } from '../policy/policy.ts'
import type { Migration } from '../runners/runner.ts'
import { withBriefAdvice } from './advice.ts'
import { askedVersion, reviewContextOf } from './build-context.ts'
import type { Facts } from './facts.ts'
import { findingsOf, unreachableFindings } from './findings.ts'
import { ignoredNote, unknownInPolicy, withoutIgnored } from './ignores.ts'
import { withLongPlansOnce } from './long-plans.ts'
import { notesOf } from './notes.ts'
import { forOutsiders } from './outsiders.ts'
import type { Review } from './result.ts'
import { filesOf, seenTraffic, transactionOf } from './reviewed.ts'
import { withoutOldSizes } from './snapshot-age.ts'

export { needs } from './needs.ts'

/** Reviews migrations against the facts. Pure and synchronous: the same input gives the same Review. */
export function review(migrations: Migration[], given: Facts, policy: Policy): Review {
  const { catalog: known, note: age } = withoutOldSizes(given, policy)
  const facts = { ...given, catalog: known }
  const { context, base } = reviewContextOf(migrations, facts, policy)
  const { catalog } = context
  const unread = [
    ...(facts.catalog.kind === 'unreachable'
      ? [{ path: null, reason: `${facts.catalog.reason} ${facts.catalog.retry}` }]
      : []),
    ...(policy.unread === 'notice' ? [] : context.unreviewed).map(({ path, unreadable }) => ({
      path,
      reason: unreadable ?? '',
    })),
  ]
  const reported = withoutIgnored(findingsOf(context), migrations, policy)
  const brief = withBriefAdvice(reported.findings)
  const findings = withLongPlansOnce([...unreachableFindings(unread, migrations), ...brief.findings].sort(byWeight))
  const failing = findings.some((finding) => blocksMerge(finding, policy.fail_on))
  const reviewed: Review = {
    verdict: failing ? 'fail' : 'pass',
    postgresVersion: catalog.major,
    catalog: facts.catalog.kind === 'unreachable' ? 'none' : facts.catalog.kind,
    catalogTakenAt: catalog.snapshot?.takenAt ?? null,
    traffic: seenTraffic(facts),
    files: filesOf(migrations, context),
    transactions: context.transactions.flatMap((transaction) => transactionOf(transaction, context)),
    findings,
    ignored: reported.ignored,
    unread,
    skipped: facts.skipped,
    notes: [
      ...(age ? [age] : []),
      ...unknownInPolicy(policy),
      ...reported.ignored.map(ignoredNote),
      ...(brief.unsaid > 0 ? [`More advice is not listed: ${brief.unsaid}.`] : []),
      ...notesOf(migrations, facts, base, catalog, askedVersion(facts, policy) !== null),
    ],
  }
  if (facts.disclosure === 'exact') return reviewed
  return forOutsiders(reviewed, facts.disclosure)
}

/**
 * True when a statement fails because a name is missing or taken, or cannot be judged: the base branch's migrations may
 * explain it, or hold the body of the function it calls. So read them into `facts.base`, with a catalog for
 * `needs([...base, ...migrations])`, and review again.
 */
export function wantsBase(reviewed: Review): boolean {
  const ofNames = /^42(P01|703|704|P07|701|710)$|^3F000$/
  return reviewed.files.some((file) =>
    file.statements.some(({ fails, unknown }) => unknown !== null || (fails !== null && ofNames.test(fails.sqlstate))),
  )
}
