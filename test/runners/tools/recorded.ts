/** What the real tools sent for the fixtures: written by `npm run truth:tools`. */
export interface Recorded {
  tool: string
  version: string
  /** Each message that the server was sent, in order, by file and direction. */
  files: { name: string; up: string[]; down: string[] }[]
}

/** Queries by which tools look at the catalog. */
const asked = String.raw`^\s*(?:select|show|with)\b[\s\S]*(?:information_schema|\bpg_(?:catalog|class|type|index|constraint|namespace|tables|enum|attribute|advisory)\b|current_schema\(|\bSHOW |version\(\))|^\s*SHOW\b`

/** The tools of the harness: their driver, fixtures, package, and what they send for themselves. */
export const tools: {
  name: string
  runner: string
  driver: string
  fixtures: string
  package: string
  own: RegExp
  env: Record<string, string>
}[] = [
  tool('typeorm', {
    own: /"migrations"|(?:INTO|FROM) "typeorm_metadata"|SELECT \* FROM current_(?:schema|database)|SELECT 1$|pg_database/,
  }),
  {
    ...tool('typeorm-0.3', {
      own: /"migrations"|(?:INTO|FROM) "typeorm_metadata"|SELECT \* FROM current_(?:schema|database)|SELECT 1$|pg_database/,
    }),
    runner: 'typeorm',
    driver: 'typeorm',
    fixtures: 'typeorm',
    package: 'typeorm-0.3',
    env: { TYPEORM: 'typeorm-0.3' },
  },
  {
    ...tool('mikro-orm', {
      own: /mikro_orm_migrations|SET names|set names|select 1$|session_replication_role|savepoint|from pg_database/i,
    }),
    package: '@mikro-orm/migrations',
  },
  tool('db-migrate', { own: /"migrations"|search_path|show server_version/i }),
  tool('knex', { own: /knex_migrations|select version\(\)|SELECT 1\b/i }),
  tool('sequelize', {
    own: /SequelizeMeta|SHOW SERVER_VERSION|SET client_min_messages|typname, typtype|SET standard_conforming/i,
  }),
  tool('node-pg-migrate', { own: /pgmigrations|SELECT 1 AS x/i }),
  tool('kysely', { own: /kysely_migration|advisory_xact|pg_advisory/i }),
]

function tool(name: string, { own }: { own: RegExp }): (typeof tools)[number] {
  return {
    name,
    runner: name,
    driver: name,
    fixtures: name,
    package: name,
    own: new RegExp(`${own.source}|${asked}`, 'i'),
    env: {},
  }
}
