import { type Policy, type PolicyProblem, policyPath } from '../policy/policy.ts'
import { bySeverity } from '../report/markdown.ts'
import type { Facts, HistoryFacts, Needs } from '../review/facts.ts'
import type { Review } from '../review/result.ts'
import { databaseOf, reviewByDatabase, sharesOf } from '../review/review-by-database.ts'
import { entryOf } from '../runners/detection.ts'
import { type Change, queuedPull } from './change.ts'
import type { RepositoryContext } from './context.ts'
import { searchCode } from './gather/repository-code-search.ts'
import { readPolicy } from './gather/repository-policy-file.ts'
import { committedSnapshot } from './gather/snapshot-file.ts'
import { tooManyFindings } from './gather/source-file.ts'
import {
  readBaseMigrations,
  readChangedFiles,
  readHistory,
  readSources,
  readTrees,
  type Sources,
  type Trees,
} from './gather/sources.ts'

/** The parts of a job's context that it uses. */
type ReviewChangeContext = Pick<RepositoryContext, 'client' | 'core' | 'databases' | 'blobs' | 'analysis'>

/** The review of a change. */
export type ChangeReview =
  | {
      kind: 'reviewed'
      change: Change
      policy: Policy
      sources: Sources
      /** Null when the change brings no migration. */
      review: Review | null
      disclosure: Facts['disclosure']
      /** Reasons besides findings why the check fails, and notes; one sentence each. */
      blockers: string[]
      notes: string[]
      /** Facts could not be had this time, such as those of a database that does not answer. */
      missingFacts: boolean
      /** Blob SHA of the base branch's policy file; null without one. */
      policyBlob: string | null
    }
  | { kind: 'broken policy'; change: Change; problems: PolicyProblem[]; policyBlob: string | null }

/** Gathers what a change brings and reviews it by the policy of its base branch. `doing` hears of each step. */
export async function reviewChange(
  context: ReviewChangeContext,
  change: Change,
  doing: (step: string) => void,
): Promise<ChangeReview> {
  const { client, blobs, core } = context
  doing('reading the policy and the changed files')
  const trees = await readTrees(client, change)
  const read = await readPolicy(client, blobs, change, trees)
  const policyBlob = trees.base.files.get(policyPath)?.sha ?? null
  if (read.kind === 'broken') return { kind: 'broken policy', change, problems: read.problems, policyBlob }
  const { policy } = read
  const changed = await readChangedFiles(client, change, trees)
  const disclosure = change.outsiders ? policy.numbers.public : policy.numbers.private
  const missing = new Set<string>()
  const present = changed.changed.flatMap(({ path, sha, status }) =>
    sha === null || status === 'removed' ? [] : [[path, sha] as const],
  )
  const { sources, review } = await context.analysis.run(Object.fromEntries(present), async () => {
    const sources = await readSources(client, blobs, core, policy, changed, trees)
    const history = await readHistory(client, blobs, core, policy, trees, sources)
    const gathered = { change, policy, trees, sources, disclosure }
    return { sources, review: history ? await reviewShares(context, { ...gathered, history }, doing, missing) : null }
  })
  const proposed = read.proposed.map(
    ({ path, line, message }) => `This pull request would break the policy file. \`${path}:${line}\`: ${message}`,
  )
  const blockers = [...proposed, ...unknownForm(change), ...(sources.incomplete ? [sources.incomplete] : [])]
  const cut = review && review.findings.length > policy.limits.findings
  if (cut) blockers.push(tooManyFindings(review.findings.length, policy.limits))
  const shown = cut ? { ...review, findings: bySeverity(review.findings).slice(0, policy.limits.findings) } : review
  const notes = [...read.notes, ...sources.notes]
  const missingFacts = missing.size > 0
  return {
    kind: 'reviewed',
    change,
    policy,
    sources,
    review: shown,
    disclosure,
    blockers,
    notes,
    missingFacts,
    policyBlob,
  }
}

/** A group whose ref cannot be read is not let through: whose overrides count for it is not known. */
function unknownForm({ from }: Change): string[] {
  if (from.kind === 'pull' || queuedPull(from.group) !== null) return []
  return [
    `The merge queue's branch has a form that is not known (\`${from.group.ref}\`), so the pull requests in it cannot be told.`,
  ]
}

/** The gathered facts of a change before its review. */
interface Gathered {
  change: Change
  policy: Policy
  trees: Trees
  sources: Sources
  history: HistoryFacts
  disclosure: Facts['disclosure']
}

function reviewShares(
  context: ReviewChangeContext,
  { change, policy, trees, sources, history, disclosure }: Gathered,
  doing: (step: string) => void,
  missing: Set<string>,
): Promise<Review> {
  const { databases, client, blobs, core } = context
  const shares = sharesOf(sources.migrations, history, databases, policy).map(({ database, migrations }) => {
    const { catalog, activity, name } = database ?? { catalog: null, activity: null, name: null }
    return {
      name,
      migrations,
      takes: (path: string) => databaseOf(path, databases, policy) === database,
      async catalog(needs: Needs) {
        // A snapshot in the repository is of the database that no entry of the policy names.
        const isNamed = migrations.some(({ path }) => entryOf(path, policy)?.database !== undefined)
        if (!catalog && isNamed) return { kind: 'none' } as const
        if (!catalog) return committedSnapshot(client, blobs, policy, change, trees.base)
        doing('reading schema and statistics of the database')
        const facts = await catalog(needs, policy)
        if (facts.kind === 'unreachable') missing.add(name)
        return facts
      },
      activity:
        activity &&
        (async (relations: Needs['relations']) => {
          doing('looking at the traffic on the primary')
          const facts = await activity(relations, policy)
          if (facts.kind === 'unreachable') missing.add(`traffic of ${name}`)
          return facts
        }),
    }
  })
  return reviewByDatabase(
    shares,
    {
      policy,
      code(names) {
        doing('searching the code')
        return searchCode(client, blobs, names, policy, change.head, trees.head, sources)
      },
      history,
      base() {
        doing("reading the base branch's migrations")
        return readBaseMigrations(client, blobs, core, policy, trees)
      },
      postgresVersion: null,
      now: client.now(),
      disclosure,
      skipped: sources.skipped,
    },
    core,
  )
}
