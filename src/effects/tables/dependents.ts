import type { Catalog } from '../../catalog/catalog.ts'
import type { Constraint, Relation } from '../../catalog/relation.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import type { Dependent } from '../model/server-errors.ts'

/** The views, each behind those that read it: the order in which they can go. */
export function dependentViews(catalog: Catalog, views: Relation[]): Dependent[] {
  const withReaders = (view: Relation): Relation[] => [...catalog.readers(view).flatMap(withReaders), view]
  return [...new Set(views.flatMap(withReaders))].map(({ kind, ...view }) => ({
    words: `${kind} \`${quoteRelation(view)}\``,
    removal: `DROP ${kind.toUpperCase()} ${quoteRelation(view)};`,
  }))
}

/** Foreign keys that refer to a table. */
export function dependentKeys(owner: Relation, referenced: Relation): Dependent[] {
  return owner.constraints
    .filter((constraint) => constraint.references?.relation === referenced.id)
    .map((constraint) => dependentKey(owner, constraint))
}

export function dependentKey(owner: Relation, { name }: Constraint): Dependent {
  return {
    words: `foreign key \`${quoteName(name)}\` of \`${quoteRelation(owner)}\``,
    removal: `ALTER TABLE ${quoteRelation(owner)} DROP CONSTRAINT ${quoteName(name)};`,
  }
}

export function dependentPolicy(relation: Relation, name: string): Dependent {
  return {
    words: `policy \`${quoteName(name)}\``,
    removal: `DROP POLICY ${quoteName(name)} ON ${quoteRelation(relation)};`,
  }
}

/** A column list or row filter. Taking the table out would stop its changes: no way without a loss. */
export function dependentPublication(relation: Relation, name: string): Dependent {
  return { words: `publication \`${quoteName(name)}\` of \`${quoteRelation(relation)}\``, removal: null }
}

export function dependentTrigger(relation: Relation, name: string): Dependent {
  return {
    words: `trigger \`${quoteName(name)}\` of \`${quoteRelation(relation)}\``,
    removal: `DROP TRIGGER ${quoteName(name)} ON ${quoteRelation(relation)};`,
  }
}

export function dependentFunction(fn: Pick<Relation, 'schema' | 'name'>): Dependent {
  return { words: `function \`${quoteRelation(fn)}\``, removal: null }
}

export function dependentColumn(relation: Relation, name: string): Dependent {
  return { words: `column \`${quoteRelation(relation)}.${quoteName(name)}\``, removal: null }
}

export function dependentDefault(relation: Relation, name: string): Dependent {
  const column = quoteName(name)
  return {
    words: `default of \`${quoteRelation(relation)}.${column}\``,
    removal: `ALTER TABLE ${quoteRelation(relation)} ALTER COLUMN ${column} DROP DEFAULT;`,
  }
}

export function dependentTable(relation: Relation): Dependent {
  return { words: `${relation.kind} \`${quoteRelation(relation)}\``, removal: null }
}
