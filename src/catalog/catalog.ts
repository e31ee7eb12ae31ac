import type { CreateFunctionStmt } from '@pgsql/types'
import { emptyRelation, emptySize, type Index, type Relation, relationName, unknownSize } from './relation.ts'
import { nameKey, Relations } from './relations.ts'
import type { CatalogSnapshot, Size } from './snapshot.ts'
import { UndoLog } from './undo-log.ts'
import { type VersionBehaviourName, versionBehaviours } from './version-behaviours.ts'

export type UserType = CatalogSnapshot['types'][number]
export type UserFunction = CatalogSnapshot['functions'][number]
type UserOperator = NonNullable<CatalogSnapshot['operators']>[number]
type UserCast = CatalogSnapshot['casts'][number]
type CastContext = 'implicit' | 'assignment' | 'explicit'
export type Publication = CatalogSnapshot['publications'][number]

/**
 * The modelled database. It changes as statements are applied. Every change is logged, so that a statement that
 * fails half-way, ROLLBACK and ROLLBACK TO restore exactly the state before.
 */
export class Catalog {
  /** `assumed`: nothing was read, so a name that was never seen may well exist. */
  readonly knowledge: 'read' | 'assumed'
  readonly serverVersion: number
  readonly snapshot: CatalogSnapshot | null

  readonly #log = new UndoLog()
  readonly #relations = new Relations()
  readonly #schemas = new Map<string, true>()
  readonly #types = new Map<string, UserType>()
  readonly #functions = new Map<string, UserFunction[]>()
  readonly #bodies = new Map<string, CreateFunctionStmt[]>()
  readonly #settings = new Map<string, string>()
  readonly #extensions = new Map<string, true>()
  readonly #casts = new Map<string, { cast: UserCast; context: CastContext }>()
  /** `method>type` of default operator classes that the review creates. */
  readonly #operatorClasses = new Map<string, true>()
  /** Operators that are not built in, by name; null when they were not read. */
  readonly #operators: Map<string, UserOperator[]> | null
  readonly #publications = new Map<string, Publication>()
  /** Names known not to exist although others may: dropped or renamed in this review, by the id that was next then. */
  readonly #gone = new Map<string, number>()
  /** Relations that may still count as new; see {@link commitAsExisting}. */
  readonly #fresh = new Set<number>()
  /** Tables that migration tools make for themselves, in small letters: they exist wherever the tool has run. */
  readonly #toolTables: ReadonlySet<string>
  /** The next id when SQL last ran that could not be read, and may have made or dropped anything; null: never. */
  #uncertainSince: number | null = null
  /** The same for what can only have made or dropped objects of one kind, such as a trigger. */
  readonly #uncertainKinds = new Map<string, number>()
  /** Schemas that the search path of a role or database may hold: whether it applied to a file is not known. */
  readonly #otherSchemas = new Map<string, true>()
  /** Schemas that were only named: what is in them is unknown. */
  readonly #assumedSchemas = new Map<string, true>()
  /** Schemas that platforms and extensions may make beside a history from nothing. */
  readonly #platformSchemas: ReadonlySet<string>
  #nextId = 2 ** 40

  /** Sizes by `schema.name` for relations that the files themselves make, when they are the whole history. */
  readonly sizes: Readonly<Record<string, { rows: number; bytes: number | null }>> | null

  constructor(options: {
    snapshot: CatalogSnapshot | null
    knowledge: 'read' | 'assumed'
    serverVersion: number
    sizes?: Record<string, { rows: number; bytes: number | null }>
    toolTables?: ReadonlySet<string>
    platformSchemas?: ReadonlySet<string>
  }) {
    this.#toolTables = options.toolTables ?? new Set()
    this.sizes = options.sizes ?? null
    this.#platformSchemas = options.platformSchemas ?? new Set()
    this.snapshot = options.snapshot
    this.knowledge = options.knowledge
    this.serverVersion = options.serverVersion
    const { snapshot } = options
    const operators = snapshot ? snapshot.operators : options.knowledge === 'read' ? [] : null
    this.#operators = operators && Map.groupBy(operators, ({ name }) => name)
    for (const schema of snapshot?.schemas ?? ['public']) this.#schemas.set(schema, true)
    for (const name of snapshot?.extensions ?? []) this.#extensions.set(name, true)
    for (const publication of snapshot?.publications ?? []) this.#publications.set(publication.name, publication)
    for (const type of snapshot?.types ?? []) this.#types.set(nameKey(type.schema, type.name), type)
    for (const [name, value] of Object.entries(snapshot?.settings ?? {})) this.#settings.set(name.toLowerCase(), value)
    // For which assignments a cast of the database counts was not read.
    for (const cast of snapshot?.casts ?? [])
      this.#casts.set(`${cast.from}>${cast.to}`, { cast, context: 'assignment' })
    this.#settings.set('search_path', (snapshot?.searchPath ?? ['public']).join(', '))
    for (const fn of snapshot?.functions ?? []) {
      const name = nameKey(fn.schema, fn.name)
      this.#functions.set(name, [...(this.#functions.get(name) ?? []), fn])
    }
    for (const relation of snapshot?.relations ?? []) this.put({ ...relation, known: true, isNew: false })
    this.#log.forget()
  }

  /** Major version: 16. */
  get major(): number {
    return Math.floor(this.serverVersion / 10_000)
  }

  /** Whether the server behaves so; {@link versionBehaviours} says since which version. */
  behaves(name: VersionBehaviourName): boolean {
    return this.major >= versionBehaviours[name].since
  }

  // --- undo -----------------------------------------------------------------------------------------------------

  undoPoint(): number {
    return this.#log.undoPoint()
  }

  /** Restores the state at that point. */
  rollback(undoPoint: number): void {
    this.#log.rollback(undoPoint)
  }

  /** Makes the changes so far permanent: they can no longer be rolled back. */
  keepChanges(): void {
    this.#log.forget()
  }

  /** Where {@link replay} goes back to. */
  replayPoint(): { undoPoint: number; nextId: number } {
    return { undoPoint: this.undoPoint(), nextId: this.#nextId }
  }

  /** As {@link rollback}; what is made from here on gets the ids that it had before. */
  replay({ undoPoint, nextId }: { undoPoint: number; nextId: number }): void {
    this.rollback(undoPoint)
    this.#nextId = nextId
  }

  /** From here on an unknown name may exist, because code ran that could not be read. */
  markUncertain(): void {
    const before = this.#uncertainSince
    this.#uncertainSince = this.#nextId
    this.#log.note(() => {
      this.#uncertainSince = before
    })
  }

  /** False when a name that is not in the catalog certainly does not exist. */
  get mayHoldMore(): boolean {
    return this.knowledge === 'assumed' || this.#uncertainSince !== null
  }

  /** From here on objects of one kind (`trigger`, `policy`) may exist that the catalog lacks, or be gone. */
  markKindUncertain(kind: string): void {
    this.#log.set(this.#uncertainKinds, kind, this.#nextId)
  }

  /**
   * True when SQL ran that could not be read and may have made or dropped an object of this kind, after this relation was
   * made (or at all, for one that was read). `kind` null: any object.
   */
  isUncertain(relation: Relation | null, kind: string | null): boolean {
    const since = Math.max(this.#uncertainSince ?? -1, kind === null ? -1 : (this.#uncertainKinds.get(kind) ?? -1))
    return since >= 0 && (relation === null || relation.id < since)
  }

  // --- relations ------------------------------------------------------------------------------------------------

  newId(): number {
    return this.#nextId++
  }

  get(id: number): Relation | null {
    return this.#relations.get(id)
  }

  /** The relation as it is now; for ids that must exist. */
  current(relation: Relation): Relation {
    return this.get(relation.id) ?? relation
  }

  /** Adds a relation, or replaces the one with its id. */
  put(relation: Relation): Relation {
    if (relation.isNew) this.#fresh.add(relation.id)
    this.#store(relation.id, relation)
    return relation
  }

  drop(relation: Relation): void {
    this.#store(relation.id, null)
    if (this.mayHoldMore) this.#log.set(this.#gone, nameKey(relation.schema, relation.name), this.#nextId)
  }

  #store(id: number, relation: Relation | null): void {
    const before = this.#relations.get(id)
    this.#relations.set(id, relation)
    this.#log.note(() => this.#relations.set(id, before))
  }

  /** Relations that count as new. */
  get newRelations(): ReadonlySet<number> {
    return this.#fresh
  }

  /** Treats what was created since as existing before, with rows that it may hold. */
  assumeExisting(since: ReadonlySet<number>): void {
    for (const id of this.#fresh) {
      const relation = this.#relations.get(id)
      if (since.has(id) || !relation) continue
      this.put({ ...relation, isNew: false, size: unknownSize })
      this.#fresh.delete(id)
    }
  }

  /**
   * Treats everything created so far as existing before: after the base branch's migrations, and after each file when
   * the files are the whole history, where the sizes declared for it come to hold.
   */
  commitAsExisting(): void {
    for (const id of this.#fresh) {
      const relation = this.#relations.get(id)
      if (!relation?.isNew) continue
      const declared = this.sizes?.[relationName(relation)]
      const size: Size = declared
        ? { ...emptySize, rows: declared.rows, rowsFrom: 'declared', heapBytes: declared.bytes ?? declared.rows * 100 }
        : unknownSize
      this.put({ ...relation, isNew: false, size: this.sizes ? size : relation.size })
    }
    this.#fresh.clear()
  }

  /** Changes some fields of a relation. */
  change(relation: Relation, fields: Partial<Relation>): Relation {
    return this.put({ ...this.current(relation), ...fields })
  }

  /** Gives a relation another name or schema. */
  rename(relation: Relation, schema: string, name: string): void {
    this.put({ ...this.current(relation), schema, name })
    if (this.mayHoldMore) this.#log.set(this.#gone, nameKey(relation.schema, relation.name), this.#nextId)
  }

  /** The relation that a name means; null when it does not exist. Unqualified names follow the search path. */
  find(schema: string | null, name: string): Relation | null {
    for (const candidate of this.#relationPath(schema)) {
      const found = this.#relations.named(candidate, name)
      if (found) return found
    }
    return null
  }

  /** As {@link find}, but a name that may exist although no catalog was read is assumed to exist, with everything unknown. */
  findOrAssume(schema: string | null, name: string, kind: Relation['kind'] = 'table'): Relation | null {
    const found = this.find(schema, name)
    if (found) return found
    if (schema === 'pg_catalog' || schema === 'information_schema' || (schema === null && name.startsWith('pg_'))) {
      return { ...emptyRelation(-this.newId(), schema ?? 'pg_catalog', name, kind), known: false, isNew: false }
    }
    const home = schema ?? this.creationSchema
    if (!this.mayHoldMore && !this.#isAround(schema, name)) return null
    const gone = this.#gone.get(nameKey(home, name))
    if (gone !== undefined && gone >= (this.#uncertainSince ?? 0)) return null
    // A negative id: it existed before the statement.
    return this.put({
      ...emptyRelation(-this.newId(), home, name, kind),
      known: false,
      isNew: false,
      size: unknownSize,
    })
  }

  /** True for what the migration tool or the platform makes, and for what is in a schema that was only named. */
  #isAround(schema: string | null, name: string): boolean {
    if (schema !== null && this.#assumedSchemas.has(schema)) return true
    if (schema !== null && this.#platformSchemas.has(schema)) return !this.#schemas.has(schema)
    return this.#toolTables.has(name.toLowerCase())
  }

  /** The index a name means, with its table. */
  findIndex(schema: string | null, name: string): { relation: Relation; index: Index } | null {
    for (const candidate of this.#relationPath(schema)) {
      const found = this.#relations.index(candidate, name)
      if (found) return found
    }
    return null
  }

  /** Temporary tables come first for relations, and never count for anything else. */
  #relationPath(schema: string | null): string[] {
    return schema === null ? ['pg_temp', ...this.#path(null)] : this.#path(schema)
  }

  /** True when a table, view, sequence or index of this name exists in the schema: they share one name space. */
  nameTaken(schema: string, name: string): boolean {
    return this.#relations.isTaken(schema, name)
  }

  /** True when any table of the schema has a constraint of this name: the server's made-up names avoid it. */
  constraintNameTaken(schema: string, name: string): boolean {
    return this.#relations.hasConstraint(schema, name)
  }

  all(): Iterable<Relation> {
    return this.#relations.all()
  }

  /** Direct partitions and inheritance children. */
  children(relation: Relation): Relation[] {
    return this.#relations.tiedTo(relation.id, 'children')
  }

  /** The relation and everything below it. */
  withDescendants(relation: Relation): Relation[] {
    return [this.current(relation), ...this.children(relation).flatMap((child) => this.withDescendants(child))]
  }

  /** Relations with a foreign key to this one, itself included when it refers to itself. */
  referencing(relation: Relation): Relation[] {
    return this.#relations.tiedTo(relation.id, 'referencing')
  }

  /** Views and materialized views that read this relation directly. */
  readers(relation: Relation): Relation[] {
    return this.#relations.tiedTo(relation.id, 'readers')
  }

  /** Sequences that go when this table goes. */
  ownedSequences(relation: Relation): Relation[] {
    return this.#relations.tiedTo(relation.id, 'owned')
  }

  // --- schemas, settings, types, functions ------------------------------------------------------------------------

  hasSchema(name: string): boolean {
    if (this.isAssumedSchema(name)) return true
    return this.mayHoldMore || this.#schemas.has(name) || name.startsWith('pg_') || name === 'information_schema'
  }

  /** True when the schema is known to exist; nothing is assumed. */
  knowsSchema(name: string): boolean {
    return this.#schemas.has(name)
  }

  schemas(): Iterable<string> {
    return this.#schemas.keys()
  }

  setSchema(name: string, exists: boolean): void {
    this.#log.set(this.#schemas, name, exists ? true : undefined)
  }

  get searchPath(): string[] {
    return pathOf(this.#settings.get('search_path') ?? 'public')
  }

  /** Where a name is looked for: also where it would be with a search path that may have applied. */
  #path(schema: string | null): string[] {
    if (this.#otherSchemas.size === 0) return schema === null ? this.searchPath : [schema]
    if (schema === null) return [...this.searchPath, ...this.#otherSchemas.keys()]
    return this.#otherSchemas.has(schema) ? [schema, ...this.searchPath] : [schema]
  }

  /** Takes note of a search path that sessions may have from here on. */
  addSearchPath(path: readonly string[]): void {
    for (const schema of path) if (!this.searchPath.includes(schema)) this.#log.set(this.#otherSchemas, schema, true)
  }

  /** Takes a schema that nothing made for one that exists, with unknown content. */
  assumeSchema(name: string): void {
    this.setSchema(name, true)
    this.#log.set(this.#assumedSchemas, name, true)
  }

  /** True when the content of the schema is unknown: the platform or the migration tool makes it. */
  isAssumedSchema(name: string): boolean {
    return this.#assumedSchemas.has(name) || (this.#platformSchemas.has(name) && !this.#schemas.has(name))
  }

  /** The schemas that have a table, view or sequence of this name. */
  schemasWith(name: string): string[] {
    return this.#relations.schemasWith(name)
  }

  /** Where an unqualified CREATE puts its object. */
  get creationSchema(): string {
    return this.searchPath.find((schema) => this.hasSchema(schema)) ?? 'public'
  }

  setting(name: string): string | null {
    return this.#settings.get(name.toLowerCase()) ?? null
  }

  setSetting(name: string, value: string | null): void {
    this.#log.set(this.#settings, name.toLowerCase(), value ?? undefined)
  }

  /** RESET ALL: every setting has the value that the session began with. */
  resetSettings(): void {
    for (const name of [...this.#settings.keys()]) this.setSetting(name, this.snapshot?.settings[name] ?? null)
    this.setSetting('search_path', (this.snapshot?.searchPath ?? ['public']).join(', '))
  }

  /** Casts that are not built in, with the context in which each counts. */
  casts(): Iterable<{ cast: UserCast; context: CastContext }> {
    return this.#casts.values()
  }

  /** Adds a cast; `context` null takes it away. Types as `format_type` prints them. */
  setCast(cast: UserCast, context: CastContext | null): void {
    this.#log.set(this.#casts, `${cast.from}>${cast.to}`, context ? { cast, context } : undefined)
  }

  hasDefaultOperatorClass(method: string, type: string): boolean {
    return this.#operatorClasses.has(`${method}>${type}`)
  }

  addDefaultOperatorClass(method: string, type: string): void {
    this.#log.set(this.#operatorClasses, `${method}>${type}`, true)
  }

  /** Operators that are not built in, by name; null when they are not known. */
  get operators(): ReadonlyMap<string, UserOperator[]> | null {
    return this.#operators
  }

  addOperator(operator: UserOperator): void {
    if (!this.#operators) return
    this.#log.set(this.#operators, operator.name, [...(this.#operators.get(operator.name) ?? []), operator])
  }

  get extensions(): ReadonlyMap<string, true> {
    return this.#extensions
  }

  get publications(): Publication[] {
    return [...this.#publications.values()]
  }

  setPublication(name: string, publication: Publication | null): void {
    this.#log.set(this.#publications, name, publication ?? undefined)
  }

  setExtension(name: string, exists: boolean): void {
    this.#log.set(this.#extensions, name, exists ? true : undefined)
  }

  type(schema: string | null, name: string): UserType | null {
    for (const candidate of this.#path(schema)) {
      const type = this.#types.get(nameKey(candidate, name))
      if (type) return type
    }
    return null
  }

  /** Every type that is known and not built in. */
  allTypes(): Iterable<UserType> {
    return this.#types.values()
  }

  setType(schema: string, name: string, type: UserType | null): void {
    this.#log.set(this.#types, nameKey(schema, name), type ?? undefined)
  }

  functions(schema: string | null, name: string): UserFunction[] {
    return this.#path(schema).flatMap((text) => this.#functions.get(nameKey(text, name)) ?? [])
  }

  /** Every function that is known and not built in. */
  *allFunctions(): Iterable<UserFunction> {
    for (const overloads of this.#functions.values()) yield* overloads
  }

  /** Functions that PostgreSQL keeps tied to this relation, or to a column of it. */
  functionsReading(relation: Relation, column: string | null): UserFunction[] {
    return [...this.allFunctions()].filter(({ reads }) =>
      reads.some((read) => read.relation === relation.id && (column === null || read.columns.includes(column))),
    )
  }

  /** The definitions of functions made in this review under this name, one for each list of argument types. */
  bodies(schema: string | null, name: string): CreateFunctionStmt[] {
    return this.#path(schema).flatMap((text) => this.#bodies.get(nameKey(text, name)) ?? [])
  }

  setBodies(schema: string, name: string, bodies: CreateFunctionStmt[]): void {
    this.#log.set(this.#bodies, nameKey(schema, name), bodies.length > 0 ? bodies : undefined)
  }

  setFunctions(schema: string, name: string, functions: UserFunction[]): void {
    this.#log.set(this.#functions, nameKey(schema, name), functions.length > 0 ? functions : undefined)
  }
}

const paths = new Map<string, string[]>()

/** The schemas of a search_path, as SET and SHOW write it. */
export function pathOf(text: string): string[] {
  const known = paths.get(text)
  if (known) return known
  const path = text
    .split(',')
    .map((part) => part.trim().replace(/^["'](.*)["']$/, '$1'))
    .filter((part) => part !== '' && part !== '$user')
  paths.set(text, path)
  return path
}
