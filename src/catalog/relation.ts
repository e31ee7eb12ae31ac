import type { Size, SnapshotColumn, SnapshotConstraint, SnapshotIndex, SnapshotRelation } from './snapshot.ts'

/** A relation as the review sees it now. Never changed in place: {@link Catalog.put} replaces it. */
export interface Relation extends SnapshotRelation {
  /** False for a relation that was only named: its columns, constraints and size are unknown. */
  known: boolean
  /** Created in this review: nothing uses it yet. */
  isNew: boolean
  /** The one relation that a write of a view goes on to; null: none. Not set for a view that was read. */
  base?: number | null
}

export type Column = SnapshotColumn
export type Constraint = SnapshotConstraint
export type Index = SnapshotIndex

/** The column of this name; null when there is none, or the columns are unknown. */
export function columnOf(relation: Relation, name: string): Column | null {
  return relation.columns.find((column) => column.name === name) ?? null
}

/** `schema.name`, as in every output. */
export function relationName(relation: Pick<Relation, 'schema' | 'name'>): string {
  return `${relation.schema}.${relation.name}`
}

/** A relation with nothing in it, made in this review. */
export function emptyRelation(id: number, schema: string, name: string, kind: Relation['kind']): Relation {
  return {
    id,
    schema,
    name,
    kind,
    persistence: 'permanent',
    columns: [],
    constraints: [],
    indexes: [],
    triggers: [],
    policies: [],
    rules: [],
    partitionOf: null,
    partitionKey: null,
    inherits: [],
    reads: [],
    ownedBy: null,
    sequence: null,
    replicaIdentity: 'default',
    rowSecurity: false,
    definition: null,
    size: emptySize,
    known: true,
    isNew: true,
  }
}

export const emptySize: Size = {
  rows: 0,
  rowsFrom: 'statistics',
  heapBytes: 0,
  toastBytes: 0,
  indexBytes: 0,
  current: true,
  deadShare: null,
}

export const unknownSize: Size = {
  rows: null,
  rowsFrom: null,
  heapBytes: null,
  toastBytes: null,
  indexBytes: null,
  current: true,
  deadShare: null,
}
