import type { Node } from '@pgsql/types'
import type { Index, Relation } from '../../catalog/relation.ts'
import { objectName } from '../../effects/names/object-names.ts'
import { print, quoteName, quoteRelation } from '../../sql/quote.ts'
import type { ReviewContext, Step } from '../context/review-context.ts'
import { changesOn } from '../context/schema-changes.ts'
import { type Alternative, alternative, outside, own } from './alternative.ts'

/** The statement's own text with CONCURRENTLY, for CREATE INDEX. */
export function concurrently(node: Extract<Node, { IndexStmt: unknown }>['IndexStmt'], name: string): string {
  return `${print({ IndexStmt: { ...node, idxname: name, concurrent: true, if_not_exists: false } })};`
}

/**
 * For an index whose name an earlier statement of the file freed: the new one is built beside the old one, so that queries
 * have an index all the time. Null when there is none to replace.
 */
export function inPlaceOfDropped(step: Step, context: ReviewContext): Alternative | null {
  const { node } = step.statement
  const built = step.analysis.changes.find((change) => change.kind === 'builds index')
  if (!node || !('IndexStmt' in node) || built?.kind !== 'builds index') return null
  const { relation, index } = built
  const dropped = changesOn(context, 'drops index', relation).some(
    (change) => change.change.index.name === index.name && change.step.migration === step.migration,
  )
  if (!dropped || relation.kind === 'partitioned table') return null
  const next = objectName(index.name, '', 'new')
  const old = quoteRelation({ schema: relation.schema, name: index.name })
  return alternative('Build the new index CONCURRENTLY beside the old one; then drop that and take its name.', [
    outside(1, concurrently(node.IndexStmt, next)),
    outside(2, `DROP INDEX CONCURRENTLY ${old};`),
    own(3, `ALTER INDEX ${quoteRelation({ schema: relation.schema, name: next })} RENAME TO ${quoteName(index.name)};`),
  ])
}

/** An index over plain columns, built CONCURRENTLY. */
export function indexSql(relation: Relation, index: Index, name: string): string {
  const keys = index.keys.map((key) => (key === null ? '…' : quoteName(key))).join(', ')
  const include = index.include.length > 0 ? ` INCLUDE (${index.include.map(quoteName).join(', ')})` : ''
  const method = index.method === 'btree' ? '' : ` USING ${index.method}`
  const unique = index.unique ? 'UNIQUE ' : ''
  return `CREATE ${unique}INDEX CONCURRENTLY ${quoteName(name)} ON ${quoteRelation(relation)}${method} (${keys})${include};`
}
