import type { Policy, PolicyProblem } from '../policy/policy.ts'
import type { Facts, HistoryFacts, Needs } from '../review/facts.ts'
import type { Review } from '../review/result.ts'
import { databaseOf, reviewByDatabase, sharesOf } from '../review/review-by-database.ts'
import { type Change, queuedPull } from './change.ts'
import type { RepositoryClient } from './client/port.ts'
import type { Core, RepositoryDatabase } from './core.ts'
import type { BlobCache } from './gather/blobs.ts'
import { searchCode } from './gather/code-search.ts'
import { readPolicy } from './gather/policy-file.ts'
import { committedSnapshot } from './gather/snapshot-file.ts'
import { readBaseMigrations, readHistory, readSources, readTrees, type Sources, type Trees } from './gather/sources.ts'

export interface ReviewChangeDeps {
  client: RepositoryClient
  core: Core
  /** The databases this repository may be compared with, as the server's config lists them. */
  databases: RepositoryDatabase[]
  blobs: BlobCache
}

/** What was found in a change. */
export type ChangeReview =
  | {
      kind: 'reviewed'
      change: Change
      policy: Policy
      sources: Sources
      /** Null when the change brings no migration. */
      review: Review | null
      disclosure: Facts['disclosure']
      /** What fails the check besides findings, and what the reader should know; sentences. */
      blockers: string[]
      notes: string[]
    }
  | { kind: 'broken policy'; change: Change; problems: PolicyProblem[] }

/** Gathers what a change brings and reviews it by the policy of its base branch. `doing` hears of each step. */
export async function reviewChange(
  deps: ReviewChangeDeps,
  change: Change,
  doing: (step: string) => void,
): Promise<ChangeReview> {
  const { client, blobs, core } = deps
  doing('reading the policy and the changed files')
  const trees = await readTrees(client, change)
  const read = await readPolicy(client, blobs, change, trees)
  if (read.kind === 'broken') return { kind: 'broken policy', change, problems: read.problems }
  const { policy } = read
  const sources = await readSources(client, blobs, core, policy, change, trees)
  const disclosure = change.outsiders ? policy.numbers.public : policy.numbers.private
  const history = await readHistory(client, blobs, core, policy, trees, sources)
  const review = history ? await reviewed(deps, { change, policy, trees, sources, history, disclosure }, doing) : null
  const proposed = read.proposed.map(
    ({ path, line, message }) => `This pull request would break the policy file. \`${path}:${line}\`: ${message}`,
  )
  const blockers = [...proposed, ...unknownForm(change), ...(sources.incomplete ? [sources.incomplete] : [])]
  const notes = [...read.notes, ...sources.notes]
  return { kind: 'reviewed', change, policy, sources, review, disclosure, blockers, notes }
}

/** A group whose ref cannot be read is not let through: whose overrides count for it is not known. */
function unknownForm({ from }: Change): string[] {
  if (from.kind === 'pull' || queuedPull(from.group) !== null) return []
  return [
    `The merge queue's branch has a form that is not known (\`${from.group.ref}\`), so the pull requests in it cannot be told.`,
  ]
}

/** What was read of a change before it is reviewed. */
interface Gathered {
  change: Change
  policy: Policy
  trees: Trees
  sources: Sources
  history: HistoryFacts
  disclosure: Facts['disclosure']
}

function reviewed(
  deps: ReviewChangeDeps,
  { change, policy, trees, sources, history, disclosure }: Gathered,
  doing: (step: string) => void,
): Promise<Review> {
  const { databases, client, blobs, core } = deps
  const shares = sharesOf(sources.migrations, history, databases).map(({ database, migrations }) => {
    const { catalog, activity, name } = database ?? { catalog: null, activity: null, name: null }
    return {
      name,
      migrations,
      takes: (path: string) => databaseOf(path, databases) === database,
      async catalog(needs: Needs) {
        if (!catalog) return committedSnapshot(client, blobs, policy, change, trees.base)
        doing('reading schema and statistics of the database')
        return catalog(needs, policy)
      },
      activity:
        activity &&
        ((relations: Needs['relations']) => {
          doing('looking at what goes on on the primary')
          return activity(relations, policy)
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
