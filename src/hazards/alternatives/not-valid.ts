import type { Catalog } from '../../catalog/catalog.ts'
import { provesNotNull } from '../../catalog/expressions.ts'
import type { Relation } from '../../catalog/relation.ts'
import { objectName } from '../../effects/names/object-names.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { type AlternativeStep, own, same } from './alternative.ts'

/** NOT VALID first, then VALIDATE in a transaction of its own. */
export function notValidThenValidate(
  relation: Relation,
  name: string,
  definition: string,
  firstFile: number,
): AlternativeStep[] {
  const table = quoteRelation(relation)
  return [
    own(firstFile, `ALTER TABLE ${table} ADD CONSTRAINT ${quoteName(name)} ${definition} NOT VALID;`),
    own(firstFile + 1, `ALTER TABLE ${table} VALIDATE CONSTRAINT ${quoteName(name)};`),
  ]
}

/**
 * SET NOT NULL by way of a CHECK: only the validation reads the rows, under a lock that lets everyone work. A CHECK that
 * stands already is used; before 12 none spares SET NOT NULL the reading, so there it stays in its place.
 */
export function notNullByCheck(
  relation: Relation,
  column: string,
  firstFile: number,
  catalog: Catalog,
): AlternativeStep[] {
  const table = quoteRelation(relation)
  const name = quoteName(column)
  const standing = relation.constraints.find(
    (constraint) => constraint.kind === 'check' && provesNotNull(constraint.definition, column),
  )
  const check = quoteName(standing?.name ?? freeName(relation, column))
  const sql = [
    ...(standing ? [] : [`ALTER TABLE ${table} ADD CONSTRAINT ${check} CHECK (${name} IS NOT NULL) NOT VALID;`]),
    ...(standing?.validated ? [] : [`ALTER TABLE ${table} VALIDATE CONSTRAINT ${check};`]),
    ...(!catalog.behaves('check-proves-not-null') ? [] : [`ALTER TABLE ${table} ALTER COLUMN ${name} SET NOT NULL;`]),
  ]
  const steps = sql.map((text, i) => own(firstFile + i, text))
  // One that was not yet valid has its own reason to stand.
  const drops = catalog.behaves('check-proves-not-null') && (!standing || standing.validated)
  return drops
    ? [...steps, same(firstFile + steps.length - 1, `ALTER TABLE ${table} DROP CONSTRAINT ${check};`)]
    : steps
}

function freeName(relation: Relation, column: string): string {
  const name = objectName(relation.name, column, 'not_null')
  const taken = relation.constraints.filter((constraint) => constraint.name.startsWith(name)).length
  return taken === 0 ? name : objectName(relation.name, column, `not_null_${taken + 1}`)
}
