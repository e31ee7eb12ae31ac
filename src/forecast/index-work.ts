import { checkExpression } from '../catalog/expressions.ts'
import { columnOf, type Index, type Relation } from '../catalog/relation.ts'
import { selectivity } from '../catalog/selectivity.ts'
import { functionsIn } from '../sql/walk.ts'
import { cost, type Work } from './cost.ts'
import { buildWorkers, type ServerMemory } from './server.ts'
import { comesInOrder, distinctKeys, isText, tupleWidth, valueWidth } from './widths.ts'

/** A whole index built from a heap of so many bytes and rows. */
export function buildWork(index: Index, relation: Relation, rows: number, heap: number, server: ServerMemory): Work {
  const keys = Math.round(rows * share(index, relation, rows))
  const workers = index.method === 'btree' ? buildWorkers(heap, server) : 0
  const reading = [cost('read heap', heap, { workers }), cost('walk rows', rows, { workers })]
  const { costs, bytes, doubts } = ofMethod(index, relation, keys, workers, server)
  const logged = server.logsNewStorage && relation.persistence === 'permanent'
  return {
    costs: [
      ...reading,
      ...expressions(index, rows),
      ...costs,
      cost('write index', bytes),
      ...(logged ? [cost('write WAL', bytes)] : []),
    ],
    doubts: [...doubts, ...foreignFunctions(index)],
  }
}

interface Build extends Work {
  /** Bytes of the new index. */
  bytes: number
}

function ofMethod(index: Index, relation: Relation, keys: number, workers: number, server: ServerMemory): Build {
  switch (index.method) {
    case 'btree':
      return btree(index, relation, keys, workers, server)
    case 'hash':
      // Sorted by bucket, then put in one by one (hashbuild); pages stay a quarter empty.
      return {
        costs: [cost('sort', comparisons(keys)), cost('add index entries', keys * 0.5, { low: keys * 0.2 })],
        bytes: (keys * 20) / 0.75,
        doubts: [],
      }
    case 'brin':
      return { costs: [cost('evaluate', keys)], bytes: 0, doubts: [] }
    case 'gin':
      return gin(index, relation, keys)
    default:
      // GiST and SP-GiST descend a tree for each key and ask the operator class at every level.
      return {
        costs: [cost('add index entries', keys, { low: keys * 0.5 })],
        bytes: keys * tupleWidth(index, relation) * 1.5,
        doubts: [`what ${index.method} costs depends on its operator class`],
      }
  }
}

function btree(index: Index, relation: Relation, keys: number, workers: number, server: ServerMemory): Build {
  const tuple = tupleWidth(index, relation)
  const distinct = distinctKeys(index, relation, keys)
  const compared = comparisons(keys)
  const column = columnOf(relation, index.keys[0] ?? '')
  const part = isText(column) ? 'sort text' : 'sort'
  // The sort looks first whether the keys are in order already, which takes one comparison each.
  const least = comesInOrder(index, relation) ? keys : compared
  // Workers always hand their keys over in files (tuplesort.c); 24 bytes for the entry and 8 for its allocation.
  const spills = workers > 0 || keys * (tuple + 32) > server.maintenance
  return {
    costs: [
      cost('form keys', keys, { workers }),
      cost(part, compared, { low: least, workers }),
      ...(spills ? [cost('spill', keys * (tuple + 8), { low: workers > 0 ? 0 : keys * (tuple + 8) })] : []),
    ],
    bytes: btreeBytes(index, keys, distinct, tuple, server.major),
    doubts: [],
  }
}

/** Leaves are filled to 90 %. From 13 on equal keys share one tuple with six bytes for each row. */
function btreeBytes(index: Index, keys: number, distinct: number, tuple: number, major: number): number {
  const each = tuple + 4
  if (index.unique || major < 13 || distinct > keys / 2) return (keys * each) / 0.9
  return (Math.max(distinct, keys / 100) * each + keys * 6) / 0.9
}

/** Equal keys are compared too, by the place of their rows. */
function comparisons(keys: number): number {
  return keys * Math.log2(Math.max(2, keys))
}

/** Every element of a value is an entry; how many there are is only guessed from the width. */
function gin(index: Index, relation: Relation, keys: number): Build {
  const elements = index.keys.reduce((sum, name) => {
    const width = name === null ? 200 : valueWidth(columnOf(relation, name))
    return sum + Math.max(1, width / (/gin_trgm_ops/.test(index.definition) ? 1 : 12))
  }, 0)
  const entries = keys * elements
  return {
    costs: [cost('form keys', entries), cost('sort text', comparisons(entries), { low: entries * 4 })],
    bytes: entries * 4,
    doubts: ['how many entries a row has in a gin index'],
  }
}

/** The share of the rows that a partial index holds. */
export function share(index: Index, relation: Relation, rows: number): number {
  const predicate = index.predicate === null ? null : checkExpression(`CHECK (${index.predicate})`)
  return predicate === null ? 1 : selectivity(relation, predicate, rows)
}

function expressions(index: Index, rows: number) {
  const computed = index.keys.filter((name) => name === null).length
  const tested = index.predicate === null ? 0 : 1
  return [
    ...(computed > 0 ? [cost('call function', rows * computed * 0.5, { low: rows * computed * 0.1 })] : []),
    ...(tested > 0 ? [cost('evaluate', rows)] : []),
  ]
}

/** A function that is not built in may take any time. */
function foreignFunctions(index: Index): string[] {
  if (!index.keys.includes(null)) return []
  const node = checkExpression(`CHECK (${/\((.*)\)/s.exec(index.definition)?.[1] ?? 'true'})`)
  const own = node === null ? [] : functionsIn(node).filter(({ schema }) => schema !== null && schema !== 'pg_catalog')
  return own.length > 0 ? [`how long ${own[0]?.name}() takes`] : []
}
