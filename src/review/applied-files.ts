import type { Node } from '@pgsql/types'
import { Catalog } from '../catalog/catalog.ts'
import type { Migration } from '../runners/runner.ts'
import { qualifiedName } from '../sql/walk.ts'
import { exists, type Made, made } from './base.ts'
import type { CatalogFacts } from './facts.ts'

/**
 * Returns the files of a folder that the database looks to have run: all up to the last one that left its traces. Everything
 * that it makes exists, something of it without IF NOT EXISTS, no index of it is INVALID, and nothing that it drops is left.
 * A file of which nothing exists is not among them, unless a later file drops or renames what it makes. A file
 * that is alone in its folder is reviewed: it may as well be new, and fails on what exists.
 */
export function appliedFiles(
  migrations: Migration[],
  facts: CatalogFacts,
  mayBeApplied: ReadonlySet<string>,
): ReadonlySet<string> {
  if (mayBeApplied.size < 2 || (facts.kind !== 'replica' && facts.kind !== 'snapshot')) return new Set()
  const { snapshot } = facts
  const catalog = new Catalog({ snapshot, knowledge: 'read', serverVersion: snapshot.serverVersion })
  const files = [...Map.groupBy(migrations.filter(isUp), ({ path }) => path)]
  const nodes = files.map(([, parts]) => nodesOf(parts))
  const names = namesAfter(nodes)
  const madeFrom = nodes.map((_, i) => nodes.slice(i).flatMap((later) => later.flatMap(made)))
  const states = nodes.map((own, i) => {
    const wanted = own.flatMap(made)
    const missing = wanted.filter((item) => !isThere(item, catalog) && !isGone(item, names[i]))
    const some = wanted.some((item) => isThere(item, catalog))
    if (wanted.length === 0) return 'makes nothing'
    if (missing.length > 0) return some ? 'exists in part' : 'missing'
    if (!some) return 'went again'
    const left = own.flatMap(dropped).some((item) => exists(item, catalog) && !isAmong(item, madeFrom[i] ?? []))
    const sure = own.some((node) => !toleratesExisting(node) && made(node).some((item) => isThere(item, catalog)))
    return sure && !left ? 'exists' : 'exists in part'
  })
  const last = files.findLastIndex(([path], i) => states[i] === 'exists' && mayBeApplied.has(path))
  return new Set(
    files.flatMap(([path], i) => (i <= last && mayBeApplied.has(path) && states[i] !== 'missing' ? [path] : [])),
  )
}

/** The note on files that were taken for applied, with the way to review them all the same. */
export function appliedNote(paths: ReadonlySet<string>): string {
  const [first = ''] = paths
  const last = [...paths].at(-1) ?? ''
  const which = paths.size === 1 ? first : `${first} to ${last}`
  return `${paths.size === 1 ? 'One file looks' : `${paths.size} files look`} applied, since what ${paths.size === 1 ? 'it makes' : 'they make'} exists, and ${paths.size === 1 ? 'was' : 'were'} not reviewed: ${which}. Name a file to review it, or say --base REF for what changed since.`
}

function isUp({ direction }: Migration): boolean {
  return direction === 'up'
}

function nodesOf(parts: Migration[]): Node[] {
  return parts.flatMap(({ statements }) => statements.flatMap(({ node }) => node ?? []))
}

/** For each file the names that it or a later one drops or renames. */
function namesAfter(files: Node[][]): ReadonlySet<string>[] {
  const names = new Set<string>()
  return files
    .toReversed()
    .map((nodes) => {
      for (const node of nodes) for (const name of namesTakenAway(node)) names.add(name)
      return new Set(names)
    })
    .reverse()
}

function isGone(item: Made, names: ReadonlySet<string> | undefined): boolean {
  return names !== undefined && (names.has(item.name) || ('table' in item && names.has(item.table)))
}

function namesTakenAway(node: Node): string[] {
  if (!('RenameStmt' in node)) return dropped(node).map(({ name }) => name)
  const { relation, subname, object } = node.RenameStmt
  return [subname ?? relation?.relname ?? '', ...(object ? [nameIn(object).name] : [])]
}

/** The objects that a statement drops by name. */
function dropped(node: Node): Made[] {
  if ('DropStmt' in node) {
    const { removeType, objects } = node.DropStmt
    const kind = removeType === 'OBJECT_INDEX' ? 'index' : removeType === 'OBJECT_TYPE' ? 'type' : 'relation'
    return (objects ?? []).map((object) => ({ kind, ...nameIn(object) }))
  }
  if (!('AlterTableStmt' in node)) return []
  const { schemaname, relname } = node.AlterTableStmt.relation ?? {}
  return (node.AlterTableStmt.cmds ?? []).flatMap((cmd): Made[] => {
    const { subtype, name } = 'AlterTableCmd' in cmd ? cmd.AlterTableCmd : {}
    const kind = subtype === 'AT_DropColumn' ? 'column' : subtype === 'AT_DropConstraint' ? 'constraint' : null
    return kind && name ? [{ kind, schema: schemaname ?? null, table: relname ?? '', name }] : []
  })
}

function isThere(item: Made, catalog: Catalog): boolean {
  return (
    exists(item, catalog) && (item.kind !== 'index' || catalog.findIndex(item.schema, item.name)?.index.valid === true)
  )
}

function isAmong(item: Made, others: Made[]): boolean {
  return others.some(({ kind, name }) => kind === item.kind && name === item.name)
}

/** IF NOT EXISTS and OR REPLACE: that the object exists says nothing of whether the statement ran. */
function toleratesExisting(node: Node): boolean {
  if ('ViewStmt' in node) return node.ViewStmt.replace === true
  return Object.values(node).some((fields: { if_not_exists?: boolean }) => fields.if_not_exists === true)
}

function nameIn(object: Node): { schema: string | null; name: string } {
  if ('List' in object) return qualifiedName(object.List.items)
  if ('TypeName' in object) return qualifiedName(object.TypeName.names)
  return { schema: null, name: 'String' in object ? (object.String.sval ?? '') : '' }
}
