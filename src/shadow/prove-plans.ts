import type pg from 'pg'
import type { CatalogSnapshot, SnapshotRelation } from '../catalog/snapshot.ts'
import type { Proof } from '../plans/plan.ts'
import { proofKey } from '../review/with-proofs.ts'
import { quoteName } from '../sql/quote.ts'
import { compareData } from './compare-data.ts'
import { type Description, describeDatabase, differences } from './describe.ts'
import { followPlan, type InSession } from './follow-plan.ts'
import { madeUpRows, type RowsKind, rowsKinds } from './made-up-rows.ts'
import { othersAtWork } from './others-at-work.ts'
import type { ProofItem } from './proof-cases.ts'
import { type RebuiltSchema, rebuiltSchema } from './rebuilt-schema.ts'
import type { ThrowAwayServer } from './throw-away-server.ts'

interface ProofRequest {
  snapshot: CatalogSnapshot
  relations: SnapshotRelation[]
  searchPath: string[]
  items: ProofItem[]
}

/** The role that everything runs as: no superuser, and no member of a role that reads files or runs programs. */
const role = 'lockcast_migrates'

/**
 * Runs each plan and the statements that it replaces on two copies of the rebuilt schema, and compares what they make. By
 * `path id` of the plan. Throws only on a fault of the server itself.
 */
export async function provePlans(request: ProofRequest, server: ThrowAwayServer): Promise<Map<string, Proof>> {
  const stage = await Stage.on(server, request)
  const proofs = new Map<string, Proof>()
  const planned = request.items.flatMap((item) => (item.kind === 'planned' ? [proofKey(item.path, item.plan)] : []))
  for (const kind of rowsKinds) {
    const open = planned.filter((key) => !proofs.has(key) || isRefusedByRows(proofs.get(key)))
    if (open.length === 0 || server.ended() !== null) break
    try {
      for (const [key, proof] of await stage.round(kind, new Set(open))) proofs.set(key, proof)
    } catch (error) {
      // A server that was killed answers no more.
      if (server.ended() === null) throw error
    }
  }
  const ended = server.ended()
  for (const key of planned) {
    if (ended !== null && proofs.get(key)?.kind !== 'proved')
      proofs.set(key, { kind: 'not provable', reason: `the throw-away server was ended: ${ended}` })
  }
  return proofs
}

const refused = 'the statement itself does not take the rows that were made up'

function isRefusedByRows(proof: Proof | undefined): boolean {
  return proof?.kind === 'not provable' && proof.reason.startsWith(refused)
}

class Stage {
  readonly #server: ThrowAwayServer
  readonly #request: ProofRequest
  readonly #schema: RebuiltSchema
  #databases = 0

  static async on(server: ThrowAwayServer, request: ProofRequest): Promise<Stage> {
    const stage = new Stage(server, request)
    await stage.#asSuperuser(async (client) => {
      const password = await passwordOf(client)
      await client.query(
        `CREATE ROLE ${role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD '${password}'`,
      )
      for (const name of stage.#schema.roles) {
        if (name === role || name === 'postgres') continue
        await client.query(`CREATE ROLE ${quoteName(name)} NOLOGIN`)
        await client.query(`GRANT ${quoteName(name)} TO ${role}`)
      }
      await client.query('REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC')
    })
    return stage
  }

  private constructor(server: ThrowAwayServer, request: ProofRequest) {
    this.#server = server
    this.#request = request
    this.#schema = rebuiltSchema(request.snapshot, request.relations)
  }

  /** All items in order, on rows of one kind; proofs of the plans that are asked for. */
  async round(kind: RowsKind, asked: ReadonlySet<string>): Promise<Map<string, Proof>> {
    const proofs = new Map<string, Proof>()
    const all = (reason: string): Map<string, Proof> => {
      for (const key of asked) if (!proofs.has(key)) proofs.set(key, { kind: 'not provable', reason })
      return proofs
    }
    const base = await this.#create(null)
    const problem = await this.#rebuild(base, kind)
    if (problem !== null) return all(problem)
    const now = await this.#create(base)
    for (const [at, item] of this.#request.items.entries()) {
      if (this.#server.ended() !== null) return proofs
      if (item.kind === 'unread') return all(item.reason)
      if (item.kind === 'as it is') {
        const failure = await this.#run(now, item.steps)
        if (failure !== null)
          return all(`${isOfRows(failure) ? refused : 'a statement before it fails here'}: ${failure.message}`)
        continue
      }
      const planned = asked.has(proofKey(item.path, item.plan)) ? await this.#create(now) : null
      const failure = await this.#run(now, item.original)
      if (failure !== null) {
        const reason = isOfRows(failure) ? refused : 'the statement itself fails here'
        return all(`${reason}: ${failure.message}`)
      }
      if (planned === null) continue
      const again = (): Promise<string | null> => this.#again(base, at)
      const proof = await this.#compare(item, now, planned, again).catch(
        (error: Error): Proof => ({
          kind: 'not provable',
          reason: `what was made cannot be compared: ${error.message}`,
        }),
      )
      proofs.set(proofKey(item.path, item.plan), proof)
      await this.#drop(planned)
    }
    await this.#drop(now)
    await this.#drop(base)
    return proofs
  }

  /** One more copy on which everything ran up to an item, that one too; null when something fails. */
  async #again(base: string, last: number): Promise<string | null> {
    const copy = await this.#create(base)
    for (const item of this.#request.items.slice(0, last + 1)) {
      if (item.kind === 'unread') return null
      const failure = await this.#run(copy, item.kind === 'planned' ? item.original : item.steps)
      if (failure !== null) return null
    }
    return copy
  }

  async #compare(
    item: Extract<ProofItem, { kind: 'planned' }>,
    now: string,
    planned: string,
    runAgain: () => Promise<string | null>,
  ): Promise<Proof> {
    const others = await othersAtWork(this.#sessions(planned), 200)
    const failure = await this.#run(
      planned,
      item.plan.steps.filter(({ kind }) => kind === 'migration' || kind === 'backfill'),
    )
    const seen = await others.end()
    if (this.#server.ended() !== null) return { kind: 'not provable', reason: this.#server.ended() ?? '' }
    if (failure !== null) return { kind: 'failed', reasons: [`a step fails: ${failure.message}`] }
    if (seen.errors.length > 0) return { kind: 'failed', reasons: [`others fail meanwhile: ${seen.errors[0]}`] }
    const [original, made] = [await this.#describe(now), await this.#describe(planned)]
    const found = differences(original, made)
    const ofData = found.filter((line) => line.startsWith('data of '))
    if (ofData.length < found.length)
      return { kind: 'failed', reasons: found.filter((line) => !line.startsWith('data of ')) }
    if (ofData.length === 0) return { kind: 'proved', postgresVersion: this.#server.major }
    const tables = Object.keys(original.data).filter((table) => original.data[table] !== made.data[table])
    const again = await runAgain()
    if (again === null) return { kind: 'not provable', reason: 'the statement fails when it is run once more' }
    const wrong = await compareData(
      tables,
      [now, again, planned].map((name) => this.#sessions(name)),
    )
    await this.#drop(again)
    return wrong.length > 0
      ? { kind: 'failed', reasons: wrong }
      : { kind: 'proved', postgresVersion: this.#server.major }
  }

  /** The schema and its rows; gives why it cannot be made here. */
  async #rebuild(database: string, kind: RowsKind): Promise<string | null> {
    const { relations, snapshot } = this.#request
    const { before, after } = this.#schema
    const unclear = relations.find((relation) => relation.definition === null && relation.kind !== 'composite type')
    if (unclear) return `the definition of ${unclear.schema}.${unclear.name} was not read`
    const invalid = relations.flatMap(({ indexes }) => indexes).find(({ valid }) => !valid)
    if (invalid) return `the index ${invalid.name} is INVALID`
    return this.#sessions(database)(async (client) => {
      await client.query("SET check_function_bodies = off; SET client_min_messages = error; SET search_path = ''")
      const first = await inRounds(client, before)
      if (first !== null) return first
      for (const sql of madeUpRows(relations, snapshot, kind)) await client.query(sql)
      const second = await inRounds(client, after)
      if (second !== null) return second
      for (const relation of relations) {
        if (relation.kind !== 'table' || relation.partitionOf !== null) continue
        const name = `${quoteName(relation.schema)}.${quoteName(relation.name)}`
        const { rows } = await client.query(`SELECT FROM ${name} LIMIT 1`)
        if (rows.length === 0) return `no row could be made up for ${relation.schema}.${relation.name}`
      }
      await client.query('ANALYZE')
      return null
    }).catch((error: Error) => `the schema could not be rebuilt: ${error.message}`)
  }

  async #run(database: string, steps: Parameters<typeof followPlan>[0]): Promise<(Error & { code?: string }) | null> {
    try {
      await followPlan(steps, this.#sessions(database))
      return null
    } catch (error) {
      return error as Error & { code?: string }
    }
  }

  #describe(database: string): Promise<Description> {
    return this.#sessions(database)(async (client) => {
      await client.query(ownNames)
      return describeDatabase(client, this.#server.major)
    })
  }

  #sessions(database: string): InSession {
    return async (work) => {
      const client = await this.#server.connect(database, role)
      try {
        const path = this.#request.searchPath.map(quoteName).join(', ')
        if (path !== '') await client.query(`SET search_path = ${path}`)
        return await work(client)
      } finally {
        await client.end().catch(() => {})
      }
    }
  }

  /** A database of the role; `from` null: an empty one. */
  async #create(from: string | null): Promise<string> {
    const name = `proof_${++this.#databases}`
    const quick = from !== null && this.#server.major >= 15 ? ' STRATEGY file_copy' : ''
    await this.#asSuperuser(async (client) => {
      for (let attempt = 1; ; attempt++) {
        try {
          await client.query(`CREATE DATABASE ${name} OWNER ${role} TEMPLATE ${from ?? 'template0'}${quick}`)
          return
        } catch (error) {
          // A session of ours may not have ended yet.
          if ((error as { code?: string }).code !== '55006' || attempt === 50) throw error
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
      }
    })
    return name
  }

  #drop(name: string): Promise<void> {
    return this.#asSuperuser(async (client) => {
      await client.query(`DROP DATABASE IF EXISTS ${name}${this.#server.major >= 13 ? ' WITH (FORCE)' : ''}`)
    })
  }

  /** Only in the database \`postgres\`, where nothing of others has run. */
  async #asSuperuser<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = await this.#server.connect('postgres', 'postgres')
    try {
      return await work(client)
    } finally {
      await client.end().catch(() => {})
    }
  }
}

/** Functions and operators that were made by what ran are not taken for the server's own. */
const ownNames = 'SET search_path = pg_catalog'

async function passwordOf(client: pg.Client): Promise<string> {
  return client.password ?? ''
}

/** Errors of the data: others may do. */
function isOfRows({ code }: Error & { code?: string }): boolean {
  return /^2[23]/.test(code ?? '')
}

/** Statements that may need one behind them: again and again, until nothing more can be made. */
async function inRounds(client: pg.Client, statements: string[]): Promise<string | null> {
  let open = statements
  for (;;) {
    const failed: { sql: string; message: string }[] = []
    for (const sql of open) {
      try {
        await client.query(sql)
      } catch (error) {
        failed.push({ sql, message: (error as Error).message })
      }
    }
    if (failed.length === open.length) {
      const missing = failed.find(({ sql }) => !/^CREATE (OR REPLACE )?(FUNCTION|PROCEDURE|EXTENSION)\b/i.test(sql))
      if (!missing) return null
      const extension = failed.flatMap(({ sql }) => /^CREATE EXTENSION IF NOT EXISTS (.*)$/.exec(sql)?.[1] ?? [])
      const beside = extension.length > 0 ? `; not installed here: extension ${extension.join(', ')}` : ''
      return `the schema could not be rebuilt: ${missing.message}${beside}`
    }
    open = failed.map(({ sql }) => sql)
    if (open.length === 0) return null
  }
}
