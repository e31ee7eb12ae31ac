import type { Node } from '@pgsql/types'
import type { Catalog } from '../catalog/catalog.ts'
import { analyzeStatement } from '../effects/analyze.ts'
import { inputTypes } from '../effects/calls/function-bodies.ts'
import type { Migration } from '../runners/runner.ts'
import { qualifiedName } from '../sql/walk.ts'

/** The base branch's migrations, compared with the server. */
export interface BaseHistory {
  /** Merged but not on the server yet; they were applied to the catalog. */
  undeployed: string[]
  /** The file that creates a relation, by name, for relations that the server lacks. */
  madeBy: Map<string, string>
}

/**
 * Applies the base branch's migrations that the server has not run yet. They are the last ones of which the catalog has
 * nothing: as soon as one of a file's tables, columns, indexes or constraints exists, that file and all before it were
 * deployed, and objects of them that are missing were removed by hand. The server wins, except for the bodies of functions,
 * which only the files have.
 */
export function applyBase(catalog: Catalog, base: Migration[]): BaseHistory {
  const ups = base.filter((migration) => migration.direction === 'up')
  readBodies(catalog, ups)
  // Without a catalog it is unknown what was deployed: taking the files for new would make big tables look empty.
  if (!catalog.snapshot) return { undeployed: [], madeBy: new Map() }
  const lastDeployed = ups.findLastIndex((migration) =>
    migration.statements.some(({ node }) => node && made(node).some((item) => exists(item, catalog))),
  )
  const undeployed = ups.slice(lastDeployed + 1).filter((migration) => migration.statements.length > 0)
  const madeBy = new Map<string, string>()
  for (const migration of ups.slice(0, lastDeployed + 1)) {
    for (const { node } of migration.statements) {
      for (const item of node ? made(node) : []) if (item.kind === 'relation') madeBy.set(item.name, migration.path)
    }
  }
  for (const { statements } of undeployed) {
    for (const { node } of statements) if (node) analyzeStatement(node, catalog, { timeZone: null })
  }
  return { undeployed: undeployed.map((migration) => migration.path), madeBy }
}

/** The bodies of functions that a statement may call: a catalog has their names, the files their bodies. */
function readBodies(catalog: Catalog, ups: Migration[]): void {
  for (const { node } of ups.flatMap(({ statements }) => statements)) {
    if (!node || !('CreateFunctionStmt' in node)) continue
    const { schema, name } = qualifiedName(node.CreateFunctionStmt.funcname)
    const [standing] = catalog.functions(schema, name)
    if (!standing && !catalog.mayHoldMore) continue
    const home = standing?.schema ?? schema ?? catalog.creationSchema
    const types = inputTypes(node.CreateFunctionStmt)
    const overloads = catalog.bodies(home, name).filter((body) => inputTypes(body) !== types)
    catalog.setBodies(home, name, [...overloads, node.CreateFunctionStmt])
  }
}

export type Made =
  | { kind: 'relation'; schema: string | null; name: string }
  | { kind: 'index'; schema: string | null; name: string }
  | { kind: 'column' | 'constraint'; schema: string | null; table: string; name: string }
  | { kind: 'type'; schema: string | null; name: string }
  | { kind: 'schema'; name: string }

/** Objects a statement creates whose presence shows that it has run. */
export function made(node: Node): Made[] {
  if ('CreateStmt' in node)
    return [
      {
        kind: 'relation',
        schema: node.CreateStmt.relation?.schemaname ?? null,
        name: node.CreateStmt.relation?.relname ?? '',
      },
    ]
  if ('ViewStmt' in node)
    return [
      { kind: 'relation', schema: node.ViewStmt.view?.schemaname ?? null, name: node.ViewStmt.view?.relname ?? '' },
    ]
  if ('IndexStmt' in node && node.IndexStmt.idxname)
    return [{ kind: 'index', schema: node.IndexStmt.relation?.schemaname ?? null, name: node.IndexStmt.idxname }]
  if ('CreateTableAsStmt' in node || 'CreateSeqStmt' in node) {
    const place = 'CreateSeqStmt' in node ? node.CreateSeqStmt.sequence : node.CreateTableAsStmt.into?.rel
    return [{ kind: 'relation', schema: place?.schemaname ?? null, name: place?.relname ?? '' }]
  }
  if ('CreateEnumStmt' in node) return [{ kind: 'type', ...qualifiedName(node.CreateEnumStmt.typeName) }]
  if ('CreateDomainStmt' in node) return [{ kind: 'type', ...qualifiedName(node.CreateDomainStmt.domainname) }]
  if ('CreateSchemaStmt' in node && node.CreateSchemaStmt.schemaname)
    return [{ kind: 'schema', name: node.CreateSchemaStmt.schemaname }]
  if (!('AlterTableStmt' in node)) return []
  const { schemaname, relname } = node.AlterTableStmt.relation ?? {}
  const place = { schema: schemaname ?? null, table: relname ?? '' }
  return (node.AlterTableStmt.cmds ?? []).flatMap((command): Made[] => {
    const def = 'AlterTableCmd' in command ? command.AlterTableCmd.def : undefined
    if (def && 'ColumnDef' in def && 'AlterTableCmd' in command && command.AlterTableCmd.subtype === 'AT_AddColumn')
      return [{ kind: 'column', ...place, name: def.ColumnDef.colname ?? '' }]
    return def && 'Constraint' in def && def.Constraint.conname
      ? [{ kind: 'constraint', ...place, name: def.Constraint.conname }]
      : []
  })
}

export function exists(entry: Made, catalog: Catalog): boolean {
  if (entry.kind === 'relation') return catalog.find(entry.schema, entry.name) !== null
  if (entry.kind === 'type') return catalog.type(entry.schema, entry.name) !== null
  if (entry.kind === 'schema') return catalog.knowsSchema(entry.name)
  if (entry.kind === 'index') return catalog.findIndex(entry.schema, entry.name) !== null
  const table = catalog.find(entry.schema, entry.table)
  const list = entry.kind === 'column' ? table?.columns : table?.constraints
  return list?.some((item) => item.name === entry.name) ?? false
}

/** Names of relations that these migrations create, to know which exist on the server only. */
export function makesRelations(migrations: Migration[]): Set<string> {
  return new Set(
    migrations.flatMap(({ statements }) =>
      statements.flatMap(({ node }) =>
        node ? made(node).flatMap((item) => (item.kind === 'relation' ? [item.name] : [])) : [],
      ),
    ),
  )
}

/** The last part of a possibly qualified name. */
export function bareName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}
