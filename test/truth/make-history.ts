import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Catalog } from '../../src/catalog/catalog.ts'
import { analyzeStatement } from '../../src/effects/analyze.ts'
import { parseOne } from '../../src/sql/parse.ts'
import { refusesTransaction } from '../../src/sql/refuses-transaction.ts'
import { numbers, randomStatement, typesOfRandomStatements } from './random.ts'

/** How one tool lays out a migration: its files by path, from what goes up and what would take it back. */
type Style = (number: number, up: string[], down: string[]) => Record<string, string>

const text = (statements: string[]): string => statements.map((statement) => `${statement};\n`).join('')
const stamp = (number: number): string => String(20_200_101_000_000 + number)

/** The tools whose SQL files are read, each as its own project. */
export const styles: Record<string, Style> = {
  plain: (number, up) => ({ [`migrations/${String(number).padStart(4, '0')}.sql`]: text(up) }),
  flyway: (number, up, down) => ({
    [`db/migration/V${number}__change.sql`]: text(up),
    [`db/migration/U${number}__change.sql`]: text(down),
  }),
  goose: (number, up, down) => ({
    [`migrations/${stamp(number)}_change.sql`]: `-- +goose Up\n${up.map((name) => (name.includes('$$') || name.includes("'begin") ? `-- +goose StatementBegin\n${name};\n-- +goose StatementEnd\n` : `${name};\n`)).join('')}-- +goose Down\n${text(down)}`,
  }),
  'sql-migrate': (number, up, down) => ({
    [`migrations/${number}-change.sql`]: `-- +migrate Up\n${text(up)}\n-- +migrate Down\n${text(down)}`,
  }),
  dbmate: (number, up, down) => ({
    [`db/migrations/${stamp(number)}_change.sql`]: `-- migrate:up\n${text(up)}\n-- migrate:down\n${text(down)}`,
  }),
  diesel: (number, up, down) => ({
    [`migrations/${stamp(number)}_change/up.sql`]: text(up),
    [`migrations/${stamp(number)}_change/down.sql`]: text(down),
  }),
  sqlx: (number, up, down) => ({
    [`migrations/${stamp(number)}_change.up.sql`]: text(up),
    [`migrations/${stamp(number)}_change.down.sql`]: text(down),
  }),
  'golang-migrate': (number, up, down) => ({
    [`migrations/${String(number).padStart(6, '0')}_change.up.sql`]: text(up),
    [`migrations/${String(number).padStart(6, '0')}_change.down.sql`]: text(down),
  }),
  prisma: (number, up) => ({
    [`prisma/migrations/${stamp(number)}_change/migration.sql`]: up.map((name) => `-- Change\n${name};\n`).join('\n'),
  }),
  drizzle: (number, up) => ({
    [`drizzle/${String(number).padStart(4, '0')}_change.sql`]: up
      .map((name) => `${name};`)
      .join('--> statement-breakpoint\n'),
  }),
}

/**
 * Writes a history of so many migrations in one tool's style: random statements of which the model says that they run,
 * since a project's files run. The same seed writes the same files. What goes down would drop what stands.
 */
export function writeHistory(
  folder: string,
  style: string,
  options: { files: number; seed: number; serverVersion: number },
): void {
  const layout = styles[style]
  if (!layout) throw new Error(`no style ${style}: one of ${Object.keys(styles).join(', ')}`)
  const catalog = new Catalog({ snapshot: null, knowledge: 'read', serverVersion: options.serverVersion })
  const next = numbers(options.seed)
  const journal: { idx: number; tag: string; when: number }[] = []
  for (let number = 1; number <= options.files; number++) {
    const up = number === 1 ? [...typesOfRandomStatements] : []
    for (const sql of up) analyzeStatement(parseOne(sql), catalog, { timeZone: 'UTC' })
    const length = up.length + 1 + Math.floor(next() * 6)
    for (let tries = 0; up.length < length && tries < 60; tries++) {
      const sql = randomStatement(next, catalog)
      const node = parseOne(sql)
      if (refusesTransaction(node) || /add value/.test(sql)) continue
      if (!analyzeStatement(node, catalog, { timeZone: 'UTC' }).fails) up.push(sql)
    }
    const [table] = [...catalog.all()].filter((relation) => relation.kind === 'table')
    const files = layout(number, up, [`drop table if exists ${table?.name ?? 'nothing'} cascade`])
    for (const [path, content] of Object.entries(files)) {
      const at = join(folder, path)
      mkdirSync(dirname(at), { recursive: true })
      writeFileSync(at, content)
    }
    if (style === 'drizzle')
      journal.push({ idx: number - 1, tag: `${String(number).padStart(4, '0')}_change`, when: number })
  }
  if (style === 'prisma')
    writeFileSync(join(folder, 'prisma/migrations/migration_lock.toml'), 'provider = "postgresql"\n')
  if (style !== 'drizzle') return
  mkdirSync(join(folder, 'drizzle/meta'), { recursive: true })
  writeFileSync(
    join(folder, 'drizzle/meta/_journal.json'),
    JSON.stringify({ version: '7', dialect: 'postgresql', entries: journal }),
  )
}
