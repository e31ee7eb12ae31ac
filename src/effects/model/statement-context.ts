import type { Node, RangeVar } from '@pgsql/types'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Relation } from '../../catalog/relation.ts'
import type { Effect, Session, Subcommand, Through } from './effect.ts'
import { type LockMode, stronger } from './lock-modes.ts'
import type { SchemaChange } from './schema-change.ts'
import { CannotBeJudged, missingRelation, StatementFails } from './server-errors.ts'
import { duplicateTable, invalidSchemaName } from './sqlstate-errors.ts'
import type { Ctes, RunStatement } from './statement-handler.ts'

/** The context of one statement: reads and changes the catalog, collects the effects. */
export class StatementContext {
  readonly catalog: Catalog
  readonly session: Session
  /** Facts about this statement that hazards look at. */
  readonly changes: SchemaChange[] = []
  /** The subcommands of an ALTER TABLE with more than one, in the order in which they run. */
  readonly subcommands: Subcommand[] = []
  readonly #effects = new Map<number, Effect>()
  readonly #firstNewId: number
  /** Why a part of the statement could not be judged. */
  unknown: string | null = null
  /** Inside code that commits as it goes: what it writes at a time, its author has bounded. */
  commits = false
  #hasVariables = false
  #depends = false
  /** Why everything that is touched now is touched, inside {@link sideEffects}. */
  #through: Through | null = null
  readonly #running = new Set<object>()
  #read = new Map<number, Set<string>>()

  readonly #run: RunStatement

  constructor(catalog: Catalog, session: Session, run: RunStatement) {
    this.catalog = catalog
    this.session = session
    this.#run = run
    this.#firstNewId = catalog.newId()
  }

  get effects(): Effect[] {
    return [...this.#effects.values()]
  }

  /** Records a lock and the work under it. Ignores relations that this statement creates. */
  lock(relation: Relation, lock: LockMode, work: Partial<Effect> = {}): void {
    if (this.isNew(relation)) return
    const part = this.subcommands.at(-1)
    if (part) part.works ||= (work.scan || work.rewrite || (work.builds ?? []).length > 0) ?? false
    const before = this.#effects.get(relation.id)
    const depends = this.#depends || work.when === 'depends'
    if (!before) {
      this.#effects.set(relation.id, {
        relation,
        lock,
        scan: false,
        rewrite: false,
        builds: [],
        emptied: false,
        awaits: null,
        locksIndexes: false,
        through: null,
        ...work,
        ...(this.#through === null ? {} : { through: this.#through }),
        when: depends ? 'depends' : 'always',
      })
      return
    }
    const builds = [...before.builds]
    for (const index of work.builds ?? []) if (!builds.some((build) => build.name === index.name)) builds.push(index)
    this.#effects.set(relation.id, {
      ...before,
      lock: stronger(before.lock, lock),
      scan: before.scan || (work.scan ?? false),
      rewrite: before.rewrite || (work.rewrite ?? false),
      builds,
      emptied: before.emptied || (work.emptied ?? false),
      awaits: before.awaits ?? work.awaits ?? null,
      locksIndexes: before.locksIndexes || (work.locksIndexes ?? false),
      writes: work.writes ?? before.writes,
      lookedUpBy: work.lookedUpBy ?? before.lookedUpBy,
      through: work.through || this.#through !== null ? before.through : null,
      when: before.when === 'always' || !depends ? 'always' : 'depends',
    })
  }

  /** True for a relation that this very statement made. */
  isNew(relation: Relation): boolean {
    return relation.id > this.#firstNewId
  }

  noteRead(relation: number, column: string): void {
    const columns = this.#read.get(relation)
    if (columns) columns.add(column)
    else this.#read.set(relation, new Set([column]))
  }

  /** The columns that the queries looked at in `run` read, by the relation's id. */
  columnsReadBy(run: () => void): ReadonlyMap<number, ReadonlySet<string>> {
    const before = this.#read
    this.#read = new Map()
    try {
      run()
      return this.#read
    } finally {
      this.#read = before
    }
  }

  /** Records that a part of the statement is not understood; the rest still counts. */
  markUnknown(reason: string): void {
    this.unknown ??= reason
  }

  /** Runs a statement inside this one: in WITH, EXPLAIN ANALYZE, a DO block or a function. False when its kind is not modelled. */
  runStatement(node: Node, outer?: Ctes): boolean {
    return this.#run(node, this, outer)
  }

  /** Runs the body of a function, rule or view that the statement leads to. One that leads to itself adds nothing new. */
  enterBody(body: object, run: () => void): void {
    if (this.#running.has(body)) return
    this.#running.add(body)
    try {
      run()
    } finally {
      this.#running.delete(body)
    }
  }

  /** True while a condition decides whether this runs. */
  get isConditional(): boolean {
    return this.#depends
  }

  /** Everything touched inside happens only when rows match or a branch is taken. */
  conditionally(run: () => void): void {
    const before = this.#depends
    this.#depends = true
    try {
      run()
    } finally {
      this.#depends = before
    }
  }

  /** Inside a function or DO block, where a name may be a variable or parameter. */
  get hasVariables(): boolean {
    return this.#hasVariables
  }

  withVariables(run: () => void): void {
    const before = this.#hasVariables
    this.#hasVariables = true
    try {
      run()
    } finally {
      this.#hasVariables = before
    }
  }

  /**
   * Runs a side effect that the statement does not name: the body of a trigger function, a cascade. Its locks
   * count as `depends`; its changes, failures and unknown parts do not count for the statement.
   */
  sideEffects(through: Through, run: () => void): void {
    const [undoPoint, changes, unknown, before] = [
      this.catalog.undoPoint(),
      this.changes.length,
      this.unknown,
      this.#through,
    ]
    this.#through = through
    try {
      this.conditionally(run)
    } catch (error) {
      if (!(error instanceof StatementFails || error instanceof CannotBeJudged)) throw error
    }
    this.#through = before
    this.changes.length = changes
    this.unknown = unknown
    this.catalog.rollback(undoPoint)
  }

  recordChange(change: SchemaChange): void {
    this.changes.push(change)
    this.subcommands.at(-1)?.changes.push(change)
  }

  /** The relation a name in the statement means. Fails as the server does when there is none. */
  relation(name: RangeVar | undefined): Relation {
    const found = this.find(name)
    if (found) return found
    const schema = name?.schemaname
    if (schema && !this.catalog.hasSchema(schema)) {
      throw invalidSchemaName(`schema "${schema}" does not exist`, { kind: 'schema', name: schema })
    }
    throw missingRelation(name)
  }

  /** As {@link relation}, for rows: a query says that the relation is missing, also when its schema is. */
  writeTarget(name: RangeVar | undefined): Relation {
    const found = this.find(name)
    if (!found) throw missingRelation(name)
    return found
  }

  /** As {@link relation}, null when there is none. */
  find(name: RangeVar | undefined): Relation | null {
    return this.catalog.findOrAssume(name?.schemaname ?? null, name?.relname ?? '')
  }

  /** As {@link find} for IF EXISTS: where a catalog was read, a name that is not in it counts as missing. */
  findIfExists(name: RangeVar | undefined): Relation | null {
    const { catalog } = this
    if (catalog.knowledge === 'assumed') return this.find(name)
    return catalog.find(name?.schemaname ?? null, name?.relname ?? '')
  }

  /** The schema a CREATE puts its object into. Fails when it does not exist. */
  creationSchema(name: RangeVar | undefined): string {
    if (name?.relpersistence === 't') return 'pg_temp'
    const schema = name?.schemaname ?? this.catalog.creationSchema
    if (!this.catalog.hasSchema(schema)) {
      throw invalidSchemaName(`schema "${schema}" does not exist`, { kind: 'schema', name: schema })
    }
    return schema
  }

  /** Fails when the name is taken in the schema's name space of tables, views, indexes and sequences. */
  requireFreeName(schema: string, name: string): void {
    if (this.catalog.nameTaken(schema, name)) {
      throw duplicateTable(`relation "${name}" already exists`, {
        kind: 'relation',
        name: `${schema}.${name}`,
      })
    }
  }
}
