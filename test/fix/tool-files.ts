import { createHash } from 'node:crypto'

/** A migration in the form of a tool, with the files beside it that the tool needs. */
interface ToolFile {
  path: string
  text: string
  /** Other files by path. */
  beside: Record<string, string>
}

/** Every runner with SQL files: its own form of a file that holds `sql`. */
export const toolFiles: Readonly<Record<string, (sql: string) => ToolFile>> = {
  plain: (sql) => ({ path: 'migrations/001_shop.sql', text: sql, beside: {} }),
  prisma: (sql) => ({
    path: 'prisma/migrations/20260101120000_shop/migration.sql',
    text: sql,
    beside: { 'prisma/migrations/migration_lock.toml': 'provider = "postgresql"\n' },
  }),
  drizzle: (sql) => ({
    path: 'drizzle/0001_shop.sql',
    text: sql,
    beside: {
      'drizzle/meta/_journal.json': `${JSON.stringify({ version: '7', dialect: 'postgresql', entries: [{ idx: 1, version: '7', when: 1767225600000, tag: '0001_shop', breakpoints: true }] }, null, 2)}\n`,
      'drizzle/meta/0001_snapshot.json': JSON.stringify(
        { id: '11111111-2222-4333-8444-555555555555', prevId: '0', tables: {} },
        null,
        2,
      ),
    },
  }),
  supabase: (sql) => ({ path: 'supabase/migrations/20260101120000_shop.sql', text: sql, beside: {} }),
  flyway: (sql) => ({ path: 'src/main/resources/db/migration/V2__shop.sql', text: sql, beside: {} }),
  'liquibase-sql': (sql) => ({
    path: 'changelog/shop.sql',
    text: `--liquibase formatted sql\n\n--changeset ann:1\n${sql}\n--rollback DROP TABLE nothing;\n`,
    beside: {},
  }),
  'golang-migrate': (sql) => ({
    path: 'db/000002_shop.up.sql',
    text: sql,
    beside: { 'db/000002_shop.down.sql': 'SELECT 1;\n' },
  }),
  goose: (sql) => ({
    path: 'db/00002_shop.sql',
    text: `-- +goose Up\n${statements(sql, 'goose')}\n\n-- +goose Down\nSELECT 1;\n`,
    beside: {},
  }),
  'sql-migrate': (sql) => ({
    path: 'db/2-shop.sql',
    text: `-- +migrate Up\n${statements(sql, 'migrate')}\n\n-- +migrate Down\nSELECT 1;\n`,
    beside: {},
  }),
  dbmate: (sql) => ({
    path: 'db/migrations/20260101120000_shop.sql',
    text: `-- migrate:up\n${sql}\n\n-- migrate:down\nSELECT 1;\n`,
    beside: {},
  }),
  atlas(sql) {
    const running = createHash('sha256').update('20260101120000_shop.sql').update(sql).digest('base64')
    const whole = createHash('sha256').update('20260101120000_shop.sql').update(running).digest('base64')
    return {
      path: 'migrations/20260101120000_shop.sql',
      text: sql,
      beside: { 'migrations/atlas.sum': `h1:${whole}\n20260101120000_shop.sql h1:${running}\n` },
    }
  },
  sqlx: (sql) => ({ path: 'migrations/20260101120000_shop.sql', text: sql, beside: {} }),
  diesel: (sql) => ({
    path: 'migrations/2026-01-01-120000_shop/up.sql',
    text: sql,
    beside: { 'migrations/2026-01-01-120000_shop/down.sql': 'SELECT 1;\n' },
  }),
  postgrator: (sql) => ({ path: 'db/002.do.shop.sql', text: sql, beside: { 'db/002.undo.shop.sql': 'SELECT 1;\n' } }),
  'postgres-migrations': (sql) => ({ path: 'migrations/2_shop.sql', text: sql, beside: {} }),
  'graphile-migrate': (sql) => ({ path: 'migrations/current.sql', text: sql, beside: { '.gmrc': '{}' } }),
  sqitch: (sql) => ({
    path: 'deploy/shop.sql',
    text: `-- Deploy shop\n\nBEGIN;\n\n${sql}\n\nCOMMIT;\n`,
    beside: {
      'sqitch.plan': '%syntax-version=1.0.0\n%project=shop\n\nshop 2026-01-01T12:00:00Z Ann <ann@example.com> # shop\n',
    },
  }),
  pop: (sql) => ({
    path: 'migrations/20260101120000_shop.postgres.up.sql',
    text: sql,
    beside: { 'migrations/20260101120000_shop.postgres.down.sql': 'SELECT 1;\n' },
  }),
  refinery: (sql) => ({ path: 'migrations/V2__shop.sql', text: sql, beside: {} }),
  tern: (sql) => ({
    path: 'db/002_shop.sql',
    text: `${sql}\n\n---- create above / drop below ----\n\nSELECT 1;\n`,
    beside: {},
  }),
}

/** Functions and blocks are marked where the tool splits at semicolons. */
function statements(sql: string, tool: string): string {
  return /\$\w*\$|BEGIN ATOMIC/.test(sql) ? `-- +${tool} StatementBegin\n${sql}\n-- +${tool} StatementEnd` : sql
}
