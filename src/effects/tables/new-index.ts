import type { Constraint as ConstraintNode, IndexStmt, Node } from '@pgsql/types'
import { lacksOperatorClass } from '../../catalog/coercion.ts'
import { columnOf, type Index, type Relation } from '../../catalog/relation.ts'
import { parseType, printType } from '../../catalog/types.ts'
import { print } from '../../sql/quote.ts'
import { columnsIn, strings } from '../../sql/walk.ts'
import { undefinedObject } from '../model/sqlstate-errors.ts'
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
    definition: elements.some((element) => element.expr) ? print({ IndexStmt: node }) : '',
    bytes: null,
    replicaIdentity: false,
    reads: null,
  }
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

/** Fails when the method knows no operators for a key column's type (ResolveOpClass in indexcmds.c). */
export function requireClasses(
  context: StatementContext,
  relation: Relation,
  index: Pick<Index, 'keys' | 'method'>,
): void {
  const { catalog } = context
  for (const key of index.keys) {
    const column = key === null ? null : columnOf(catalog.current(relation), key)
    if (!column) continue
    const type = parseType(column.type, catalog)
    if (!lacksOperatorClass(index.method, type, catalog)) continue
    throw undefinedObject(
      `data type ${printType({ ...type, mods: [] })} has no default operator class for access method "${index.method}"`,
    )
  }
}

function includedIn(nodes: Node[] | undefined): string[] {
  return (nodes ?? []).flatMap((node) => ('IndexElem' in node && node.IndexElem.name ? [node.IndexElem.name] : []))
}
