import type { Relation } from '../../catalog/relation.ts'
import { isUnseen } from './blocked-statements.ts'
import type { ReviewContext } from './review-context.ts'

/** Views and sequences hold no rows; an empty or new table loses nothing; unknown counts as large. */
export function holdsData(relation: Relation): boolean {
  if (!['table', 'partitioned table'].includes(relation.kind) || relation.persistence === 'temporary') return false
  return relation.size.rows !== 0 && !isUnseen(relation)
}

/** `80 M rows`, or that their number is unknown. */
export function rowsPhrase(rows: number | null, { format }: ReviewContext): string {
  return rows === null ? 'an unknown number of rows' : format.rows(rows)
}
