import type { PlanStep } from './plan.ts'

/** How a migration tool with code sends one statement, and how its file says that it runs outside a transaction. */
interface ToolCalls {
  /** The call, without indentation; null where the SQL cannot be written so. */
  call(sql: string): string | null
  /** A line of the file or of its class; null where the tool has none. */
  outside: string | null
  /** Several calls in one transaction, where the tool opens none by itself. */
  inTransaction?(calls: string[]): string[]
  /** Calls outside the tool's transaction, where a block says so and not the file. */
  inBlock?(calls: string[]): string[]
}

/** In JavaScript's own quotes, which keep the lines. */
function template(sql: string): string {
  return `\`${sql.replace(/[\\`]|\$\{/g, (text) => `\\${text}`)}\``
}

/** As raw text in Python. */
function python(sql: string): string | null {
  return sql.includes('"""') || sql.endsWith('"') ? null : `r"""${sql}"""`
}

const calls: Readonly<Record<string, ToolCalls>> = {
  // Knex takes a question mark for a parameter.
  knex: {
    call: (sql) => (sql.includes('?') ? null : `await knex.raw(${template(sql)})`),
    outside: 'export const config = { transaction: false }',
  },
  typeorm: { call: (sql) => `await queryRunner.query(${template(sql)})`, outside: 'transaction = false' },
  'mikro-orm': {
    call: (sql) => `this.addSql(${template(sql)})`,
    outside: 'override isTransactional(): boolean { return false }',
  },
  sequelize: {
    call: (sql) => `await queryInterface.sequelize.query(${template(sql)})`,
    outside: null,
    inTransaction: (all) => [
      'await queryInterface.sequelize.transaction(async (transaction) => {',
      ...all.map((text) => `  ${text.replace(/\)$/, ', { transaction })')}`),
      '})',
    ],
  },
  kysely: { call: (sql) => `await sql${template(sql)}.execute(db)`, outside: null },
  'node-pg-migrate': { call: (sql) => `pgm.sql(${template(sql)})`, outside: 'pgm.noTransaction()' },
  'db-migrate': { call: (sql) => `await db.runSql(${template(sql)})`, outside: null },
  rails: {
    call: (sql) => (/^SQL$/m.test(sql) ? null : `execute <<~'SQL'\n${sql.replace(/^(?=.)/gm, '  ')}\nSQL`),
    outside: 'disable_ddl_transaction!',
  },
  django: {
    call(sql) {
      const text = python(sql)
      return text === null ? null : `migrations.RunSQL([${text}]),`
    },
    outside: 'atomic = False',
  },
  alembic: {
    call(sql) {
      const text = python(sql)
      return text === null ? null : `op.execute(${text})`
    },
    outside: null,
    inBlock: (all) => ['with op.get_context().autocommit_block():', ...all.map((text) => `    ${text}`)],
  },
  ecto: {
    call: (sql) => (sql.includes('"""') ? null : `execute(~S"""\n${sql}\n""")`),
    outside: '@disable_ddl_transaction true\n@disable_migration_lock true',
  },
}

const languages: Readonly<Record<string, string>> = {
  ts: 'typescript',
  mts: 'typescript',
  cts: 'typescript',
  js: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  rb: 'ruby',
  py: 'python',
  ex: 'elixir',
  exs: 'elixir',
}

/** The calls of a runner whose file is code; null for SQL. */
function toolCallsOf(runner: string, path: string): (ToolCalls & { language: string }) | null {
  const language = languages[/\.(\w+)$/.exec(path)?.[1] ?? '']
  const found = calls[runner]
  return language === undefined || found === undefined ? null : { ...found, language }
}

/** The steps with the same in the tool's language: the first of a file outside a transaction with what says so. */
export function inToolCode(steps: PlanStep[], runner: string, path: string): PlanStep[] {
  const tool = toolCallsOf(runner, path)
  if (tool === null) return steps
  return steps.map((step, at) => {
    if (step.sql === null || step.file === null || (step.kind !== 'migration' && step.kind !== 'backfill')) return step
    const call = tool.call(withoutSemicolon(step.sql))
    if (call === null) return step
    const isFirst = steps[at - 1]?.file !== step.file
    const marker = step.transaction === 'none' && isFirst && tool.outside !== null ? [tool.outside, ''] : []
    const lines = step.transaction === 'none' && tool.inBlock ? tool.inBlock([call]) : [call]
    return { ...step, code: { language: tool.language, text: [...marker, ...lines].join('\n') } }
  })
}

function withoutSemicolon(sql: string): string {
  return sql.replace(/;\s*$/, '')
}
