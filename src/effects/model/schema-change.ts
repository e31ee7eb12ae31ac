import type { Node } from '@pgsql/types'
import type { UserType } from '../../catalog/catalog.ts'
import type { Constraint, Index, Relation } from '../../catalog/relation.ts'

/** A change of the schema or the data that a statement handler records for the hazards. */
export type SchemaChange =
  | { kind: 'adds column'; relation: Relation; column: string; notNullWithoutDefault: boolean; fills: string | null }
  | {
      kind: 'changes type'
      relation: Relation
      column: string
      from: string
      to: string
      narrows: boolean
      /** The expression that USING computes the new values with. */
      using: Node | null
      /** The values of an enum; null for every other type. */
      fromLabels: readonly string[] | null
      toLabels: readonly string[] | null
    }
  | { kind: 'sets not null'; relation: Relation; column: string; proven: boolean }
  | {
      kind: 'adds constraint'
      relation: Relation
      constraint: string
      type: string
      columns: string[]
      validated: boolean
      definition: string
      references: Relation | null
      usingIndex: string | null
    }
  | { kind: 'validates constraint'; relation: Relation; constraint: string }
  | {
      kind: 'builds index'
      relation: Relation
      index: Index
      concurrently: boolean
      skipped: 'exists' | 'exists invalid' | null
    }
  | { kind: 'drops default'; relation: Relation; column: string }
  | { kind: 'drops index'; relation: Relation; index: Index; concurrently: boolean }
  | { kind: 'drops column'; relation: Relation; column: string }
  | { kind: 'leaves publication'; relation: Relation; publication: string }
  | { kind: 'drops relation'; relation: Relation }
  /** By its own statement, or together with the object it depends on. */
  | { kind: 'drops constraint'; relation: Relation; constraint: Constraint; cascade: boolean }
  | { kind: 'truncates'; relation: Relation }
  | { kind: 'drops schema'; schema: string }
  | { kind: 'renames column'; relation: Relation; from: string; to: string }
  | { kind: 'renames relation'; relation: Relation; to: { schema: string; name: string } }
  | {
      kind: 'writes rows'
      relation: Relation
      verb: 'update' | 'delete' | 'insert'
      rows: number | null
      where: string | null
      /** A unique key is pinned: one row a value. */
      bounded: boolean
      /** One round of a batch. */
      batch: boolean
      /** Columns that an UPDATE sets. `shifted`: to the old value with something added or taken away. */
      sets: { column: string; value: 'null' | 'constant' | 'shifted' | 'other' }[]
      /** It runs in any case, and no trigger or ON CONFLICT may leave rows out. */
      certain: boolean
    }
  | { kind: 'sets'; setting: string; value: string | null; local: boolean }
  | { kind: 'creates relation'; relation: Relation }
  | { kind: 'refuses transaction'; command: string }
  /** COMMIT or ROLLBACK in a DO block, a procedure or a function. `certain`: no branch decides and no handler catches it. */
  | { kind: 'ends transaction'; word: 'COMMIT' | 'ROLLBACK'; certain: boolean; inFunction: boolean }
  /** To a type that existed before. */
  | { kind: 'adds enum value'; type: UserType; label: string }
  | { kind: 'renames enum value'; type: UserType; from: string; to: string }
  | { kind: 'creates enum'; name: string }
  /** `count`: how many functions of this name the statement speaks of. */
  /** `replaces`: OR REPLACE, of one that was there. */
  | { kind: 'creates function'; name: string; count: number; replaces: boolean }
  /** `trigger`: only triggers could call it. */
  | { kind: 'drops function'; name: string; count: number; trigger: boolean }
