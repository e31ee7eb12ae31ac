import type { Node } from '@pgsql/types'
import type { Catalog } from '../catalog/catalog.ts'
import type { StatementAnalysis } from '../effects/analyze.ts'
import { nodesInCode } from '../effects/calls/function-bodies.ts'
import { namesIn } from '../effects/names/names-in.ts'
import type { Policy } from '../policy/policy.ts'

type Failure = NonNullable<StatementAnalysis['fails']>

/** Failures that the text of the statement alone decides. */
const ofTheText = /^(42601|0A000|25|22)/

/**
 * What is known of a failure that the model sees: `certain`; `open` where something unknown came before it, with the
 * reason; `reported` where it only follows from a failure that was reported.
 */
type Verdict = { kind: 'certain' } | { kind: 'reported' } | { kind: 'open'; reason: string }

/** Weighs each failure against what ran before it in the same review. */
export class Doubts {
  readonly #catalog: Catalog
  readonly #policy: Policy
  /** Names that statements made, changed or lacked that failed before. */
  readonly #reported = new Set<string>()
  /** Names that a branch of code may have made, changed or dropped. */
  readonly #conditional = new Set<string>()
  /** Where SQL last ran that could not be read. */
  #unreadAt: string | null = null

  constructor(catalog: Catalog, policy: Policy) {
    this.#catalog = catalog
    this.#policy = policy
  }

  /** Takes note of a statement that could not be read whole. `at`: `path:line`. */
  noteUnread(at: string): void {
    this.#unreadAt = at
  }

  /** Takes note of DDL that a branch decides. */
  noteConditional(node: Node): void {
    for (const { name } of namesIn(node)) this.#conditional.add(name)
  }

  /** Weighs a failure; call it before the catalog carries on. */
  weigh(node: Node, fails: Failure): Verdict {
    const names = [...namesIn(node), ...nodesInCode(node).flatMap(namesIn)]
    const object = fails.object?.name.split('.') ?? []
    const all = new Set([...names.map(({ name }) => name), ...object])
    const verdict = this.#verdict(node, fails, all, names)
    for (const name of object.slice(-1)) this.#reported.add(name)
    for (const { name } of names) this.#reported.add(name)
    return verdict
  }

  #verdict(node: Node, fails: Failure, all: ReadonlySet<string>, names: ReturnType<typeof namesIn>): Verdict {
    const bare = fails.object?.name.split('.').at(-1)
    if (bare !== undefined && this.#reported.has(bare)) return { kind: 'reported' }
    if (ofTheText.test(fails.sqlstate) && !fails.object) return { kind: 'certain' }
    const said = `${fails.message.replace(/\.$/, '')} (SQLSTATE ${fails.sqlstate}) as far as it was read`
    const elsewhere = this.#elsewhere(fails)
    if (elsewhere !== null) return { kind: 'open', reason: elsewhere }
    const platform = this.#platform(fails)
    if (platform !== null) return { kind: 'open', reason: platform }
    if ([...all].some((name) => this.#conditional.has(name)))
      return { kind: 'open', reason: `${said}, but a branch of the code before it decides whether that is so` }
    if (!this.#touchesUncertain(node, fails, names)) return { kind: 'certain' }
    return {
      kind: 'open',
      reason: `${said}, but ${this.#unreadAt ?? 'a statement before it'} ran what could not be read`,
    }
  }

  /** True when what could not be read may have made or dropped what the failure is about. */
  #touchesUncertain(node: Node, { object }: Failure, names: ReturnType<typeof namesIn>): boolean {
    const kind = object?.kind ?? null
    if ('DoStmt' in node || 'CallStmt' in node || 'SelectStmt' in node) return this.#catalog.isUncertain(null, kind)
    const relations = names.flatMap(({ schema, name }) => this.#catalog.find(schema, name) ?? [])
    if (relations.length === 0) return this.#catalog.isUncertain(null, kind)
    return relations.some((relation) => this.#catalog.isUncertain(relation, kind))
  }

  /** The name exists in a schema that the search path of the migrating session may hold. */
  #elsewhere({ object, sqlstate }: Failure): string | null {
    if (sqlstate !== '42P01' || !object || object.name.includes('.')) return null
    const { snapshot, searchPath } = this.#catalog
    if (this.#policy.session.search_path !== undefined || snapshot !== null) return null
    const [schema] = this.#catalog.schemasWith(object.name).filter((name) => name !== 'pg_temp')
    if (schema === undefined) return null
    this.#catalog.addSearchPath([schema])
    return `\`${object.name}\` exists in schema \`${schema}\`, which is not in the search_path as far as the files say (${searchPath.join(', ')}); session.search_path in the policy declares it`
  }

  /** In a history from nothing a schema that no file makes is the platform's or the tool's. */
  #platform({ object, sqlstate }: Failure): string | null {
    const isFromNothing = this.#catalog.sizes !== null
    if (!isFromNothing || !object) return null
    if (sqlstate === '3F000')
      return `no file makes schema \`${object.name}\`: the migration tool or the platform may do so`
    if (object.kind === 'type' && extensionTypes.has(object.name.split('.').at(-1) ?? ''))
      return `type \`${object.name}\` comes with an extension that no file makes: the platform may do so`
    const schema = object.name.split('.').at(-2)
    if (sqlstate === '42P01' && schema !== undefined && !this.#catalog.knowsSchema(schema))
      return `no file makes schema \`${schema}\`: the migration tool or the platform may do so`
    return null
  }
}

/** Types of much-used extensions, which their installation scripts make. */
const extensionTypes: ReadonlySet<string> = new Set([
  'agtype',
  'box2d',
  'box3d',
  'citext',
  'cube',
  'earth',
  'ean13',
  'geography',
  'geometry',
  'geomval',
  'h3index',
  'halfvec',
  'hll',
  'hstore',
  'ip4',
  'ip4r',
  'isbn',
  'lquery',
  'ltree',
  'ltxtquery',
  'raster',
  'semver',
  'sparsevec',
  'tdigest',
  'topogeometry',
  'ulid',
  'vector',
])
