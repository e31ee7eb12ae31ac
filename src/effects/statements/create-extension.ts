import type { CreateExtensionStmt, Node } from '@pgsql/types'
import { extensionMembers } from '../../catalog/server-facts/extension-members.ts'
import { duplicateObject, undefinedObject } from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'
import { anyExtension } from '../names/unread-names.ts'

export const handlers: StatementHandlers = { CreateExtensionStmt: createExtension }

/**
 * CREATE EXTENSION locks no table. It creates its types; an extension that does not come with PostgreSQL may create any
 * type, so that from then on no type is reported as missing.
 */
function createExtension(node: CreateExtensionStmt, context: StatementContext): void {
  const { catalog } = context
  const name = node.extname ?? ''
  if (catalog.extensions.has(name)) {
    if (node.if_not_exists) return
    throw duplicateObject(`extension "${name}" already exists`, { kind: 'extension', name })
  }
  const option = (wanted: string): Node | true | null => {
    const found = (node.options ?? []).find((item) => 'DefElem' in item && item.DefElem.defname === wanted)
    return found && 'DefElem' in found ? (found.DefElem.arg ?? true) : null
  }
  const given = option('schema')
  const schema = given !== null && given !== true && 'String' in given ? (given.String.sval ?? '') : null
  create(name, schema, option('cascade') !== null, context)
}

function create(name: string, schema: string | null, cascade: boolean, context: StatementContext): void {
  const { catalog } = context
  const members = extensionMembers(name, catalog.major)
  for (const required of members?.requires ?? []) {
    if (catalog.extensions.has(required)) continue
    if (!cascade && !catalog.mayHoldMore) {
      const message = `required extension "${required}" is not installed`
      throw undefinedObject(message, { kind: 'extension', name: required })
    }
    create(required, schema, cascade, context)
  }
  catalog.setExtension(name, true)
  if (!members) return catalog.setExtension(anyExtension, true)
  const home = schema ?? catalog.creationSchema
  for (const { name: type, domain } of members.types) {
    if (catalog.type(null, type)) continue
    catalog.setType(home, type, {
      schema: home,
      name: type,
      kind: domain ? 'domain' : 'base',
      labels: [],
      base: domain?.base ?? null,
      notNull: false,
      // Their definitions are of no use: that there are some decides.
      checks: domain?.checked ? [{ name: `${type}_check`, definition: 'CHECK (true)', validated: true }] : [],
      default: null,
    })
  }
}
