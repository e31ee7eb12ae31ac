import { beforeAll, describe, expect, test } from 'vitest'
import { prepareLanguages } from '../../src/languages/prepare-languages.ts'
import type { PlanStep } from '../../src/plans/plan.ts'
import { inToolCode } from '../../src/plans/tool-calls.ts'
import { defaultPolicy } from '../../src/policy/policy.ts'
import { readMigrations } from '../../src/runners/read-migrations.ts'
import { loadParser } from '../../src/sql/parse.ts'
import { planOf } from '../support/alternatives.ts'

/** A step's code, in a file of the tool, is read back as the same statement in the same transaction. */

const backfill = `DO $backfill$
BEGIN
  UPDATE orders SET note = 'it''s \\ \`here\`' WHERE id > 0;
  COMMIT;
END
$backfill$;`
const index = 'CREATE INDEX CONCURRENTLY "Odd ""name" ON orders (region);'
const alter = `ALTER TABLE orders ADD CONSTRAINT "a'b" CHECK (region <> 'x') NOT VALID;`

interface ToolForm {
  path: string
  /** A file of the tool: the calls, and what marks it as one outside a transaction. */
  file(calls: string, outside: string): string
}

const indent = (text: string, by: string): string => text.replace(/^(?=.)/gm, by)

const forms: Record<string, ToolForm> = {
  knex: {
    path: 'migrations/20260101_x.js',
    file: (calls, outside) =>
      `${outside}\nexport async function up(knex) {\n${calls}\n}\nexport async function down() {}\n`,
  },
  typeorm: {
    path: 'src/migrations/1767225600000-X.ts',
    file: (calls, outside) =>
      `import { MigrationInterface, QueryRunner } from 'typeorm'\nexport class X1767225600000 implements MigrationInterface {\n${outside}\nasync up(queryRunner: QueryRunner) {\n${calls}\n}\nasync down() {}\n}\n`,
  },
  'mikro-orm': {
    path: 'migrations/Migration20260101120000.ts',
    file: (calls, outside) =>
      `import { Migration } from '@mikro-orm/migrations'\nexport class Migration20260101120000 extends Migration {\n${outside}\noverride up(): void {\n${calls}\n}\n}\n`,
  },
  sequelize: {
    path: 'migrations/20260101120000-x.js',
    file: (calls) => `module.exports = {\nasync up(queryInterface) {\n${calls}\n},\nasync down() {}\n}\n`,
  },
  kysely: {
    path: 'migrations/20260101_x.ts',
    file: (calls) =>
      `import { type Kysely, sql } from 'kysely'\nexport async function up(db: Kysely<unknown>) {\n${calls}\n}\n`,
  },
  'node-pg-migrate': {
    path: 'migrations/1767225600000_x.js',
    file: (calls, outside) => `export const up = (pgm) => {\n${outside}\n${calls}\n}\nexport const down = false\n`,
  },
  'db-migrate': {
    path: 'migrations/20260101120000-x.js',
    file: (calls) => `exports.up = async function (db) {\n${calls}\n}\nexports.down = async function () {}\n`,
  },
  rails: {
    path: 'db/migrate/20260101120000_x.rb',
    file: (calls, outside) =>
      `class X < ActiveRecord::Migration[7.1]\n  ${outside}\n\n  def up\n${indent(calls, '    ')}\n  end\n\n  def down\n  end\nend\n`,
  },
  django: {
    path: 'shop/migrations/0002_x.py',
    file: (calls, outside) =>
      `from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    ${outside}\n    dependencies = []\n    operations = [\n${calls}\n    ]\n`,
  },
  alembic: {
    path: 'alembic/versions/abc_x.py',
    file: (calls) =>
      `from alembic import op\n\nrevision = 'abc'\ndown_revision = None\n\n\ndef upgrade():\n${calls.startsWith('with ') ? pythonBlock(calls) : `    ${calls}`}\n\n\ndef downgrade():\n    pass\n`,
  },
  ecto: {
    path: 'priv/repo/migrations/20260101120000_x.exs',
    file: (calls, outside) =>
      `defmodule Repo.Migrations.X do\n  use Ecto.Migration\n${outside}\n\n  def up do\n${calls}\n  end\n\n  def down do\n  end\nend\n`,
  },
}

/** Only the first line of a call is at the beginning of a line. */
function pythonBlock(calls: string): string {
  const [first = '', second = '', ...rest] = calls.split('\n')
  return [`    ${first}`, `    ${second}`, ...rest].join('\n')
}

beforeAll(async () => {
  await loadParser()
  await prepareLanguages(Object.values(forms).map(({ path }) => path))
})

describe.each(Object.keys(forms))('%s', (runner) => {
  const form = forms[runner]
  if (!form) return

  test.each([
    ['an index outside a transaction', index, 'none'],
    ['a backfill', backfill, 'none'],
    ['a constraint in a transaction', alter, 'own'],
  ] as const)('%s', (_title, sql, transaction) => {
    const [step] = inToolCode(planOf('p', [{ sql, transaction, file: 1 }]).steps, runner, form.path)
    const { marker, call } = partsOf(step)
    const text = form.file(call, marker)
    const policy = { ...defaultPolicy, runner }
    const project = { paths: new Set([form.path]), text: (path: string) => (path === form.path ? text : null) }
    const migrations = readMigrations([{ path: form.path, text, problem: null }], project, policy)
    const up = migrations.filter(({ direction }) => direction === 'up')
    expect(up.map(({ unreadable }) => unreadable).filter((reason) => reason !== null)).toEqual([])
    const statements = up.flatMap((migration) => migration.statements.map((statement) => ({ migration, statement })))
    const own = statements.filter(({ statement }) => !/^(BEGIN|COMMIT|SET)\b/i.test(statement.sql ?? ''))
    expect(own.map(({ statement }) => statement.sql?.trim())).toEqual([sql.replace(/;$/, '')])
    const couldLeave = step?.code?.text !== call || /autocommit_block/.test(text)
    if (transaction === 'none' && couldLeave) {
      const isOutside =
        own[0]?.migration.wrapping === 'autocommit' || /^COMMIT/i.test(statements[0]?.statement.sql ?? '')
      expect(isOutside, text).toBe(true)
    }
  })
})

function partsOf(step: PlanStep | undefined): { marker: string; call: string } {
  const code = step?.code?.text ?? ''
  const at = code.indexOf('\n\n')
  const hasMarker = at > 0 && !/^(await|this|pgm|execute|migrations|op|with)\b/.test(code)
  const first = code.startsWith('pgm.noTransaction()') ? 'pgm.noTransaction()' : null
  if (first) return { marker: first, call: code.slice(first.length).trim() }
  return hasMarker ? { marker: code.slice(0, at), call: code.slice(at + 2) } : { marker: '', call: code }
}
