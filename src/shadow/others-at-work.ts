import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { InSession } from './follow-plan.ts'

/** What a reader and a writer saw while a plan was followed. */
interface Seen {
  /** The longest wait of one of their statements, ms. */
  waitedMs: number
  errors: string[]
}

interface Table {
  name: string
  /** The last that can be written. */
  column: string
  /** All that can be written, as the application names them. */
  columns: string
  /** A foreign key or inheritance looks at its rows, so that none is taken away and put back. */
  watched: boolean
}

/**
 * Starts a reader of every table and a writer that moves rows, so that nothing differs at the end.
 *
 * @param rows among how many rows of a table the writer goes about
 */
export async function othersAtWork(inSession: InSession, rows: number): Promise<{ end(): Promise<Seen> }> {
  let ended = false
  let waitedMs = 0
  const errors: string[] = []
  const tables = await inSession((client) => tablesOf(client))
  const loop = (work: (client: pg.Client, table: Table, round: number) => Promise<unknown>) =>
    inSession(async (client) => {
      for (let round = 0; !ended; round++) {
        const table = tables[round % tables.length]
        if (!table) return
        const from = performance.now()
        await work(client, table, round).catch((error: Error & { code?: string }) => {
          // The statement itself may drop or rename what the others use.
          if (!/^(42P01|42703)$/.test(error.code ?? '')) errors.push(`${error.message} (${table.name})`)
        })
        waitedMs = Math.max(waitedMs, performance.now() - from)
        await sleep(10)
      }
    })
  const reader = loop((client, { name }, round) => client.query(`SELECT * FROM ${name} OFFSET ${round % 1000} LIMIT 3`))
  const writer = loop(async (client, { name, column, columns, watched }, round) => {
    if (!watched) {
      await client.query(
        `WITH gone AS (DELETE FROM ${name} WHERE ctid = (SELECT ctid FROM ${name} OFFSET ${(round * 53) % rows} LIMIT 1) RETURNING *)
         INSERT INTO ${name} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${columns} FROM gone`,
      )
    }
    await client.query(
      `UPDATE ${name} SET ${column} = ${column} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${name} OFFSET ${(round * 37) % rows} LIMIT 2))`,
    )
  })
  return {
    async end() {
      ended = true
      await Promise.all([reader, writer])
      return { waitedMs: Math.round(waitedMs), errors }
    },
  }
}

async function tablesOf(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query<Table>(
    `SELECT c.oid::regclass::text AS name, (SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attidentity <> 'a' AND attgenerated = '' ORDER BY attnum DESC LIMIT 1) AS column,
       (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '') AS columns,
       EXISTS (SELECT FROM pg_constraint WHERE confrelid = c.oid) OR (c.relkind = 'r' AND EXISTS (SELECT FROM pg_inherits WHERE c.oid IN (inhrelid, inhparent))) AS watched
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_%' AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'audit'
       -- What the writer's triggers write would differ from run to run.
       AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal)`,
  )
  return rows.filter(({ column }) => column !== null)
}
