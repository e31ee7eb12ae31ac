import type { AlterTableCmd } from '@pgsql/types'
import type { Index, Relation } from '../../catalog/relation.ts'
import type { LockMode } from './lock-modes.ts'
import type { SchemaChange } from './schema-change.ts'

/** The effect of one statement on one relation that existed before it. */
export interface Effect {
  /** As it was before the statement. */
  relation: Relation
  lock: LockMode
  /** Read whole because the statement must. */
  scan: boolean
  /** New storage. */
  rewrite: boolean
  /** Indexes built, with those that a rewrite builds again. */
  builds: Index[]
  /** TRUNCATE: new and empty storage, so that scans and builds cost nothing. */
  emptied: boolean
  /** CONCURRENTLY: holders of locks that conflict with this one are waited for (WaitForLockers), though it is not taken. */
  awaits: LockMode | null
  /** ACCESS EXCLUSIVE on an index of the relation: planning any query locks all indexes, so reads wait too. */
  locksIndexes: boolean
  /** Rows written by UPDATE, DELETE, INSERT or MERGE; null unknown. Undefined when it writes none. */
  writes?: { rows: number | null; verb: 'update' | 'delete' | 'insert' }
  /** A foreign key's other side, looked up once for each row of the referencing one. */
  lookedUpBy?: Relation
  when: 'always' | 'depends'
  /** Why a relation that the statement does not name is touched at all; null when it is named. */
  through: Through | null
}

/** `family`: a partition or child of the named one; `cascade`: a foreign key's action writes it. */
export interface Through {
  kind: 'family' | 'cascade' | 'other'
  /** A clause for the reader, names in backticks. */
  text: string
}

/** Makes a reason of no special kind. */
export function because(text: string): Through {
  return { kind: 'other', text }
}

/** One subcommand of an ALTER TABLE. */
export interface Subcommand {
  command: AlterTableCmd
  changes: SchemaChange[]
  /** It scans, rewrites or indexes a table that existed before. */
  works: boolean
}

/** Settings in force in the session, as far as the migration and the policy say. */
export interface Session {
  timeZone: string | null
}
