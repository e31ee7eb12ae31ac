import { readFileSync } from 'node:fs'
import pg from 'pg'
import { defaultPolicy, type Policy } from '../../src/policy/policy.ts'
import { readWholeCatalog, wholeDefaults } from '../../src/replica/read-replica.ts'
import { nothingGathered } from '../../src/review/facts.ts'
import type { Plan, PlanStep } from '../../src/review/result.ts'
import { review } from '../../src/review/review.ts'
import { readMigrations } from '../../src/runners/read-migrations.ts'
import { type Description, describeDatabase, differences } from '../../src/shadow/describe.ts'
import { othersAtWork } from '../../src/shadow/others-at-work.ts'
import { loadParser } from '../../src/sql/parse.ts'
import type { PostgresServer } from '../support/postgres.ts'
import { type Manner, planFollowed } from './follow-manner.ts'

export interface PlanCase {
  sql: string
  /** Runs before, on top of schema.sql, as the owner. */
  setup?: string
  /** Each statement by itself instead of one transaction. */
  autocommit?: boolean
  /** Differences that the plan names in `changes`, or that chance makes. */
  allows?: RegExp
  /** The oldest major that has the syntax. */
  from?: number
  /** What a person would do in a window, where the server refuses the statement alone. */
  instead?: string
  /** `member`: a role runs it that the owner’s is granted to. */
  role?: 'member'
}

export type Outcome =
  | { kind: 'right'; pattern: string; waitedMs: number }
  | { kind: 'no way'; reason: string }
  /** No finding: the statement is let through as it is. */
  | { kind: 'as it is' }
  /** The original statement fails, so that there is nothing to compare. */
  | { kind: 'original fails'; message: string }
  | { kind: 'wrong'; reasons: string[]; steps: string[] }

const schema = readFileSync(new URL('./schema.sql', import.meta.url), 'utf8')
const owner = 'plans_owner'
const member = 'plans_member'

/** Tries plans on one server: the original on one copy of the database, the plan on another, with others at work. */
export async function planStage(server: PostgresServer) {
  await loadParser()
  await server.run(`CREATE ROLE ${owner} LOGIN PASSWORD 'plans'`)
  await server.run(`CREATE ROLE ${member} LOGIN PASSWORD 'plans' IN ROLE ${owner}`)
  await server.run(`CREATE DATABASE plans OWNER ${owner}`)
  await as(server, 'plans', 'postgres', (client) => client.query(`ALTER SCHEMA public OWNER TO ${owner}`))
  await as(server, 'plans', owner, (client) => client.query(schema))
  await as(server, 'plans', 'postgres', (client) => client.query('VACUUM ANALYZE'))
  let copies = 0
  const copy = async (setup: string | undefined): Promise<string> => {
    const name = `copy_${++copies}`
    await server.run(
      `CREATE DATABASE ${name} TEMPLATE plans OWNER ${owner}${server.version >= 15 ? ' STRATEGY file_copy' : ''}`,
    )
    if (setup) {
      await as(server, name, owner, (client) => client.query(setup))
      await as(server, name, owner, (client) => client.query('ANALYZE'))
    }
    return name
  }
  return {
    /** `known`: what the original makes, from an earlier run of the same case on the same major. */
    async original(planCase: PlanCase): Promise<Original> {
      const name = await copy(planCase.setup)
      try {
        const failure = await as(server, name, roleOf(planCase), (client) => originalRun(client, planCase)).catch(
          (error: Error) => error,
        )
        if (failure instanceof Error) return { kind: 'fails', message: failure.message }
        const made = await as(server, name, 'postgres', (client) => describeDatabase(client, server.version))
        return { kind: 'made', made }
      } finally {
        await server.run(`DROP DATABASE ${name} WITH (FORCE)`)
      }
    },
    /** `clock`: whether a wait of the others that is too long is wrong. */
    async run(
      planCase: PlanCase,
      original: Original,
      { clock = true, manner = 'once' }: { clock?: boolean; manner?: Manner } = {},
    ): Promise<Outcome> {
      if (original.kind === 'fails') return { kind: 'original fails', message: original.message }
      const name = await copy(planCase.setup)
      try {
        return await compare(server, planCase, original.made, name, clock, manner)
      } finally {
        await server.run(`DROP DATABASE ${name} WITH (FORCE)`)
      }
    },
  }
}

/** What the original statement makes of a copy. */
export type Original = { kind: 'fails'; message: string } | { kind: 'made'; made: Description }

async function compare(
  server: PostgresServer,
  planCase: PlanCase,
  original: Description,
  planned: string,
  clock: boolean,
  manner: Manner,
): Promise<Outcome> {
  const facts = await readWholeCatalog(urlOf(server, planned, 'postgres'), wholeDefaults)
  if (facts.kind !== 'replica') throw new Error('the catalog could not be read')
  const policy: Policy = {
    ...defaultPolicy,
    // 20,000 rows are many for the budget, as millions are for the default one.
    budget: { ...defaultPolicy.budget, reads: 2, writes: 2 },
    runner: 'plain',
    migrations: planCase.autocommit ? [{ paths: '**/*.sql', transaction: 'none' }] : [],
  }
  const files = [{ path: '1.sql', text: planCase.sql, problem: null }]
  const migrations = readMigrations(files, { paths: new Set(['1.sql']), text: () => null }, policy)
  const reviewed = review(migrations, { ...nothingGathered, catalog: facts }, policy)
  const statements = reviewed.files[0]?.statements ?? []
  const plans = new Map<number, Plan>()
  for (const { line, alternative } of reviewed.findings) if (alternative) plans.set(line, alternative)
  const ids = Map.groupBy(reviewed.findings, ({ line }) => line)
  for (const [line, some] of ids) {
    if (new Set(some.map(({ alternative }) => alternative?.id)).size > 1) {
      return { kind: 'wrong', reasons: [`several plans on line ${line}`], steps: [] }
    }
  }
  const none = [...plans.values()].find(({ steps }) => steps.length === 0)
  if (none) return { kind: 'no way', reason: none.summary }
  if (plans.size === 0) return { kind: 'as it is' }
  const covered = new Set([...plans.values()].flatMap(({ covers }) => covers))
  const steps: PlanStep[] = []
  const done = new Set<string>()
  for (const { line, sql, transaction } of statements) {
    const plan = [...plans.values()].find(({ covers }) => covers.includes(line))
    if (plan && !done.has(plan.id)) {
      done.add(plan.id)
      steps.push(...plan.steps)
    } else if (!covered.has(line)) {
      steps.push(bare(sql ?? '', transaction === null ? 'none' : 'own'))
    }
  }
  const printed = steps.map(
    ({ kind, transaction, file, sql, text }) => `${kind} ${transaction} ${file}: ${sql ?? text}`,
  )
  const others = await othersAtWork((work) => as(server, planned, owner, work), 19_000)
  let problem: string | null = null
  let waitedMs = 0
  try {
    await planFollowed(steps, manner, {
      asRole: (work) => as(server, planned, roleOf(planCase), work),
      asSuperuser: (work) => as(server, planned, 'postgres', work),
    })
  } catch (error) {
    problem = `failed: ${error instanceof Error ? error.message : String(error)}`
  } finally {
    const seen = await others.end()
    waitedMs = seen.waitedMs
    if (seen.errors.length > 0) problem ??= `others fail: ${seen.errors[0]}`
  }
  if (problem !== null) return { kind: 'wrong', reasons: [problem], steps: printed }
  const made = await as(server, planned, 'postgres', (client) => describeDatabase(client, server.version))
  const found = differences(original, made).filter((line) => !planCase.allows?.test(line))
  if (clock && waitedMs > 2_500) found.push(`others waited ${waitedMs} ms`)
  const changes = [...plans.values()].flatMap((plan) => plan.changes)
  if (found.length > 0)
    return { kind: 'wrong', reasons: found, steps: [...printed, ...changes.map((text) => `changes: ${text}`)] }
  const pattern = [...plans.values()].map(({ id }) => id.replace(/-[0-9a-f]{8}$/, '')).join(', ')
  return { kind: 'right', pattern, waitedMs }
}

function roleOf({ role }: PlanCase): string {
  return role === 'member' ? member : owner
}

function bare(sql: string, transaction: 'none' | 'own'): PlanStep {
  return {
    kind: 'migration',
    sql,
    text: null,
    code: null,
    transaction,
    file: null,
    locks: [],
    lowMs: null,
    highMs: null,
    undo: null,
  }
}

async function originalRun(client: pg.Client, { sql: written, instead, autocommit }: PlanCase): Promise<void> {
  const sql = instead ?? written
  if (!autocommit) {
    await client.query(`BEGIN; ${sql}; COMMIT`)
    return
  }
  for (const name of sql.split(/;\s*\n/)) await client.query(name)
}

async function as<T>(
  server: PostgresServer,
  database: string,
  role: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: urlOf(server, database, role) })
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

function urlOf(server: PostgresServer, database: string, role: string): string {
  const url = new URL(server.url)
  url.pathname = `/${database}`
  if (role !== 'postgres') {
    url.username = role
    url.password = 'plans'
  }
  return url.href
}
