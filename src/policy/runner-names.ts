// Written by `npm run docs` from the files of src/runners/; CI fails when it is stale.

/** Names of the migration tools that a policy may name. */
export const runnerNames = [
  'dbmate',
  'diesel',
  'drizzle',
  'flyway',
  'golang-migrate',
  'goose',
  'plain',
  'prisma',
  'sql-migrate',
  'sqlx',
] as const
