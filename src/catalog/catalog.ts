import type { CreateFunctionStmt } from '@pgsql/types'
import type {
  CatalogSnapshot,
  Size,
  SnapshotColumn,
  SnapshotConstraint,
  SnapshotIndex,
  SnapshotRelation,
} from './snapshot.ts'

/** A relation as the review sees it now. Never changed in place: {@link Catalog.put} replaces it. */
export interface Relation extends SnapshotRelation {
  /** False for a relation that was only named: its columns, constraints and size are unknown. */
  known: boolean
  /** Made in this review, so that no one used it before. */
  isNew: boolean
  /** The one relation that a write of a view goes on to; null: none. Not set for a view that was read. */
  base?: number | null
}

export type Column = SnapshotColumn
export type Constraint = SnapshotConstraint
export type Index = SnapshotIndex
export type UserType = CatalogSnapshot['types'][number]
export type UserFunction = CatalogSnapshot['functions'][number]
export type Publication = CatalogSnapshot['publications'][number]

/**
 * What is known of the database, evolving as statements are applied. Every change is logged, so that a statement that
 * fails half-way, ROLLBACK and ROLLBACK TO give back exactly what stood before.
 */
export class Catalog {
  /** `assumed`: nothing was read, so a name that was never seen may well exist. */
  readonly knowledge: 'read' | 'assumed'
  readonly serverVersion: number
  readonly snapshot: CatalogSnapshot | null

  readonly #relations = new Map<number, Relation>()
  readonly #names = new Map<string, number>()
  readonly #indexes = new Map<string, number>()
  /** How many constraints of a schema have a name. */
  readonly #constraints = new Map<string, number>()
  readonly #children = new Map<number, Set<number>>()
  readonly #referencing = new Map<number, Set<number>>()
  readonly #readers = new Map<number, Set<number>>()
  readonly #owned = new Map<number, Set<number>>()
  readonly #schemas = new Map<string, true>()
  readonly #types = new Map<string, UserType>()
  readonly #functions = new Map<string, UserFunction[]>()
  readonly #bodies = new Map<string, CreateFunctionStmt[]>()
  readonly #settings = new Map<string, string>()
  readonly #extensions = new Map<string, true>()
  readonly #publications = new Map<string, Publication>()
  /** Names that are known not to stand, though nothing was read: dropped or renamed in this review. */
  readonly #gone = new Map<string, true>()
  /** Relations that may still count as new; see {@link settle}. */
  readonly #fresh = new Set<number>()
  /** Something ran that could not be read, and may have made or dropped anything. */
  #blurred = false
  readonly #log: (() => void)[] = []
  #nextId = 2 ** 40

  /** Sizes by `schema.name` for relations that the files themselves make, when they are the whole history. */
  readonly sizes: Readonly<Record<string, { rows: number; bytes: number | null }>> | null

  constructor(options: {
    snapshot: CatalogSnapshot | null
    knowledge: 'read' | 'assumed'
    serverVersion: number
    sizes?: Record<string, { rows: number; bytes: number | null }>
  }) {
    this.sizes = options.sizes ?? null
    this.snapshot = options.snapshot
    this.knowledge = options.knowledge
    this.serverVersion = options.serverVersion
    const { snapshot } = options
    for (const schema of snapshot?.schemas ?? ['public']) this.#schemas.set(schema, true)
    for (const name of snapshot?.extensions ?? []) this.#extensions.set(name, true)
    for (const one of snapshot?.publications ?? []) this.#publications.set(one.name, one)
    for (const type of snapshot?.types ?? []) this.#types.set(key(type.schema, type.name), type)
    for (const [name, value] of Object.entries(snapshot?.settings ?? {})) this.#settings.set(name.toLowerCase(), value)
    this.#settings.set('search_path', (snapshot?.searchPath ?? ['public']).join(', '))
    for (const fn of snapshot?.functions ?? []) {
      const name = key(fn.schema, fn.name)
      this.#functions.set(name, [...(this.#functions.get(name) ?? []), fn])
    }
    for (const relation of snapshot?.relations ?? []) this.put({ ...relation, known: true, isNew: false })
    this.#log.length = 0
  }

  /** Major version: 16. */
  get major(): number {
    return Math.floor(this.serverVersion / 10_000)
  }

  // --- undo -----------------------------------------------------------------------------------------------------

  mark(): number {
    return this.#log.length
  }

  /** Gives back what stood at the mark. */
  rollback(mark: number): void {
    while (this.#log.length > mark) this.#log.pop()?.()
  }

  #set<K, V>(map: Map<K, V>, mapKey: K, value: V | undefined): void {
    const before = map.get(mapKey)
    if (value === undefined) map.delete(mapKey)
    else map.set(mapKey, value)
    this.#log.push(() => {
      if (before === undefined) map.delete(mapKey)
      else map.set(mapKey, before)
    })
  }

  /** From here on a name that was never seen may stand: code ran that could not be read. */
  blur(): void {
    if (this.#blurred) return
    this.#blurred = true
    this.#log.push(() => {
      this.#blurred = false
    })
  }

  /** False when a name that is not in the catalog surely does not stand. */
  get mayHoldMore(): boolean {
    return this.knowledge === 'assumed' || this.#blurred
  }

  // --- relations ------------------------------------------------------------------------------------------------

  newId(): number {
    return this.#nextId++
  }

  get(id: number): Relation | null {
    return this.#relations.get(id) ?? null
  }

  /** The relation as it is now; for ids that must stand. */
  now(relation: Relation): Relation {
    return this.#relations.get(relation.id) ?? relation
  }

  /** Adds a relation, or replaces the one with its id. */
  put(relation: Relation): Relation {
    if (relation.isNew) this.#fresh.add(relation.id)
    const before = this.#relations.get(relation.id)
    this.#store(relation.id, relation)
    this.#log.push(() => this.#store(relation.id, before))
    return relation
  }

  drop(relation: Relation): void {
    const before = this.#relations.get(relation.id)
    this.#store(relation.id, undefined)
    this.#log.push(() => this.#store(relation.id, before))
    if (this.mayHoldMore) this.#set(this.#gone, key(relation.schema, relation.name), true)
  }

  /** Relations that count as new. */
  get fresh(): ReadonlySet<number> {
    return this.#fresh
  }

  /** What was made since counts as having stood before, with all that it may hold. */
  assumeStanding(since: ReadonlySet<number>): void {
    for (const id of this.#fresh) {
      const relation = this.#relations.get(id)
      if (since.has(id) || !relation) continue
      this.put({ ...relation, isNew: false, size: unknownSize })
      this.#fresh.delete(id)
    }
  }

  /**
   * What was made so far counts as standing from here on: after the base branch's migrations, and after each file when
   * the files are the whole history, where the sizes declared for it come to hold.
   */
  settle(): void {
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
    return this.put({ ...this.now(relation), ...fields })
  }

  /** Gives a relation another name or schema. */
  rename(relation: Relation, schema: string, name: string): void {
    this.put({ ...this.now(relation), schema, name })
    if (this.mayHoldMore) this.#set(this.#gone, key(relation.schema, relation.name), true)
  }

  /** Every index kept beside the relations is derived here, and only here. */
  #store(id: number, relation: Relation | undefined): void {
    const before = this.#relations.get(id)
    if (before) {
      unlink(this.#names, key(before.schema, before.name), id)
      for (const one of before.constraints) count(this.#constraints, key(before.schema, one.name), -1)
      for (const index of before.indexes) unlink(this.#indexes, key(before.schema, index.name), id)
      for (const [map, other] of ties(before, this)) map.get(other)?.delete(id)
    }
    if (!relation) {
      this.#relations.delete(id)
      return
    }
    this.#relations.set(id, relation)
    this.#names.set(key(relation.schema, relation.name), id)
    for (const one of relation.constraints) count(this.#constraints, key(relation.schema, one.name), 1)
    for (const index of relation.indexes) this.#indexes.set(key(relation.schema, index.name), id)
    for (const [map, other] of ties(relation, this)) {
      const set = map.get(other)
      if (set) set.add(id)
      else map.set(other, new Set([id]))
    }
  }

  /** For {@link ties}. */
  get maps() {
    return { children: this.#children, referencing: this.#referencing, readers: this.#readers, owned: this.#owned }
  }

  /** The relation a name means; null when it does not stand. Unqualified names follow the search path. */
  find(schema: string | null, name: string): Relation | null {
    for (const candidate of schema === null ? ['pg_temp', ...this.searchPath] : [schema]) {
      const id = this.#names.get(key(candidate, name))
      if (id !== undefined) return this.#relations.get(id) ?? null
    }
    return null
  }

  /** As {@link find}, but a name that may stand although nothing was read is taken to stand, with all unknown. */
  findOrAssume(schema: string | null, name: string, kind: Relation['kind'] = 'table'): Relation | null {
    const found = this.find(schema, name)
    if (found) return found
    if (schema === 'pg_catalog' || schema === 'information_schema' || (schema === null && name.startsWith('pg_'))) {
      return { ...emptyRelation(-this.newId(), schema ?? 'pg_catalog', name, kind), known: false, isNew: false }
    }
    if (!this.mayHoldMore) return null
    const home = schema ?? this.creationSchema
    if (this.#gone.has(key(home, name))) return null
    // A negative id: it stood before the statement, unlike what the statement makes.
    return this.put({
      ...emptyRelation(-this.newId(), home, name, kind),
      known: false,
      isNew: false,
      size: unknownSize,
    })
  }

  /** The index a name means, with its table. */
  findIndex(schema: string | null, name: string): { relation: Relation; index: Index } | null {
    for (const candidate of schema === null ? ['pg_temp', ...this.searchPath] : [schema]) {
      const id = this.#indexes.get(key(candidate, name))
      const relation = id === undefined ? null : this.get(id)
      const index = relation?.indexes.find((one) => one.name === name)
      if (relation && index) return { relation, index }
    }
    return null
  }

  /** True when a table, view, sequence or index of this name stands in the schema: they share one name space. */
  nameTaken(schema: string, name: string): boolean {
    return this.#names.has(key(schema, name)) || this.#indexes.has(key(schema, name))
  }

  /** True when any table of the schema has a constraint of this name: the server's made-up names avoid it. */
  constraintNameTaken(schema: string, name: string): boolean {
    return (this.#constraints.get(key(schema, name)) ?? 0) > 0
  }

  all(): Iterable<Relation> {
    return this.#relations.values()
  }

  /** Direct partitions and inheritance children. */
  children(relation: Relation): Relation[] {
    return this.#related(this.#children, relation)
  }

  /** The relation and everything below it. */
  family(relation: Relation): Relation[] {
    return [this.now(relation), ...this.children(relation).flatMap((child) => this.family(child))]
  }

  /** Relations with a foreign key to this one, itself included when it refers to itself. */
  referencing(relation: Relation): Relation[] {
    return this.#related(this.#referencing, relation)
  }

  /** Views and materialized views that read this relation directly. */
  readers(relation: Relation): Relation[] {
    return this.#related(this.#readers, relation)
  }

  /** Sequences that go when this table goes. */
  ownedSequences(relation: Relation): Relation[] {
    return this.#related(this.#owned, relation)
  }

  #related(map: Map<number, Set<number>>, relation: Relation): Relation[] {
    return [...(map.get(relation.id) ?? [])].flatMap((id) => this.get(id) ?? [])
  }

  // --- schemas, settings, types, functions ------------------------------------------------------------------------

  hasSchema(name: string): boolean {
    return this.mayHoldMore || this.#schemas.has(name) || name.startsWith('pg_') || name === 'information_schema'
  }

  /** True when the schema is known to stand: nothing is taken for granted. */
  knowsSchema(name: string): boolean {
    return this.#schemas.has(name)
  }

  schemas(): Iterable<string> {
    return this.#schemas.keys()
  }

  setSchema(name: string, stands: boolean): void {
    this.#set(this.#schemas, name, stands ? true : undefined)
  }

  get searchPath(): string[] {
    return (this.#settings.get('search_path') ?? 'public')
      .split(',')
      .map((part) => part.trim().replace(/^"(.*)"$/, '$1'))
      .filter((part) => part !== '' && part !== '$user')
  }

  /** Where an unqualified CREATE puts its object. */
  get creationSchema(): string {
    return this.searchPath.find((schema) => this.hasSchema(schema)) ?? 'public'
  }

  setting(name: string): string | null {
    return this.#settings.get(name.toLowerCase()) ?? null
  }

  setSetting(name: string, value: string | null): void {
    this.#set(this.#settings, name.toLowerCase(), value ?? undefined)
  }

  get extensions(): ReadonlyMap<string, true> {
    return this.#extensions
  }

  get publications(): Publication[] {
    return [...this.#publications.values()]
  }

  setPublication(publication: Publication): void {
    this.#set(this.#publications, publication.name, publication)
  }

  setExtension(name: string, stands: boolean): void {
    this.#set(this.#extensions, name, stands ? true : undefined)
  }

  type(schema: string | null, name: string): UserType | null {
    for (const candidate of schema === null ? this.searchPath : [schema]) {
      const type = this.#types.get(key(candidate, name))
      if (type) return type
    }
    return null
  }

  /** Every type that is known and not built in. */
  allTypes(): Iterable<UserType> {
    return this.#types.values()
  }

  setType(schema: string, name: string, type: UserType | null): void {
    this.#set(this.#types, key(schema, name), type ?? undefined)
  }

  functions(schema: string | null, name: string): UserFunction[] {
    return (schema === null ? this.searchPath : [schema]).flatMap((one) => this.#functions.get(key(one, name)) ?? [])
  }

  /** Every function that is known and not built in. */
  *allFunctions(): Iterable<UserFunction> {
    for (const overloads of this.#functions.values()) yield* overloads
  }

  /** Functions that PostgreSQL keeps tied to this relation, or to a column of it. */
  functionsReading(relation: Relation, column: string | null): UserFunction[] {
    return [...this.allFunctions()].filter(({ reads }) =>
      reads.some((one) => one.relation === relation.id && (column === null || one.columns.includes(column))),
    )
  }

  /** The definitions of functions made in this review under this name, one for each list of argument types. */
  bodies(schema: string | null, name: string): CreateFunctionStmt[] {
    return (schema === null ? this.searchPath : [schema]).flatMap((one) => this.#bodies.get(key(one, name)) ?? [])
  }

  setBodies(schema: string, name: string, bodies: CreateFunctionStmt[]): void {
    this.#set(this.#bodies, key(schema, name), bodies.length > 0 ? bodies : undefined)
  }

  setFunctions(schema: string, name: string, functions: UserFunction[]): void {
    this.#set(this.#functions, key(schema, name), functions.length > 0 ? functions : undefined)
  }
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

export const emptySize: Size = {
  rows: 0,
  rowsFrom: 'statistics',
  heapBytes: 0,
  toastBytes: 0,
  indexBytes: 0,
  current: true,
  deadShare: null,
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
    replicaIdentity: 'default',
    rowSecurity: false,
    size: emptySize,
    known: true,
    isNew: true,
  }
}

/** `schema.name`, as it stands in every output. */
export function relationName(relation: Pick<Relation, 'schema' | 'name'>): string {
  return `${relation.schema}.${relation.name}`
}

export function columnOf(relation: Relation, name: string): Column | null {
  return relation.columns.find((column) => column.name === name) ?? null
}

function key(schema: string, name: string): string {
  return `${schema}\u0000${name}`
}

function count(map: Map<string, number>, name: string, by: number): void {
  map.set(name, (map.get(name) ?? 0) + by)
}

function unlink(map: Map<string, number>, name: string, id: number): void {
  if (map.get(name) === id) map.delete(name)
}

function* ties(relation: Relation, catalog: Catalog): Iterable<[Map<number, Set<number>>, number]> {
  const { children, referencing, readers, owned } = catalog.maps
  if (relation.ownedBy) yield [owned, relation.ownedBy.relation]
  if (relation.partitionOf) yield [children, relation.partitionOf.relation]
  for (const parent of relation.inherits) yield [children, parent]
  for (const constraint of relation.constraints) {
    if (constraint.references) yield [referencing, constraint.references.relation]
  }
  for (const read of relation.reads) yield [readers, read.relation]
}
