import type { Node } from '@pgsql/types'
import { Catalog } from '../catalog/catalog.ts'
import type { Migration } from '../runners/runner.ts'
import { qualifiedName, strings } from '../sql/walk.ts'
import { type Made, made, stands } from './base.ts'
import type { CatalogFacts } from './facts.ts'

/**
 * The files of a folder that the database looks to have run: all up to the last one of which everything exists that it
 * makes. One of which nothing exists is not among them, unless a later file drops or renames what it makes.
 */
export function appliedFiles(
  migrations: Migration[],
  facts: CatalogFacts,
  mayBeApplied: ReadonlySet<string>,
): ReadonlySet<string> {
  if (facts.kind !== 'replica' && facts.kind !== 'snapshot') return new Set()
  const { snapshot } = facts
  const catalog = new Catalog({ snapshot, knowledge: 'read', serverVersion: snapshot.serverVersion })
  const files = [...Map.groupBy(migrations.filter(isUp), ({ path }) => path)]
  const names = namesAfter(files.map(([, parts]) => nodesOf(parts)))
  const states = files.map(([, parts], i) => {
    const wanted = nodesOf(parts).flatMap(made)
    const missing = wanted.filter((item) => !stands(item, catalog) && !isGone(item, names[i]))
    const some = wanted.some((item) => stands(item, catalog))
    if (wanted.length === 0) return 'makes nothing'
    if (missing.length === 0) return some ? 'exists' : 'went again'
    return some ? 'exists in part' : 'missing'
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
  if ('DropStmt' in node) return (node.DropStmt.objects ?? []).flatMap(nameIn)
  if ('RenameStmt' in node) {
    const { relation, subname, object } = node.RenameStmt
    return [subname ?? relation?.relname ?? '', ...(object ? nameIn(object) : [])]
  }
  if (!('AlterTableStmt' in node)) return []
  return (node.AlterTableStmt.cmds ?? []).flatMap((cmd) =>
    'AlterTableCmd' in cmd && /^AT_Drop/.test(cmd.AlterTableCmd.subtype ?? '') ? [cmd.AlterTableCmd.name ?? ''] : [],
  )
}

function nameIn(object: Node): string[] {
  if ('List' in object) return [qualifiedName(object.List.items).name]
  if ('TypeName' in object) return strings(object.TypeName.names).slice(-1)
  return 'String' in object ? [object.String.sval ?? ''] : []
}
