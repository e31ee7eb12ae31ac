import type pg from 'pg'
import type { CatalogFacts, Needs } from '../review/facts.ts'
import { assemble, type CatalogReading } from './assemble-catalog.ts'
import { askCode } from './code.ts'
import { forServer } from './older-servers.ts'
import { askAllRelations, askRelations, type RelationFacts } from './read-relations.ts'
import { askServer, type ServerFacts } from './read-server.ts'
import { type Limits, readOnly, type Session } from './session.ts'
import { askSizes } from './sizes.ts'
import { askStructure } from './structure.ts'
import { tooOld } from './unreachable.ts'

export interface ReadOptions {
  limits: Limits
  /** Where unqualified names are looked for; null: the reading role's own search path. */
  searchPath: string[] | null
  /** Also what the values in the statistics require of a type, by a view: only where the policy turns it on. */
  values: boolean
  /** Also the definitions of functions: to rebuild the schema. */
  functionTexts?: boolean
  /** Gets the error of a reading that failed. Its text may name host and role: for the terminal, never for GitHub or a log. */
  onFailure?: (error: unknown) => void
}

export const readDefaults: ReadOptions = {
  limits: { connect: 5_000, statement: 10_000, lock: 1_000, total: 20_000 },
  searchPath: null,
  values: false,
}

/** For a whole catalog, which is not read while somebody waits: 20,000 tables with their sequences took 11 s on two slow cores. */
export const wholeDefaults: ReadOptions = {
  ...readDefaults,
  limits: { ...readDefaults.limits, statement: 60_000, total: 180_000 },
}

/**
 * The catalog of the relations that `needs` names and of those tied to them: foreign keys both ways, the whole family of
 * partitions and inheritance, views, owned sequences.
 *
 * One connection, one read-only transaction, five queries however many tables, six when a lock gets in the way. Catalogs
 * and statistics only, never a row of a table. Never throws on errors of the database or the network.
 */
export async function readCatalog(
  connection: string | pg.ClientConfig,
  needs: Needs,
  options: ReadOptions,
): Promise<CatalogFacts> {
  const named = needs.relations.flatMap(({ schema }) => (schema === null ? [] : [schema]))
  return read(
    connection,
    options,
    (searchPath) => [...new Set([...searchPath, ...named])],
    (session, server) => askRelations(session.ask, needs, server.searchPath, server.version),
  )
}

/** The catalog of all user schemas, for `lockcast snapshot`. */
export async function readWholeCatalog(
  connection: string | pg.ClientConfig,
  options: ReadOptions,
): Promise<CatalogFacts> {
  return read(
    connection,
    options,
    () => null,
    (session, server) => askAllRelations(session.ask, server.version),
  )
}

async function read(
  connection: string | pg.ClientConfig,
  { limits, searchPath, values, functionTexts = false, onFailure }: ReadOptions,
  codeSchemas: (searchPath: string[]) => string[] | null,
  askWanted: (session: Session, server: ServerFacts) => Promise<RelationFacts[]>,
): Promise<CatalogFacts> {
  const outcome = await readOnly(
    connection,
    limits,
    async (plain): Promise<CatalogReading | { tooOld: number }> => {
      const asked = await askServer(plain.ask, values)
      if (asked.version < 100_000) return { tooOld: asked.version }
      const session: Session = {
        ...plain,
        ask: (sql, values) => plain.ask(forServer(sql, asked.version), values),
        attempt: (sql, values) => plain.attempt(forServer(sql, asked.version), values),
      }
      const server = { ...asked, searchPath: searchPath ?? asked.searchPath }
      await session.qualifyNames()
      const code = await askCode(session, codeSchemas(server.searchPath), server.version, functionTexts)
      const relations = await askWanted(session, server)
      const ids = relations.map(({ id }) => id)
      const structure = await askStructure(session, ids, server)
      const sizes = await askSizes(session, ids)
      return { server, code, relations, structure, sizes }
    },
    onFailure,
  )
  if (outcome.kind === 'unreachable') return outcome
  if ('tooOld' in outcome.value) return tooOld(outcome.value.tooOld)
  return { kind: 'replica', snapshot: assemble(outcome.value) }
}
