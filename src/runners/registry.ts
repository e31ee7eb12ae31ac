// Written by `npm run docs` from the files beside it; CI fails when it is stale.
import { runner as dbmate } from './dbmate.ts'
import { runner as diesel } from './diesel.ts'
import { runner as drizzle } from './drizzle.ts'
import { runner as flyway } from './flyway.ts'
import { runner as golangMigrate } from './golang-migrate.ts'
import { runner as goose } from './goose.ts'
import { runner as plain } from './plain.ts'
import { runner as prisma } from './prisma.ts'
import type { Runner } from './runner.ts'
import { runner as sqlMigrate } from './sql-migrate.ts'
import { runner as sqlx } from './sqlx.ts'

/** Every runner, by its name. */
export const runners: readonly Runner[] = [
  dbmate,
  diesel,
  drizzle,
  flyway,
  golangMigrate,
  goose,
  plain,
  prisma,
  sqlMigrate,
  sqlx,
]
