import type { Constraint as ConstraintNode, IndexElem, IndexStmt, Node } from '@pgsql/types'
import { classRefuses, isDefaultClass, lacksOperatorClass } from '../../catalog/coercion.ts'
import { columnOf, type Index, type Relation } from '../../catalog/relation.ts'
import { parseType, printType } from '../../catalog/types.ts'
import { parseOne } from '../../sql/parse.ts'
import { print } from '../../sql/quote.ts'
import { columnsIn, strings } from '../../sql/walk.ts'
import { datatypeMismatch, undefinedObject } from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import { figuredName } from '../names/column-names.ts'
import { requireColumns } from '../names/require-columns.ts'

/** The index that a CREATE INDEX makes on this relation, under this name. Fails on a column that is not there. */
export function indexFrom(node: IndexStmt, relation: Relation, name: string): Index {
  const elements = (node.indexParams ?? []).flatMap((param) => ('IndexElem' in param ? [param.IndexElem] : []))
  const uses = [
    ...elements.flatMap((element) => (element.name ? [element.name] : columnsIn(element.expr))),
    ...includedIn(node.indexIncludingParams),
    ...columnsIn(node.whereClause),
  ]
  requireColumns(relation, uses, (text) => `column "${text}" does not exist`)
  return {
    name,
    method: node.accessMethod ?? 'btree',
    unique: node.unique ?? false,
    primary: false,
    valid: true,
    keys: elements.map((element) => element.name ?? null),
    include: includedIn(node.indexIncludingParams),
    uses: [...new Set(uses)],
    predicate: node.whereClause ? print(node.whereClause) : null,
    // Prints only parts that the other fields do not have: names of copies come from the expressions.
    definition: elements.some(isMoreThanName) ? print({ IndexStmt: node }) : '',
    bytes: null,
    replicaIdentity: false,
    reads: null,
  }
}

/** An expression, or a column with an operator class, a collation or an order. */
function isMoreThanName({ expr, opclass, collation, ordering, nulls_ordering }: IndexElem): boolean {
  const plain = new Set([undefined, 'SORTBY_DEFAULT', 'SORTBY_NULLS_DEFAULT', 'SORTBY_ASC'])
  return Boolean(expr || opclass || collation) || !plain.has(ordering) || !plain.has(nulls_ordering)
}

/** The words the server puts into a made-up index name: column names, or `expr` for an expression. */
export function indexNameParts(node: IndexStmt, major: number): string[] {
  const taken: string[] = []
  const all = [...(node.indexParams ?? []), ...(node.indexIncludingParams ?? [])]
  for (const item of all) {
    if (!('IndexElem' in item)) continue
    const figured = figuredName(item.IndexElem.expr, major)
    const base = item.IndexElem.name ?? (figured.strength > 0 ? figured.name : 'expr')
    let name = base
    for (let i = 1; taken.includes(name); i++) name = `${base}${i}`
    taken.push(name)
  }
  return taken
}

/** The index behind a UNIQUE, PRIMARY KEY or EXCLUDE constraint. */
export function constraintIndex(node: ConstraintNode, name: string, columns: string[]): Index {
  const method = node.contype === 'CONSTR_EXCLUSION' ? (node.access_method ?? 'btree') : 'btree'
  return {
    name,
    method,
    unique: node.contype !== 'CONSTR_EXCLUSION',
    primary: node.contype === 'CONSTR_PRIMARY',
    valid: true,
    keys: columns,
    include: strings(node.including),
    uses: [...new Set([...columns, ...strings(node.including), ...columnsIn(node.where_clause)])],
    predicate: node.where_clause ? print(node.where_clause) : null,
    definition: '',
    bytes: null,
    replicaIdentity: false,
    reads: null,
  }
}

/** The relation with one index more. */
export function addIndex(context: StatementContext, relation: Relation, index: Index): Relation {
  const now = context.catalog.current(relation)
  return context.catalog.put({ ...now, indexes: [...now.indexes, index] })
}

/** The operator class that an index names for each key; null: the type's own. Undefined when it was not read. */
export function classesOf(index: Pick<Index, 'definition' | 'keys'>): (string | null)[] | undefined {
  if (index.definition === '') return index.keys.map(() => null)
  try {
    const node = parseOne(index.definition)
    const params = 'IndexStmt' in node ? (node.IndexStmt.indexParams ?? []) : []
    return params.map((param) => ('IndexElem' in param ? (strings(param.IndexElem.opclass).at(-1) ?? null) : null))
  } catch {
    return undefined
  }
}

/** Fails when a key column's type has no operators in the class named for it, or in the method at all (ResolveOpClass). */
export function requireClasses(
  context: StatementContext,
  relation: Relation,
  index: Pick<Index, 'keys' | 'method'>,
  classes: (string | null)[] | undefined,
): void {
  const { catalog } = context
  if (!classes) return
  for (const [i, key] of index.keys.entries()) {
    const column = key === null ? null : columnOf(catalog.current(relation), key)
    if (!column) continue
    const type = parseType(column.type, catalog)
    const shown = printType({ ...type, mods: [] })
    const named = classes[i] ?? null
    if (named !== null && !isDefaultClass(index.method, named, catalog)) {
      if (!classRefuses(index.method, named, type, catalog)) continue
      throw datatypeMismatch(`operator class "${named}" does not accept data type ${shown}`)
    }
    if (!lacksOperatorClass(index.method, type, catalog)) continue
    throw undefinedObject(`data type ${shown} has no default operator class for access method "${index.method}"`)
  }
}

function includedIn(nodes: Node[] | undefined): string[] {
  return (nodes ?? []).flatMap((node) => ('IndexElem' in node && node.IndexElem.name ? [node.IndexElem.name] : []))
}
