import type { Policy } from '../policy/policy.ts'
import type { CatalogFacts, Facts, Needs } from '../review/facts.ts'
import type { Review } from '../review/result.ts'
import type { Migration, Project, SourceFile } from '../runners/runner.ts'

/** The pure core as the app calls it; the server hands it in. */
export interface Core {
  configPaths(paths: Iterable<string>): string[]
  /** All migration paths of the project, in the order in which they run. */
  migrationPaths(project: Project, policy: Policy): string[]
  readMigrations(files: SourceFile[], project: Project, policy: Policy): Migration[]
  needs(migrations: Migration[]): Needs
  review(migrations: Migration[], facts: Facts, policy: Policy): Review
  /** True when a statement fails because something is missing or there already: the base branch may explain it. */
  wantsBase(review: Review): boolean
}

/**
 * Reads what is needed of a database, with the policy's session settings in mind (search path). Never throws: one that is
 * not there is `unreachable`.
 */
export type CatalogSource = (needs: Needs, policy: Policy) => Promise<CatalogFacts>
