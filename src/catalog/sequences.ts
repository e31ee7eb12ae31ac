import type { Catalog } from './catalog.ts'
import type { Column, Relation } from './relation.ts'
import type { SequenceFacts } from './snapshot.ts'

/** The largest value by type; the smallest is one less than its negative. */
export const greatest: Readonly<Record<string, number>> = {
  smallint: 2 ** 15 - 1,
  integer: 2 ** 31 - 1,
  bigint: 2 ** 63 - 1,
}

/** A sequence as CREATE SEQUENCE … AS, a serial or an identity column of this type makes it, before its first value. */
export function newSequence(type: string): SequenceFacts {
  return { increment: 1, minimum: 1, maximum: greatest[type] ?? 2 ** 63 - 1, cycles: false, last: 0 }
}

/** The sequence that a column takes its values from: by its default, or its own; null when none is known. */
export function sequenceOf(catalog: Catalog, relation: Relation, column: Column): Relation | null {
  const named = column.default === null ? null : sequenceIn(column.default)
  if (column.identity === null && named === null) return null
  const found = named && catalog.find(named.schema, named.name)
  if (found?.kind === 'sequence') return found
  return catalog.ownedSequences(relation).find((sequence) => sequence.ownedBy?.column === column.name) ?? null
}

/** `nextval('public.orders_id_seq'::regclass)`, as `pg_get_expr` prints it or a file writes it; null for any other. */
function sequenceIn(expression: string): { schema: string | null; name: string } | null {
  const text = /^nextval\('((?:[^']|'')+)'(?:::regclass)?\)$/.exec(expression)?.[1]?.replaceAll("''", "'")
  const parts = text?.match(/"(?:[^"]|"")+"|[^."]+/g)
  const [name, schema = null] = (parts ?? [])
    .map((part) => part.replace(/^"(.*)"$/, '$1').replaceAll('""', '"'))
    .reverse()
  return name === undefined ? null : { schema, name }
}
