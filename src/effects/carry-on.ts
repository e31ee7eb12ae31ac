import type { Node } from '@pgsql/types'
import type { Catalog } from '../catalog/catalog.ts'
import { emptyRelation, type Relation, unknownSize } from '../catalog/relation.ts'
import { qualifiedName } from '../sql/walk.ts'
import { analyzeStatement, type StatementAnalysis } from './analyze.ts'
import type { Session } from './model/effect.ts'
import { namesIn } from './names/names-in.ts'

/** As many objects as one statement may lack. */
const most = 50

type Failure = NonNullable<StatementAnalysis['fails']>

/**
 * Changes the catalog as if a statement that fails had worked, as far as the result is clear, so that what builds on it
 * does not fail for the same cause. The missing object is taken to exist, the one in the way to be gone.
 */
export function carryOn(node: Node, fails: Failure, catalog: Catalog, session: Session): void {
  let failure = fails
  for (let i = 0; i < most; i++) {
    if (!repair(node, failure, catalog)) return leaveOpen(node, catalog)
    const again = analyzeStatement(withCascade(node, failure), catalog, session)
    if (!again.fails) return
    if (again.fails.message === failure.message) return leaveOpen(node, catalog)
    failure = again.fails
  }
  leaveOpen(node, catalog)
}

/** Analyzes a statement and applies it to the catalog, also where it fails. */
export function applyStatement(node: Node, catalog: Catalog, session: Session): StatementAnalysis {
  const analysis = analyzeStatement(node, catalog, session)
  if (analysis.fails) carryOn(node, analysis.fails, catalog, session)
  return analysis
}

/** True when the statement may get further now. */
function repair(node: Node, { sqlstate, message, object }: Failure, catalog: Catalog): boolean {
  if (sqlstate === '2BP01') return true
  if (!object) return false
  const [name = '', schema = null] = object.name.split('.').reverse()
  const isTaken = /already exists/.test(message)
  switch (object.kind) {
    case 'schema':
      if (!isTaken) catalog.assumeSchema(object.name)
      return !isTaken
    case 'relation':
      if (isTaken) return false
      if (schema !== null && !catalog.hasSchema(schema)) catalog.assumeSchema(schema)
      assume(catalog, schema, name)
      return true
    case 'column':
      return isTaken ? dropColumn(catalog, object.name) : forgetColumns(node, catalog)
    case 'type':
      setType(catalog, schema, name, !isTaken)
      return true
    default:
      return false
  }
}

function assume(catalog: Catalog, schema: string | null, name: string): void {
  const home = schema ?? catalog.creationSchema
  catalog.put({
    ...emptyRelation(-catalog.newId(), home, name, 'table'),
    known: false,
    isNew: false,
    size: unknownSize,
  })
}

/** Takes away the column that the statement wants to add. */
function dropColumn(catalog: Catalog, path: string): boolean {
  const [name = '', table = '', schema = null] = path.split('.').reverse()
  const relation = catalog.find(schema, table)
  if (!relation) return false
  catalog.put({ ...relation, columns: relation.columns.filter((column) => column.name !== name) })
  return true
}

/** Which of the tables should have the column is not always said: each may. */
function forgetColumns(node: Node, catalog: Catalog): boolean {
  const relations = relationsIn(node, catalog)
  for (const relation of relations) catalog.put({ ...relation, known: false })
  return relations.length > 0
}

function setType(catalog: Catalog, schema: string | null, name: string, exists: boolean): void {
  const home = schema ?? catalog.type(null, name)?.schema ?? catalog.creationSchema
  const unknown = { labels: [], base: null, notNull: false, checks: [], default: null }
  catalog.setType(home, name, exists ? { schema: home, name, kind: 'base', ...unknown } : null)
}

/** With CASCADE a DROP gets past what depends on the object. */
function withCascade(node: Node, { sqlstate }: Failure): Node {
  if (sqlstate !== '2BP01') return node
  if ('DropStmt' in node) return { DropStmt: { ...node.DropStmt, behavior: 'DROP_CASCADE' } }
  if (!('AlterTableStmt' in node)) return node
  const cmds = (node.AlterTableStmt.cmds ?? []).map(
    (command): Node =>
      'AlterTableCmd' in command ? { AlterTableCmd: { ...command.AlterTableCmd, behavior: 'DROP_CASCADE' } } : command,
  )
  return { AlterTableStmt: { ...node.AlterTableStmt, cmds } }
}

/** Objects that the statement would create or change are assumed to exist, with all but their name unknown. */
function leaveOpen(node: Node, catalog: Catalog): void {
  for (const relation of relationsIn(node, catalog)) catalog.put({ ...relation, known: false })
  if ('DropStmt' in node) {
    for (const relation of relationsIn(node, catalog)) catalog.drop(relation)
    return
  }
  const made =
    ('CreateStmt' in node && node.CreateStmt.relation) ||
    ('ViewStmt' in node && node.ViewStmt.view) ||
    ('CreateTableAsStmt' in node && node.CreateTableAsStmt.into?.rel) ||
    ('CreateSeqStmt' in node && node.CreateSeqStmt.sequence) ||
    null
  if (made?.relname && !catalog.find(made.schemaname ?? null, made.relname))
    assume(catalog, made.schemaname ?? null, made.relname)
  const type =
    ('CreateEnumStmt' in node && node.CreateEnumStmt.typeName) ||
    ('CreateDomainStmt' in node && node.CreateDomainStmt.domainname)
  if (!type) return
  const { schema, name } = qualifiedName(type)
  if (!catalog.type(schema, name)) setType(catalog, schema, name, true)
}

function relationsIn(node: Node, catalog: Catalog): Relation[] {
  const found = namesIn(node).flatMap(({ schema, name }) => catalog.find(schema, name) ?? [])
  return [...new Map(found.map((relation) => [relation.id, relation])).values()]
}
