import type { Relation } from '../catalog/relation.ts'
import type { PlanContext } from './subject.ts'

/**
 * Returns why a backfill would not reach every row that the statement itself rewrites; null when it does. A rewrite
 * passes row security and rules by, an UPDATE does not.
 */
export function unfillable(relation: Relation, { catalog }: PlanContext): string | null {
  const family = catalog.withDescendants(relation)
  if (family.some(({ definition }) => definition?.rowSecurityForced)) {
    return 'Row security is forced on the owner too, so that a backfill may not see every row.'
  }
  if (family.some(({ rules }) => rules.some(({ definition }) => !definition || /\bON UPDATE\b/i.test(definition)))) {
    return 'A rule rewrites UPDATE, so that a backfill may not write every row.'
  }
  return null
}
