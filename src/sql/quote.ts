import type { Node } from '@pgsql/types'
import { deparseSync, QuoteUtils } from 'pgsql-deparser'

/** A name as it must be written in SQL: quoted only where it has to be. */
export function quoteName(name: string): string {
  return QuoteUtils.quoteIdentifier(name)
}

/** `schema.name`, with the schema left out when it is public. */
export function quoteRelation(relation: { schema: string; name: string }): string {
  return relation.schema === 'public'
    ? quoteName(relation.name)
    : `${quoteName(relation.schema)}.${quoteName(relation.name)}`
}

/** SQL text of a parse tree, on one line, without a semicolon. */
export function print(node: Node): string {
  return deparseSync(node, { pretty: false }).trim().replace(/;\s*$/, '')
}
