import type { Index, Relation } from './relation.ts'

/** The existing relations, with indexes by name and by dependency that only `set` maintains. */
export class Relations {
  readonly #byId = new Map<number, Relation>()
  readonly #names = new Map<string, number>()
  readonly #indexes = new Map<string, number>()
  /** How many constraints of a schema have a name. */
  readonly #constraints = new Map<string, number>()
  readonly #ties = { children: new Ties(), referencing: new Ties(), readers: new Ties(), owned: new Ties() }

  get(id: number): Relation | null {
    return this.#byId.get(id) ?? null
  }

  all(): Iterable<Relation> {
    return this.#byId.values()
  }

  /** Adds a relation, replaces the one with its id, or takes it out (null). */
  set(id: number, relation: Relation | null): void {
    const before = this.#byId.get(id) ?? null
    if (relation) this.#byId.set(id, relation)
    else this.#byId.delete(id)
    if (before && relation && isFoundAlike(before, relation)) return
    // A table may have thousands of indexes and get one more: only what differs is linked again.
    const isAtHome = before?.schema === relation?.schema
    const kept = isAtHome ? before : null
    if (before) this.#forget(before, isAtHome ? relation : null)
    if (!relation) return
    this.#names.set(nameKey(relation.schema, relation.name), id)
    for (const constraint of without(relation.constraints, kept?.constraints))
      count(this.#constraints, nameKey(relation.schema, constraint.name), 1)
    for (const index of without(relation.indexes, kept?.indexes))
      this.#indexes.set(nameKey(relation.schema, index.name), id)
    for (const [kind, other] of tiesOf(relation)) this.#ties[kind].add(other, id)
  }

  /** Takes out what a relation is found by, but for the indexes and constraints that `next` keeps. */
  #forget(relation: Relation, next: Relation | null): void {
    const { id, schema } = relation
    unlink(this.#names, nameKey(schema, relation.name), id)
    for (const constraint of without(relation.constraints, next?.constraints))
      count(this.#constraints, nameKey(schema, constraint.name), -1)
    for (const index of without(relation.indexes, next?.indexes)) unlink(this.#indexes, nameKey(schema, index.name), id)
    for (const [kind, other] of tiesOf(relation)) this.#ties[kind].delete(other, id)
  }

  named(schema: string, name: string): Relation | null {
    const id = this.#names.get(nameKey(schema, name))
    return id === undefined ? null : this.get(id)
  }

  /** Schemas that have a relation of this name. */
  schemasWith(name: string): string[] {
    const ending = nameKey('', name)
    return [...this.#names.keys()].filter((key) => key.endsWith(ending)).map((key) => key.slice(0, -ending.length))
  }

  index(schema: string, name: string): { relation: Relation; index: Index } | null {
    const id = this.#indexes.get(nameKey(schema, name))
    const relation = id === undefined ? null : this.get(id)
    const index = relation?.indexes.find((index) => index.name === name)
    return relation && index ? { relation, index } : null
  }

  /** Relations and indexes share one name space. */
  isTaken(schema: string, name: string): boolean {
    return this.#names.has(nameKey(schema, name)) || this.#indexes.has(nameKey(schema, name))
  }

  hasConstraint(schema: string, name: string): boolean {
    return (this.#constraints.get(nameKey(schema, name)) ?? 0) > 0
  }

  /** Partitions and inheritance children, foreign keys, views, and sequences that depend on this one. */
  tiedTo(id: number, kind: Tie): Relation[] {
    return this.#ties[kind].of(id).flatMap((value) => this.get(value) ?? [])
  }
}

/** Most changes touch nothing that a relation is found by: columns, sizes, settings. */
function isFoundAlike(before: Relation, now: Relation): boolean {
  return foundBy.every((field) => before[field] === now[field])
}

const foundBy = ['schema', 'name', 'constraints', 'indexes', 'ownedBy', 'partitionOf', 'inherits', 'reads'] as const

type Tie = 'children' | 'referencing' | 'readers' | 'owned'

function* tiesOf(relation: Relation): Iterable<[Tie, number]> {
  if (relation.ownedBy) yield ['owned', relation.ownedBy.relation]
  if (relation.partitionOf) yield ['children', relation.partitionOf.relation]
  for (const parent of relation.inherits) yield ['children', parent]
  for (const constraint of relation.constraints) {
    if (constraint.references) yield ['referencing', constraint.references.relation]
  }
  for (const read of relation.reads) yield ['readers', read.relation]
}

class Ties {
  readonly #ids = new Map<number, Set<number>>()

  of(id: number): number[] {
    return [...(this.#ids.get(id) ?? [])]
  }

  add(id: number, other: number): void {
    const set = this.#ids.get(id)
    if (set) set.add(other)
    else this.#ids.set(id, new Set([other]))
  }

  delete(id: number, other: number): void {
    this.#ids.get(id)?.delete(other)
  }
}

/** One key for a name in a schema. */
export function nameKey(schema: string, name: string): string {
  return `${schema}\u0000${name}`
}

function count(map: Map<string, number>, name: string, by: number): void {
  map.set(name, (map.get(name) ?? 0) + by)
}

/** The items that are not among the others, which mostly are the same but for one. */
function without<T>(items: readonly T[], others: readonly T[] = []): readonly T[] {
  if (items === others) return []
  let start = 0
  while (start < items.length && items[start] === others[start]) start++
  let end = 0
  while (end < items.length - start && items.at(-1 - end) === others.at(-1 - end)) end++
  const differing = items.slice(start, items.length - end)
  if (differing.length === 0) return differing
  const left = new Set(others.slice(start))
  return differing.filter((item) => !left.has(item))
}

function unlink(map: Map<string, number>, name: string, id: number): void {
  if (map.get(name) === id) map.delete(name)
}
