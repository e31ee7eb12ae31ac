import type { ColumnRef, Node, SelectStmt } from '@pgsql/types'
import { type Column, columnOf, type Relation } from '../catalog/catalog.ts'
import { printType, typeOf } from '../catalog/types.ts'
import { qualifiedName, strings } from '../sql/walk.ts'
import { anyExtension } from './extensions.ts'
import { type Judging, missingRelation, StatementFails } from './judging.ts'

/** A relation of FROM under the name the query gives it; `relation` null where its columns are not known. */
interface Source {
  name: string
  relation: Relation | null
}

/**
 * The columns a query gives, by name and, where a column or a cast stands there plainly, by type (else the type is '').
 * Null when a star or a name over something unknown hides them. Fails on a column that FROM surely does not have.
 */
export function outputColumns(
  judging: Judging,
  query: SelectStmt,
  around: ReadonlySet<string> = new Set(),
): Column[] | null {
  const ctes = new Set(around)
  for (const one of query.withClause?.ctes ?? []) {
    if ('CommonTableExpr' in one) ctes.add(one.CommonTableExpr.ctename ?? '')
  }
  if (query.larg) return outputColumns(judging, query.larg, ctes)
  const sources = (query.fromClause ?? []).flatMap((one) => sourcesIn(judging, one, ctes))
  const columns: Column[] = []
  for (const target of query.targetList ?? []) {
    if (!('ResTarget' in target)) return null
    const { name, val } = target.ResTarget
    if (val && 'ColumnRef' in val && (val.ColumnRef.fields ?? []).some((field) => 'A_Star' in field)) {
      const all = starColumns(val.ColumnRef, sources)
      if (!all) return null
      columns.push(...all)
      continue
    }
    const inner = name ?? targetName(val)
    if (inner === null) return null
    columns.push(plain(inner, typeIn(judging, val, sources)))
  }
  return columns.length > 0 ? columns : null
}

function plain(name: string, type: string): Column {
  return {
    name,
    type,
    notNull: false,
    default: null,
    identity: null,
    generated: null,
    collation: null,
    statistics: null,
  }
}

function sourcesIn(judging: Judging, node: Node, ctes: ReadonlySet<string>): Source[] {
  if ('RangeVar' in node) {
    const { alias, relname = '', schemaname } = node.RangeVar
    const inside = schemaname === undefined && ctes.has(relname)
    const relation = inside ? null : judging.find(node.RangeVar)
    if (!relation && !inside && !mayStandUnread(judging, relname, schemaname)) throw missingRelation(node.RangeVar)
    const renamed = (alias?.colnames ?? []).length > 0
    return [{ name: alias?.aliasname ?? relname, relation: relation?.known && !renamed ? relation : null }]
  }
  if ('JoinExpr' in node) {
    const { larg, rarg, alias, usingClause, isNatural } = node.JoinExpr
    // USING merges columns: a star would count them twice.
    if (alias || usingClause || isNatural) return [{ name: alias?.aliasname ?? '', relation: null }]
    return [...(larg ? sourcesIn(judging, larg, ctes) : []), ...(rarg ? sourcesIn(judging, rarg, ctes) : [])]
  }
  return [{ name: '', relation: null }]
}

/** The system's own relations and those of an extension are not in the model. */
function mayStandUnread({ catalog }: Judging, name: string, schema: string | undefined): boolean {
  if (schema === undefined) return name.startsWith('pg_') || catalog.extensions.has(anyExtension)
  return schema.startsWith('pg_') || schema === 'information_schema' || catalog.extensions.has(anyExtension)
}

function starColumns(ref: ColumnRef, sources: Source[]): Column[] | null {
  const of = strings(ref.fields).at(-1)
  const chosen = of === undefined ? sources : sources.filter((one) => one.name === of)
  if (chosen.length === 0) return null
  const all = chosen.flatMap((one) => one.relation?.columns.map((column) => plain(column.name, column.type)) ?? [null])
  return all.includes(null) ? null : all.flatMap((one) => one ?? [])
}

/** As `format_type` prints it; '' when it is more than a column, a cast or a count. */
function typeIn(judging: Judging, node: Node | undefined, sources: Source[]): string {
  if (!node) return ''
  if ('TypeCast' in node && node.TypeCast.typeName) return printType(typeOf(node.TypeCast.typeName, judging.catalog))
  if (!('ColumnRef' in node)) return ''
  const names = strings(node.ColumnRef.fields)
  const name = names.at(-1) ?? ''
  const of = names.length > 1 ? names.at(-2) : undefined
  const chosen = of === undefined ? sources : sources.filter((one) => one.name === of)
  const found = chosen.flatMap((one) => (one.relation && columnOf(one.relation, name)) ?? [])
  if (found.length > 0) return found[0]?.type ?? ''
  if (of === undefined && sources.length > 0 && sources.every((one) => lacks(one, name))) {
    throw new StatementFails('42703', `column "${name}" does not exist`, { kind: 'column', name })
  }
  return ''
}

const systemColumns = new Set(['ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid', 'oid'])

/** A name may also be the whole row, or a parameter of a function in which the query stands. */
function lacks({ name, relation }: Source, column: string): boolean {
  return relation !== null && relation.columns.length > 0 && name !== column && !systemColumns.has(column)
}

function targetName(node: Node | undefined): string | null {
  if (!node) return null
  if ('ColumnRef' in node) return strings(node.ColumnRef.fields).at(-1) ?? null
  if ('FuncCall' in node) return qualifiedName(node.FuncCall.funcname).name
  if ('TypeCast' in node) return targetName(node.TypeCast.arg) ?? qualifiedName(node.TypeCast.typeName?.names).name
  if ('CoalesceExpr' in node) return 'coalesce'
  if ('CaseExpr' in node) return 'case'
  return null
}
