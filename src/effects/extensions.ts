import type { CreateExtensionStmt, RangeVar } from '@pgsql/types'
import { missingRelation, type StatementContext, StatementFails } from './judging.ts'

/** The types of the extensions that bring none but these (their control files in contrib). */
const typesOf: Record<string, string[]> = {
  btree_gin: [],
  btree_gist: [],
  citext: ['citext'],
  cube: ['cube'],
  fuzzystrmatch: [],
  hstore: ['hstore'],
  intarray: [],
  isn: [],
  ltree: ['ltree', 'lquery', 'ltxtquery'],
  pg_stat_statements: [],
  pg_trgm: [],
  pgcrypto: [],
  plpgsql: [],
  postgres_fdw: [],
  tablefunc: [],
  unaccent: [],
  'uuid-ossp': [],
}

/**
 * CREATE EXTENSION locks no table. Its types come to stand; of an extension that is not listed here any type may, so
 * that from then on no type is said to be missing.
 */
export function createExtension(node: CreateExtensionStmt, context: StatementContext): void {
  const { catalog } = context
  const name = node.extname ?? ''
  if (catalog.extensions.has(name)) {
    if (node.if_not_exists) return
    throw new StatementFails('42710', `extension "${name}" already exists`, { kind: 'extension', name })
  }
  catalog.setExtension(name, true)
  const types = typesOf[name]
  if (!types) return catalog.setExtension(anyExtension, true)
  for (const type of types) {
    if (catalog.type(null, type)) continue
    const schema = catalog.creationSchema
    catalog.setType(schema, type, {
      schema,
      name: type,
      kind: 'base',
      labels: [],
      base: null,
      notNull: false,
      checks: [],
      default: null,
    })
  }
}

/** Fails unless a name that the model lacks may mean a relation of the system, of an extension, or one of dynamic SQL. */
export function requireUnread(context: StatementContext, name: RangeVar): void {
  const { catalog, unknown } = context
  const { relname = '', schemaname } = name
  // A rule's own names for the row.
  if (context.hasVariables && schemaname === undefined && ['old', 'new'].includes(relname)) return
  const system = schemaname === undefined ? relname.startsWith('pg_') : /^(pg_|information_schema$)/.test(schemaname)
  if (!system && unknown === null && !catalog.extensions.has(anyExtension)) throw missingRelation(name)
}

/** Stands among the extensions once one was made whose types are not known. */
export const anyExtension = '*'
