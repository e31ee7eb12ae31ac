import type { ActivityFacts } from '../forecast/activity.ts'
import type { Policy } from '../policy/policy.ts'
import type { CatalogFacts, Needs } from '../review/facts.ts'
import type { ReviewCore } from '../review/gather-and-review.ts'
import type { Territory } from '../review/review-by-database.ts'
import type { Chosen } from '../runners/choosing/choose.ts'
import type { ChangedText } from '../runners/choosing/model-changes.ts'
import type { Migration, Project, SourceFile } from '../runners/runner.ts'

/** The pure core as the app calls it; the server hands it in. */
export interface Core extends ReviewCore {
  configPaths(paths: Iterable<string>): string[]
  /** All migration paths of the project, in the order in which they run. */
  migrationPaths(project: Project, policy: Policy): string[]
  /** True when a changed file has to be read to know whether it is a migration; `patch` is what the change adds to it. */
  worthReading(path: string, patch: string | null, project: Project, policy: Policy): boolean
  /** The migrations among files that were read. */
  chooseMigrations(files: SourceFile[], project: Project, policy: Policy): Chosen
  /** One sentence about model files whose schema changes without a migration, or null. */
  modelNotice(changes: ChangedText[]): string | null
  /** True for a file that {@link Core.modelNotice} wants to see. */
  mayBeModel(path: string): boolean
  /** Loads the parsers that these files take; awaited before {@link readMigrations}. */
  prepareLanguages(paths: Iterable<string>): Promise<void>
  readMigrations(files: SourceFile[], project: Project, policy: Policy): Migration[]
}

/**
 * Reads what is needed of a database, with the policy's session settings in mind (search path). Never throws: one that is
 * not there is `unreachable`.
 */
export type CatalogSource = (needs: Needs, policy: Policy) => Promise<CatalogFacts>

/** Asks the primary what goes on on these relations. Never throws: one that is not there is `unreachable`. */
export type ActivitySource = (relations: Needs['relations'], policy: Policy) => Promise<ActivityFacts>

/** A database that a repository may be compared with: the server says which, never a file in the repository. */
export interface RepositoryDatabase extends Territory {
  name: string
  /** Null: the snapshot that the base branch's policy names. */
  catalog: CatalogSource | null
  /** Null: traffic is unknown. */
  activity: ActivitySource | null
}
