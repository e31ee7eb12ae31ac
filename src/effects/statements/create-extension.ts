import type { CreateExtensionStmt } from '@pgsql/types'
import { StatementFails } from '../model/errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'
import { anyExtension } from '../names/unread-names.ts'

export const handlers: StatementHandlers = { CreateExtensionStmt: createExtension }

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
 * CREATE EXTENSION locks no table. It creates its types; an extension that is not listed here may create any type, so
 * that from then on no type is said to be missing.
 */
function createExtension(node: CreateExtensionStmt, context: StatementContext): void {
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
