import type { Catalog } from '../catalog/catalog.ts'
import type { Relation } from '../catalog/relation.ts'
import { objectName } from '../effects/names/object-names.ts'
import { quoteName } from '../sql/quote.ts'

/** The relation as SQL, with its schema unless the search path begins with it. */
export function tableSql({ schema, name }: Pick<Relation, 'schema' | 'name'>, catalog: Catalog): string {
  return schema === catalog.creationSchema && schema === 'public'
    ? quoteName(name)
    : `${quoteName(schema)}.${quoteName(name)}`
}

/** A text as an SQL literal. */
export function literal(text: string): string {
  return text.includes('\\')
    ? `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
    : `'${text.replaceAll("'", "''")}'`
}

/** `name_label`, cut to 63 bytes, with a number where that is taken. */
export function freeLabel(name: string, label: string, taken: (name: string) => boolean): string {
  for (let i = 0; ; i++) {
    const found = objectName(name, '', i === 0 ? label : `${label}${i}`)
    if (!taken(found)) return found
  }
}

/** A name for a table, index or sequence that is free in the schema. */
export function freeRelation(schema: string, name: string, label: string, catalog: Catalog): string {
  return freeLabel(name, label, (text) => catalog.nameTaken(schema, text))
}

/** A name for a constraint that no relation of the family has. */
export function freeConstraint(relation: Relation, name: string, label: string, catalog: Catalog): string {
  const family = catalog.withDescendants(relation)
  return freeLabel(name, label, (text) =>
    family.some(({ constraints }) => constraints.some((other) => other.name === text)),
  )
}

/** A name for a column that no relation of the family has. */
export function freeColumn(relation: Relation, name: string, label: string, catalog: Catalog): string {
  const family = catalog.withDescendants(relation)
  return freeLabel(name, label, (text) => family.some(({ columns }) => columns.some((other) => other.name === text)))
}
