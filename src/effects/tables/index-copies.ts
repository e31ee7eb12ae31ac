import type { Constraint, Index, Relation } from '../../catalog/relation.ts'
import { parseOne } from '../../sql/parse.ts'
import { quoteName } from '../../sql/quote.ts'
import type { StatementContext } from '../model/statement-context.ts'
import { freeName } from '../names/object-names.ts'
import { inheritedFrom } from './inheritance.ts'
import { indexNameParts } from './new-index.ts'

/** An index of one relation made again on another, under the name the server gives it (generateClonedIndexStmt). */
export function copyOfIndex(context: StatementContext, to: Relation, index: Index, from: Relation): Index {
  const { catalog } = context
  const constraint = from.constraints.find((constraint) => constraint.index === index.name)
  const label = { 'primary key': 'pkey', unique: 'key', exclusion: 'excl' }[(constraint?.kind ?? '') as string] ?? 'idx'
  const taken = (name: string): boolean =>
    catalog.nameTaken(to.schema, name) ||
    (constraint !== undefined && catalog.current(to).constraints.some((item) => item.name === name))
  return {
    ...index,
    name: freeName(to.name, index.primary ? [] : namePartsOf(index, catalog.major), label, taken),
    valid: true,
  }
}

/** Enough of a definition to read the columns' names from. */
export function indexText(index: Index): string {
  const list = [...index.keys.map((key) => key ?? 'expr'), ...index.include].map(quoteName)
  return `CREATE INDEX ON t (${list.join(', ')})`
}

function namePartsOf(index: Index, major: number): string[] {
  if (index.definition) {
    try {
      const node = parseOne(index.definition)
      if ('IndexStmt' in node) return indexNameParts(node.IndexStmt, major)
    } catch {
      // A definition that cannot be read names nothing; the server calls an expression so.
    }
  }
  return [...index.keys.map((key) => key ?? 'expr'), ...index.include]
}

/** Copies several indexes one after the other, so that each name is taken for the next. */
export function copyIndexes(
  context: StatementContext,
  to: Relation,
  from: Relation,
  list: Index[],
): Map<string, string> {
  const names = new Map<string, string>()
  for (const index of list) {
    const copy = copyOfIndex(context, to, index, from)
    names.set(index.name, copy.name)
    const now = context.catalog.current(to)
    context.catalog.put({ ...now, indexes: [...now.indexes, copy] })
  }
  return names
}

/** The keys and foreign keys a partition gets from its parent; `indexes` maps each copied index to its new name. */
export function copiesOfConstraints(
  context: StatementContext,
  from: Relation,
  to: Relation,
  indexes: ReadonlyMap<string, string>,
): Constraint[] {
  const now = context.catalog.current(to)
  return from.constraints.flatMap((constraint) => {
    if (constraint.kind === 'check' || constraint.kind === 'not null' || inheritedFrom(now, constraint)) return []
    const index = constraint.index === null ? null : (indexes.get(constraint.index) ?? null)
    if (constraint.index !== null && index === null) return []
    return [{ ...constraint, name: index ?? constraint.name, index }]
  })
}
