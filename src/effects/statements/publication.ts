import type { AlterPublicationStmt, CreatePublicationStmt, DropStmt, Node } from '@pgsql/types'
import type { Catalog, Publication } from '../../catalog/catalog.ts'
import type { Relation } from '../../catalog/relation.ts'
import { columnsIn, strings } from '../../sql/walk.ts'
import { duplicateObject, objectNotInPrerequisiteState, undefinedObject } from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'
import { requireColumns } from '../names/require-columns.ts'

export const handlers: StatementHandlers = {
  AlterPublicationStmt: alterPublication,
  CreatePublicationStmt: createPublication,
}

type Part = Publication['parts'][number]

/** A table that joins a publication is locked SHARE UPDATE EXCLUSIVE. */
function createPublication(node: CreatePublicationStmt, context: StatementContext): void {
  const name = node.pubname ?? ''
  if (context.catalog.publications.some((publication) => publication.name === name))
    throw duplicateObject(`publication "${name}" already exists`)
  const made: Publication = {
    name,
    allTables: node.for_all_tables ?? false,
    publishes: publishedIn(node.options) ?? ['insert', 'update', 'delete'],
    relations: [],
    schemas: [],
    parts: [],
  }
  context.catalog.setPublication(name, withObjects(made, objectsIn(node.pubobjects, context)))
}

function alterPublication(node: AlterPublicationStmt, context: StatementContext): void {
  const { catalog } = context
  const name = node.pubname ?? ''
  const objects = objectsIn(node.pubobjects, context)
  const before = catalog.publications.find((publication) => publication.name === name)
  if (!before) {
    if (catalog.mayHoldMore) return
    throw undefinedObject(`publication "${name}" does not exist`)
  }
  const publishes = publishedIn(node.options) ?? before.publishes
  if (!node.pubobjects) return catalog.setPublication(name, { ...before, publishes })
  if (before.allTables) throw objectNotInPrerequisiteState(`publication "${name}" is defined as FOR ALL TABLES`)
  const isHeld = ({ id }: Relation): boolean => before.relations.includes(id)
  switch (node.action) {
    case 'AP_SetObjects':
      return catalog.setPublication(name, withObjects({ ...before, relations: [], schemas: [], parts: [] }, objects))
    case 'AP_DropObjects': {
      const strange = objects.tables.find(({ relation }) => relation.known && !isHeld(relation))
      if (strange) {
        throw undefinedObject(`relation "${strange.relation.name}" is not part of the publication`)
      }
      const gone = new Set(objects.tables.map(({ relation }) => relation.id))
      return catalog.setPublication(name, {
        ...without(before, gone),
        schemas: before.schemas.filter((schema) => !objects.schemas.includes(schema)),
      })
    }
    default: {
      const again = objects.tables.find(({ relation }) => isHeld(relation))
      // A relation that is published through its schema may be named as well.
      if (again && !before.schemas.includes(again.relation.schema)) {
        throw duplicateObject(`relation "${again.relation.name}" is already member of publication "${name}"`)
      }
      return catalog.setPublication(name, withObjects(before, objects))
    }
  }
}

export function dropPublications(node: DropStmt, { catalog }: StatementContext): void {
  for (const object of node.objects ?? []) {
    const name = 'String' in object ? (object.String.sval ?? '') : ''
    if (catalog.publications.some((publication) => publication.name === name)) catalog.setPublication(name, null)
    else if (!node.missing_ok && !catalog.mayHoldMore) throw undefinedObject(`publication "${name}" does not exist`)
  }
}

/** The publications whose column list or row filter names the column. */
export function publicationsUsing({ publications }: Catalog, { id }: Relation, column: string): Publication[] {
  return publications.filter(({ parts }) =>
    parts.some((part) => part.relation === id && (part.columns?.includes(column) || part.filter.includes(column))),
  )
}

/** DROP COLUMN … CASCADE takes the whole table out of a publication whose list or filter names the column. */
export function leavePublications(context: StatementContext, relation: Relation, column: string): void {
  for (const item of publicationsUsing(context.catalog, relation, column)) {
    context.catalog.setPublication(item.name, without(item, new Set([relation.id])))
    context.recordChange({ kind: 'leaves publication', relation, publication: item.name })
  }
}

/** Lists and filters go by the column, not by its name. */
export function renameInPublications(catalog: Catalog, { id }: Relation, rename: (column: string) => string): void {
  for (const publication of catalog.publications) {
    if (!publication.parts.some((part) => part.relation === id)) continue
    const parts = publication.parts.map((part) =>
      part.relation === id
        ? { ...part, columns: part.columns?.map(rename) ?? null, filter: part.filter.map(rename) }
        : part,
    )
    catalog.setPublication(publication.name, { ...publication, parts })
  }
}

interface Objects {
  tables: { relation: Relation; part: Part | null }[]
  schemas: string[]
}

function objectsIn(nodes: Node[] | undefined, context: StatementContext): Objects {
  const found: Objects = { tables: [], schemas: [] }
  let schemasGoOn = false
  for (const node of nodes ?? []) {
    if (!('PublicationObjSpec' in node)) continue
    const { pubobjtype, pubtable, name } = node.PublicationObjSpec
    if (pubtable?.relation) {
      schemasGoOn = false
      const { relation: range, columns, whereClause } = pubtable
      const relation = context.relation(range)
      const list = columns ? strings(columns) : null
      requireColumns(relation, list ?? [])
      for (const member of range.inh ? context.catalog.withDescendants(relation) : [relation]) {
        if (member.id === relation.id || !member.partitionOf) context.lock(member, 'ShareUpdateExclusiveLock')
      }
      const filter = whereClause ? columnsIn(whereClause) : []
      found.tables.push({
        relation,
        part: list || whereClause ? { relation: relation.id, columns: list, filter } : null,
      })
      continue
    }
    if (pubobjtype === 'PUBLICATIONOBJ_TABLES_IN_CUR_SCHEMA') found.schemas.push(context.catalog.creationSchema)
    schemasGoOn ||= pubobjtype === 'PUBLICATIONOBJ_TABLES_IN_SCHEMA'
    if (schemasGoOn && name) found.schemas.push(name)
  }
  return found
}

function withObjects(before: Publication, { tables, schemas }: Objects): Publication {
  return {
    ...before,
    relations: [...before.relations, ...tables.map(({ relation }) => relation.id)],
    schemas: [...before.schemas, ...schemas],
    parts: [...before.parts, ...tables.flatMap(({ part }) => part ?? [])],
  }
}

function without(before: Publication, gone: ReadonlySet<number>): Publication {
  return {
    ...before,
    relations: before.relations.filter((id) => !gone.has(id)),
    parts: before.parts.filter(({ relation }) => !gone.has(relation)),
  }
}

/** `publish = 'insert, update'`; null when nothing is said of it. */
function publishedIn(options: Node[] | undefined): Publication['publishes'] | null {
  for (const option of options ?? []) {
    if (!('DefElem' in option) || option.DefElem.defname !== 'publish' || !option.DefElem.arg) continue
    const text = 'String' in option.DefElem.arg ? (option.DefElem.arg.String.sval ?? '') : ''
    const said = text.split(',').map((word) => word.trim().toLowerCase())
    return (['insert', 'update', 'delete'] as const).filter((word) => said.includes(word))
  }
  return null
}
