// Written by `npm run docs` from the files beside it; CI fails when it is stale.
import { runner as alembic } from './alembic/alembic.ts'
import { runner as atlas } from './atlas.ts'
import { runner as dbMigrate } from './db-migrate.ts'
import { runner as dbmate } from './dbmate.ts'
import { runner as diesel } from './diesel.ts'
import { runner as django } from './django/django.ts'
import { runner as drizzle } from './drizzle.ts'
import { runner as ecto } from './ecto/ecto.ts'
import { runner as flyway } from './flyway.ts'
import { runner as golangMigrate } from './golang-migrate.ts'
import { runner as goose } from './goose.ts'
import { runner as graphileMigrate } from './graphile-migrate.ts'
import { runner as knex } from './knex.ts'
import { runner as kysely } from './kysely.ts'
import { runner as liquibaseSql } from './liquibase-sql.ts'
import { runner as mikroOrm } from './mikro-orm.ts'
import { runner as nodePgMigrate } from './node-pg-migrate.ts'
import { runner as plain } from './plain.ts'
import { runner as pop } from './pop.ts'
import { runner as postgrator } from './postgrator.ts'
import { runner as postgresMigrations } from './postgres-migrations.ts'
import { runner as prisma } from './prisma.ts'
import { runner as rails } from './rails/rails.ts'
import { runner as refinery } from './refinery.ts'
import type { Runner } from './runner.ts'
import { runner as sequelize } from './sequelize.ts'
import { runner as sqitch } from './sqitch.ts'
import { runner as sqlMigrate } from './sql-migrate.ts'
import { runner as sqlx } from './sqlx.ts'
import { runner as supabase } from './supabase.ts'
import { runner as tern } from './tern.ts'
import { runner as typeorm } from './typeorm.ts'

/** Every runner, by its name. */
export const runners: readonly Runner[] = [
  alembic,
  atlas,
  dbMigrate,
  dbmate,
  diesel,
  django,
  drizzle,
  ecto,
  flyway,
  golangMigrate,
  goose,
  graphileMigrate,
  knex,
  kysely,
  liquibaseSql,
  mikroOrm,
  nodePgMigrate,
  plain,
  pop,
  postgrator,
  postgresMigrations,
  prisma,
  rails,
  refinery,
  sequelize,
  sqitch,
  sqlMigrate,
  sqlx,
  supabase,
  tern,
  typeorm,
]
