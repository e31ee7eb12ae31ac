import type { Node, RangeVar } from '@pgsql/types'
import type { Catalog } from '../catalog/catalog.ts'
import type { Constraint, Relation } from '../catalog/relation.ts'
import { columnOf } from '../catalog/relation.ts'
import type { SchemaChange } from '../effects/model/schema-change.ts'
import type { PendingEvent, Step } from '../hazards/context/review-context.ts'

type Write = Extract<SchemaChange, { kind: 'writes rows' }>

interface Queued extends PendingEvent {
  relation: number
  /** Position of the writer in its transaction. */
  at: number
}

/**
 * Trigger events that writes leave for the end of the transaction: of deferred foreign keys, unique constraints and
 * constraint triggers. While one waits, most DDL on its table fails (CheckTableNotInUse in tablecmds.c, 55006). Measured
 * on 13 and 18: an INSERT queues an event also for a null key, an UPDATE only for a key that becomes another non-null
 * value, a DELETE only on the referenced side; a unique constraint queues one only where a value is there twice.
 */
export class PendingEvents {
  #queued: Queued[] = []
  #all: 'immediate' | 'deferred' | null = null
  readonly #named = new Map<string, 'immediate' | 'deferred'>()

  /** Runs the statement past the queue: what it adds, and the event that stops it; null when none does. */
  run(step: Step, at: number, catalog: Catalog): PendingEvent | null {
    const { node } = step.statement
    if (!node) return null
    if ('ConstraintsSetStmt' in node) {
      const { constraints, deferred } = node.ConstraintsSetStmt
      this.#setMode(
        (constraints ?? []).flatMap((name) => ('RangeVar' in name ? [name.RangeVar.relname ?? ''] : [])),
        deferred ? 'deferred' : 'immediate',
      )
      return null
    }
    const direct = namedIn(node).flatMap((name) => catalog.find(name.schemaname ?? null, name.relname ?? '') ?? [])
    const stopped = direct.map((relation) => this.#against(relation, catalog)).find((event) => event !== null)
    if (stopped) return stopped
    const inCode = 'DoStmt' in node || 'CallStmt' in node || 'SelectStmt' in node
    for (const change of step.analysis.changes) {
      if (change.kind === 'writes rows') this.#write(change, step, at, catalog)
      else if (inCode || change.kind === 'drops relation' || change.kind === 'truncates') {
        const event = usesTable(change) ? this.#against(change.relation, catalog) : null
        // Code may hold a SET CONSTRAINTS of its own.
        if (event) return inCode ? { ...event, certain: false } : event
      }
    }
    return null
  }

  /** ROLLBACK TO forgets the events after the savepoint. */
  rollbackTo(at: number): void {
    this.#queued = this.#queued.filter((event) => event.at < at)
  }

  #setMode(names: string[], mode: 'immediate' | 'deferred'): void {
    if (names.length === 0) {
      this.#all = mode
      this.#named.clear()
    }
    for (const name of names) this.#named.set(name, mode)
    if (mode === 'immediate')
      this.#queued = this.#queued.filter((event) => names.length > 0 && !names.includes(event.constraint))
  }

  #isDeferred(name: string, deferrable: boolean, definition: string): boolean {
    if (!deferrable) return false
    return (this.#named.get(name) ?? this.#all ?? (initiallyDeferred.test(definition) ? 'deferred' : '')) === 'deferred'
  }

  #write(write: Write, writer: Step, at: number, catalog: Catalog): void {
    const relation = catalog.current(write.relation)
    const add = (constraint: string, certain: boolean): void => {
      this.#queued.push({ relation: relation.id, constraint, certain, writer, at })
    }
    const sure = write.certain && relation.kind === 'table' && hasRow(write)
    for (const constraint of relation.constraints) {
      if (!this.#isDeferred(constraint.name, constraint.deferrable, constraint.definition)) continue
      const key = constraint.kind === 'foreign key'
      const touched = write.verb === 'insert' || setsAny(write, constraint.columns)
      if (!touched || write.verb === 'delete') continue
      if (write.verb === 'insert') add(constraint.name, sure && key)
      else if (!setsNull(write, constraint))
        add(constraint.name, sure && key && changesAny(write, constraint, relation))
    }
    for (const other of catalog.referencing(relation)) {
      for (const constraint of other.constraints) {
        const { references } = constraint
        if (references?.relation !== relation.id || write.verb === 'insert') continue
        if (!this.#isDeferred(constraint.name, constraint.deferrable, constraint.definition)) continue
        // Only NO ACTION waits; the others act at once.
        const action = write.verb === 'delete' ? references.onDelete : references.onUpdate
        if (action !== 'no action') continue
        const keys = references.columns
        if (write.verb === 'delete') add(constraint.name, sure)
        else if (setsAny(write, keys)) add(constraint.name, sure && changesAny(write, { columns: keys }, relation))
      }
    }
    for (const { name, enabled, definition } of relation.triggers) {
      const events = /^CREATE CONSTRAINT TRIGGER .*? AFTER (.*?) ON /is.exec(definition)?.[1]
      if (!enabled || events === undefined || !new RegExp(`\\b${write.verb}\\b`, 'i').test(events)) continue
      if (!this.#isDeferred(name, /\bDEFERRABLE\b/i.test(definition), definition)) continue
      add(name, sure && !/\bWHEN\b/i.test(definition) && !/\bUPDATE OF\b/i.test(events))
    }
  }

  #against(relation: Relation, catalog: Catalog): PendingEvent | null {
    const own = this.#queued.filter((event) => event.relation === relation.id)
    const [event] = [...own.filter((item) => item.certain), ...own]
    if (event) return { constraint: event.constraint, certain: event.certain, writer: event.writer }
    // Events of a partitioned table are queued on its partitions, which most of ALTER TABLE visits too.
    const family = new Set([...catalog.withDescendants(relation).map(({ id }) => id), relation.partitionOf?.relation])
    const near = this.#queued.find((item) => family.has(item.relation))
    return near ? { constraint: near.constraint, certain: false, writer: near.writer } : null
  }
}

const initiallyDeferred = /\bINITIALLY\s+DEFERRED\b/i

/** Commands that ask whether the table is in use. RENAME, SET SCHEMA, CREATE TRIGGER, COMMENT and REINDEX do not. */
function namedIn(node: Node): RangeVar[] {
  const item = (name: RangeVar | undefined): RangeVar[] => (name ? [name] : [])
  if ('AlterTableStmt' in node) return item(node.AlterTableStmt.relation)
  if ('IndexStmt' in node) return node.IndexStmt.concurrent ? [] : item(node.IndexStmt.relation)
  if ('ClusterStmt' in node) return item(node.ClusterStmt.relation)
  return []
}

function usesTable(change: SchemaChange): change is Extract<SchemaChange, { relation: Relation }> {
  switch (change.kind) {
    case 'adds column':
    case 'changes type':
    case 'sets not null':
    case 'adds constraint':
    case 'validates constraint':
    case 'drops default':
    case 'drops column':
    case 'drops relation':
    case 'truncates':
      return true
    case 'builds index':
      return !change.concurrently && change.skipped === null
    default:
      return false
  }
}

/** At least one row is written: values that are given, or all rows of a table that has some. */
function hasRow(write: Write): boolean {
  if (write.verb === 'insert') return write.bounded && (write.rows ?? 0) > 0
  return write.where === null && (write.rows ?? 0) > 0
}

function setsAny({ sets }: Write, columns: string[]): boolean {
  return sets.some(({ column }) => columns.includes(column))
}

function setsNull({ sets }: Write, { columns }: Pick<Constraint, 'columns'>): boolean {
  return sets.some(({ column, value }) => value === 'null' && columns.includes(column))
}

/** At least one row gets another value: it is computed from the old one, or the column holds several values. */
function changesAny({ sets }: Write, { columns }: Pick<Constraint, 'columns'>, relation: Relation): boolean {
  return sets.some(({ column, value }) => {
    if (!columns.includes(column)) return false
    const statistics = columnOf(relation, column)?.statistics
    if (value === 'shifted') return (statistics?.nullFraction ?? (columnOf(relation, column)?.notNull ? 0 : 1)) < 1
    const { rows } = relation.size
    const distinct = statistics && (statistics.distinct >= 0 ? statistics.distinct : -statistics.distinct * (rows ?? 0))
    return value === 'constant' && distinct != null && distinct >= 2
  })
}
