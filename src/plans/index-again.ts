import type { IndexStmt, Node } from '@pgsql/types'
import type { Index, Relation } from '../catalog/relation.ts'
import { parseOne } from '../sql/parse.ts'
import { faithful } from './faithful.ts'

/** The statement that makes an index like this one, under another name or on another table; null when its text is not known. */
export function indexAgain(
  index: Index,
  relation: Pick<Relation, 'schema' | 'name'>,
  fields: { name: string; concurrent: boolean; only?: boolean; change?: (node: IndexStmt) => void },
): string | null {
  const node = definitionOf(index, relation)
  if (!node) return null
  const copy: IndexStmt = {
    ...structuredClone(node),
    idxname: fields.name,
    concurrent: fields.concurrent,
    relation: {
      schemaname: relation.schema,
      relname: relation.name,
      inh: fields.only !== true,
      relpersistence: 'p',
    },
  }
  copy.options = (copy.options ?? []).map(plainNumber)
  fields.change?.(copy)
  return faithful({ IndexStmt: copy })
}

function definitionOf(index: Index, relation: Pick<Relation, 'schema' | 'name'>): IndexStmt | null {
  if (index.definition.includes('…')) return null
  if (index.definition !== '') {
    try {
      const node = parseOne(index.definition)
      return 'IndexStmt' in node ? node.IndexStmt : null
    } catch {
      return null
    }
  }
  if (index.keys.includes(null) || index.predicate === '…') return null
  const element = (name: string): Node => ({
    IndexElem: { name, ordering: 'SORTBY_DEFAULT', nulls_ordering: 'SORTBY_NULLS_DEFAULT' },
  })
  let where: Node | undefined
  if (index.predicate !== null) {
    try {
      const select = parseOne(`SELECT WHERE ${index.predicate}`)
      where = 'SelectStmt' in select ? select.SelectStmt.whereClause : undefined
    } catch {
      return null
    }
  }
  return {
    accessMethod: index.method,
    indexParams: index.keys.flatMap((key) => (key === null ? [] : [element(key)])),
    ...(index.include.length > 0 ? { indexIncludingParams: index.include.map(element) } : {}),
    ...(where ? { whereClause: where } : {}),
    unique: index.unique,
    relation: { schemaname: relation.schema, relname: relation.name, inh: true, relpersistence: 'p' },
  }
}

/** pg_get_indexdef prints `fillfactor='80'`; the printer writes a number without quotes. */
function plainNumber(option: Node): Node {
  if (!('DefElem' in option)) return option
  const { arg } = option.DefElem
  const text = arg && 'String' in arg ? (arg.String.sval ?? '') : ''
  if (!/^\d{1,9}$/.test(text)) return option
  return { DefElem: { ...option.DefElem, arg: { Integer: { ival: Number(text) } } } }
}
