import { createHash } from 'node:crypto'
import { quoteName } from '../code/quoting.ts'
import { singular } from './inflection.ts'

/** The names that Rails generates. Versions as `7.1` is 71. */

/**
 * An index without a name: `index_orders_on_a_and_b`. Since 7.1 a name of more than 62 bytes becomes
 * `idx_on_a_b_<hash>` (SchemaStatements#generate_index_name); before it, PostgreSQL's 63 characters were the limit and the
 * migration failed.
 */
export function indexName(table: string, columns: string[], version: number): string {
  const name = `index_${table}_on_${columns.join('_and_')}`
  if (version < 71 || Buffer.byteLength(name) <= 62) return name
  const hash = `_${sha256(name).slice(0, 10)}`
  return `idx_on_${columns.join('_')}`.slice(0, 62 - hash.length) + hash
}

/** A foreign key without a name (SchemaStatements#foreign_key_name). */
export function foreignKeyName(table: string, columns: string[]): string {
  return `fk_rails_${sha256(`${table}_${columns.join('_')}_fk`).slice(0, 10)}`
}

/** A check constraint without a name. */
export function checkName(table: string, expression: string): string {
  return `chk_rails_${sha256(`${table}_${expression}_chk`).slice(0, 10)}`
}

/** A unique or exclusion constraint without a name. */
export function constraintName(kind: 'uniq' | 'excl', table: string, words: string): string {
  return `${kind}_rails_${sha256(`${table}_${words}_${kind === 'uniq' ? 'unique' : 'excl'}`).slice(0, 10)}`
}

/** The column that points at a table: `order_id` for `orders`. */
export function foreignKeyColumn(table: string): string {
  return `${singular(table.split('.').at(-1) ?? table)}_id`
}

/** The table of `create_join_table :assemblies, :parts`: both names in order, a shared prefix once. */
export function joinTableName(first: string, second: string): string {
  return [first, second]
    .sort()
    .join('\0')
    .replace(/^(.*[._])(.+)\0\1(.+)/, '$1$2_$3')
    .replaceAll('\0', '_')
}

/** `schema.table` as identifiers. */
export function quoteTable(name: string): string {
  return name.split('.').map(quoteName).join('.')
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
