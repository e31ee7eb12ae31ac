import type { CatalogSnapshot, Size, SnapshotRelation } from '../catalog/snapshot.ts'
import type { CodeFacts } from './code.ts'
import { estimateRows } from './estimate.ts'
import type { ColumnFacts } from './read-columns.ts'
import type { RelationFacts } from './read-relations.ts'
import type { ServerFacts } from './read-server.ts'
import { loginSettings, sessionSettings } from './settings.ts'
import type { SequenceValue, Storage } from './sizes.ts'
import type { Part, Structure } from './structure.ts'
import { warnings } from './warnings.ts'

/** All that one reading brought. */
export interface CatalogReading {
  server: ServerFacts
  code: CodeFacts
  relations: RelationFacts[]
  structure: Structure
  /** Null when sizes could not be read for locks. */
  sizes: (Storage | SequenceValue)[] | null
}

/** Puts the answers of the queries together. Pure. */
export function assemble(read: CatalogReading): CatalogSnapshot {
  const { server, code } = read
  const parts = Map.groupBy(read.structure.parts, ({ relation }) => relation)
  const storage = Map.groupBy(read.sizes ?? [], ({ relation }) => relation)
  const relations = read.relations.map((facts) =>
    relationOf(facts, parts.get(facts.id) ?? [], read.sizes && (storage.get(facts.id) ?? []), server.blockSize),
  )
  sumPartitions(relations)
  return {
    lockcastSnapshot: 1,
    takenAt: server.takenAt,
    serverVersion: server.version,
    standby: server.standby,
    countsSince: server.countsSince,
    settings: sessionSettings(server),
    roleSettings: loginSettings(server),
    searchPath: server.searchPath,
    schemas: server.schemas,
    extensions: server.extensions,
    types: code.types,
    functions: code.functions,
    casts: code.casts,
    operators: code.operators,
    publications: code.publications.map((publication) => ({
      ...publication,
      relations: read.relations.flatMap(({ id, publications }) =>
        publications.some(({ name }) => name === publication.name) ? [id] : [],
      ),
      parts: read.relations.flatMap(({ id, publications }) =>
        publications.flatMap(({ name, columns, filter }) =>
          name === publication.name && (columns || filter.length > 0) ? [{ relation: id, columns, filter }] : [],
        ),
      ),
    })),
    relations,
    profile: null,
    warnings: warnings(read, relations),
  }
}

function relationOf(
  facts: RelationFacts,
  parts: Part[],
  sizes: (Storage | SequenceValue)[] | null,
  blockSize: number,
): SnapshotRelation {
  const storage = sizes?.flatMap((size) => (size.part === 'sequence' ? [] : [size])) ?? null
  const value = sizes?.find((size) => size.part === 'sequence')
  const columns = parts.flatMap((it) => (it.part === 'column' ? [it.data] : []))
  const indexBytes = new Map(
    storage?.flatMap((it) => (it.part === 'index' ? [[it.id, it.bytes ?? it.pages * blockSize]] : [])),
  )
  const { tuples, pages, writable: _, hidden: __, publications: ___, ...plain } = facts
  return {
    ...plain,
    sequence: facts.sequence && { ...facts.sequence, last: value?.last ?? null },
    columns: columns.map(({ typeLength: _, maximumLength: __, ...column }) => column),
    constraints: parts.flatMap((it) => (it.part === 'constraint' ? [it.data] : [])),
    indexes: parts.flatMap((it) => {
      if (it.part !== 'index') return []
      const { id, ...index } = it.data
      return [{ ...index, bytes: indexBytes.get(id) ?? null }]
    }),
    triggers: parts.flatMap((it) => (it.part === 'trigger' ? [it.data] : [])),
    policies: parts.flatMap((it) => (it.part === 'policy' ? [it.data] : [])),
    rules: parts.flatMap((it) => (it.part === 'rule' ? [it.data] : [])),
    definition: parts.find((it) => it.part === 'definition')?.data ?? null,
    partitionKey: parts.find((it) => it.part === 'partition key')?.data ?? null,
    size: sizeOf(facts.kind, { tuples, pages }, storage, columns, blockSize),
  }
}

const noSize: Size = {
  rows: null,
  rowsFrom: null,
  heapBytes: null,
  toastBytes: null,
  indexBytes: null,
  current: true,
  deadShare: null,
}

function sizeOf(
  kind: SnapshotRelation['kind'],
  analysed: { tuples: number; pages: number },
  storage: Storage[] | null,
  columns: ColumnFacts[],
  blockSize: number,
): Size {
  if (kind !== 'table' && kind !== 'materialized view') return noSize
  const bytesOf = (part: Storage['part']): number | null => {
    if (!storage) return null
    return storage.filter((it) => it.part === part).reduce((sum, it) => sum + (it.bytes ?? it.pages * blockSize), 0)
  }
  const heapBytes = bytesOf('heap') ?? analysed.pages * blockSize
  const current = storage?.every(({ bytes }) => bytes !== null) ?? false
  // Without today's pages and without an ANALYZE, nothing is known: 0 pages then only means "not counted".
  const known = heapBytes > 0 || (storage?.some(({ part, bytes }) => part === 'heap' && bytes !== null) ?? false)
  if (!known && analysed.tuples <= 0) return { ...noSize, current }
  return {
    ...estimateRows(analysed, heapBytes, blockSize, columns),
    heapBytes,
    toastBytes: bytesOf('toast'),
    indexBytes: bytesOf('index'),
    current,
    deadShare: storage?.find(({ part }) => part === 'heap')?.dead ?? null,
  }
}

/** A partitioned table has no storage: its size is the sum of its leaves'. Rows elsewhere, behind a foreign table, are not counted. */
function sumPartitions(relations: SnapshotRelation[]): void {
  const children = Map.groupBy(relations, ({ partitionOf }) => partitionOf?.relation ?? null)
  const sumOf = (relation: SnapshotRelation): Size => {
    if (relation.kind !== 'partitioned table') return relation.size
    const sizes = (children.get(relation.id) ?? []).filter(({ kind }) => kind !== 'foreign table').map(sumOf)
    relation.size = {
      rows: total(sizes.map(({ rows }) => rows)),
      rowsFrom: sizes.some(({ rowsFrom }) => rowsFrom === 'bytes') ? 'bytes' : 'statistics',
      heapBytes: total(sizes.map(({ heapBytes }) => heapBytes)),
      toastBytes: total(sizes.map(({ toastBytes }) => toastBytes)),
      indexBytes: total(sizes.map(({ indexBytes }) => indexBytes)),
      current: sizes.every(({ current }) => current),
      deadShare: meanDeadShare(sizes),
    }
    if (relation.size.rows === null) relation.size.rowsFrom = null
    return relation.size
  }
  for (const relation of relations) if (!relation.partitionOf) sumOf(relation)
}

/** Weighted by rows; null when no partition has it. */
function meanDeadShare(sizes: Size[]): number | null {
  const told = sizes.filter(({ deadShare, rows }) => deadShare !== null && (rows ?? 0) > 0)
  const rows = told.reduce((sum, size) => sum + (size.rows ?? 0), 0)
  return rows === 0 ? null : told.reduce((sum, size) => sum + (size.deadShare ?? 0) * (size.rows ?? 0), 0) / rows
}

/** One part unknown makes the sum unknown. */
function total(numbers: (number | null)[]): number | null {
  return numbers.reduce((sum, number) => (sum === null || number === null ? null : sum + number), 0)
}
