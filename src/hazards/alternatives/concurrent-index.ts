import type { Node } from '@pgsql/types'
import type { Index, Relation } from '../../catalog/relation.ts'
import { print, quoteName, quoteRelation } from '../../sql/quote.ts'

/** The statement's own text with CONCURRENTLY, for CREATE INDEX. */
export function concurrently(node: Extract<Node, { IndexStmt: unknown }>['IndexStmt'], name: string): string {
  return `${print({ IndexStmt: { ...node, idxname: name, concurrent: true, if_not_exists: false } })};`
}

/** An index over plain columns, built CONCURRENTLY. */
export function indexSql(relation: Relation, index: Index, name: string): string {
  const keys = index.keys.map((key) => (key === null ? '…' : quoteName(key))).join(', ')
  const include = index.include.length > 0 ? ` INCLUDE (${index.include.map(quoteName).join(', ')})` : ''
  const method = index.method === 'btree' ? '' : ` USING ${index.method}`
  const unique = index.unique ? 'UNIQUE ' : ''
  return `CREATE ${unique}INDEX CONCURRENTLY ${quoteName(name)} ON ${quoteRelation(relation)}${method} (${keys})${include};`
}
