// Written by `npm run docs` from the files of src/runners/; CI fails when it is stale.

/** Names of the migration tools that a policy may name. */
export const runnerNames = [
  'atlas',
  'db-migrate',
  'dbmate',
  'diesel',
  'drizzle',
  'flyway',
  'golang-migrate',
  'goose',
  'graphile-migrate',
  'liquibase-sql',
  'mikro-orm',
  'plain',
  'pop',
  'postgrator',
  'postgres-migrations',
  'prisma',
  'rails',
  'refinery',
  'sqitch',
  'sql-migrate',
  'sqlx',
  'supabase',
  'tern',
  'typeorm',
] as const
