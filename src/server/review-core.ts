import type { Core } from '../github/core.ts'
import { prepareLanguages } from '../languages/prepare-languages.ts'
import { reviewCore } from '../review/gather-and-review.ts'
import { chooseMigrations, worthReading } from '../runners/choosing/choose.ts'
import { mayBeModel, modelNotice } from '../runners/choosing/model-changes.ts'
import { configPaths, migrationPaths, readMigrations } from '../runners/read-migrations.ts'

/** The pure core, put together for the app. `loadParser` has to have been awaited. */
export const core: Core = {
  configPaths,
  migrationPaths,
  worthReading,
  chooseMigrations,
  modelNotice,
  mayBeModel,
  readMigrations,
  prepareLanguages,
  ...reviewCore,
}
