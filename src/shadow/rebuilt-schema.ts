import type { CatalogSnapshot, SnapshotRelation } from '../catalog/snapshot.ts'
import { literal } from '../plans/names.ts'
import { quoteName as ident } from '../sql/quote.ts'
import { rebuiltTables } from './rebuilt-tables.ts'

/** Statements that make a schema again, in the order in which most of them can run. */
export interface RebuiltSchema {
  /** Roles that own or are granted something. */
  roles: string[]
  /** Everything that rows need: types, functions, tables, keys and indexes. */
  before: string[]
  /** Everything that would change rows while they are made: triggers, rules, policies; and views, comments, grants. */
  after: string[]
}

/**
 * Rebuilds these relations from their definitions, all owned by one role. A statement may need one behind it, so they are run
 * in rounds.
 */
export function rebuiltSchema(snapshot: CatalogSnapshot, relations: SnapshotRelation[]): RebuiltSchema {
  const tables = rebuiltTables(relations, snapshot)
  return {
    roles: rolesOf(relations),
    before: [
      ...snapshot.schemas.map((name) => `CREATE SCHEMA IF NOT EXISTS ${ident(name)}`),
      ...snapshot.extensions
        .filter((name) => name !== 'plpgsql')
        .map((name) => `CREATE EXTENSION IF NOT EXISTS ${ident(name)}`),
      ...snapshot.types.flatMap((type) => typeSql(type, relations)),
      ...snapshot.functions.flatMap(({ definition }) => definition ?? []),
      ...relations.flatMap(sequenceSql),
      ...tables.before,
    ],
    after: [...relations.flatMap(viewSql), ...tables.after, ...publicationSql(snapshot, relations)],
  }
}

function typeSql(type: CatalogSnapshot['types'][number], relations: SnapshotRelation[]): string[] {
  const name = `${ident(type.schema)}.${ident(type.name)}`
  switch (type.kind) {
    case 'enum':
      return [`CREATE TYPE ${name} AS ENUM (${type.labels.map(literal).join(', ')})`]
    case 'domain':
      return [
        `CREATE DOMAIN ${name} AS ${type.base}${type.default === null ? '' : ` DEFAULT ${type.default}`}${type.notNull ? ' NOT NULL' : ''}`,
        ...type.checks.map((check) => `ALTER DOMAIN ${name} ADD CONSTRAINT ${ident(check.name)} ${check.definition}`),
      ]
    case 'composite': {
      const row = relations.find(
        (relation) =>
          relation.kind === 'composite type' && relation.schema === type.schema && relation.name === type.name,
      )
      return row
        ? [`CREATE TYPE ${name} AS (${row.columns.map((column) => `${ident(column.name)} ${column.type}`).join(', ')})`]
        : []
    }
    case 'range':
    case 'base':
      return []
  }
}

/** Sequences that no identity column makes. */
function sequenceSql(
  { kind, schema, name, definition, ownedBy }: SnapshotRelation,
  _: number,
  all: SnapshotRelation[],
): string[] {
  if (kind !== 'sequence' || isOfIdentity(ownedBy, all)) return []
  const numbers = definition?.sequence
  const options = numbers
    ? ` AS ${numbers.type} INCREMENT ${numbers.increment} MINVALUE ${numbers.minimum} MAXVALUE ${numbers.maximum} START ${numbers.start} CACHE ${numbers.cache}${numbers.cycles ? ' CYCLE' : ''}`
    : ''
  return [`CREATE SEQUENCE ${ident(schema)}.${ident(name)}${options}`]
}

function isOfIdentity(ownedBy: SnapshotRelation['ownedBy'], all: SnapshotRelation[]): boolean {
  const table = all.find(({ id }) => id === ownedBy?.relation)
  return table?.columns.some(({ name, identity }) => name === ownedBy?.column && identity !== null) ?? false
}

function viewSql({ kind, schema, name, definition }: SnapshotRelation): string[] {
  if ((kind !== 'view' && kind !== 'materialized view') || !definition?.view) return []
  const options = definition.options.length > 0 ? ` WITH (${definition.options.join(', ')})` : ''
  const query = definition.view.trim().replace(/;$/, '')
  return [`CREATE ${kind.toUpperCase()} ${ident(schema)}.${ident(name)}${options} AS ${query}`]
}

function publicationSql({ publications, serverVersion }: CatalogSnapshot, relations: SnapshotRelation[]): string[] {
  const known = new Map(relations.map((relation) => [relation.id, relation]))
  return publications.flatMap(({ name, relations: published, publishes, parts }) => {
    const tables = published.flatMap((id) => {
      const relation = known.get(id)
      if (!relation) return []
      const columns = parts.find((part) => part.relation === id)?.columns
      const list = columns && serverVersion >= 150_000 ? ` (${columns.map(ident).join(', ')})` : ''
      return [`${ident(relation.schema)}.${ident(relation.name)}${list}`]
    })
    return tables.length === 0
      ? []
      : [
          `CREATE PUBLICATION ${ident(name)} FOR TABLE ${tables.join(', ')} WITH (publish = ${literal(publishes.join(', '))})`,
        ]
  })
}

/** Roles by name, unquoted. */
function rolesOf(relations: SnapshotRelation[]): string[] {
  const found = new Set<string>()
  const add = (quoted: string): void => {
    if (quoted !== 'PUBLIC') found.add(quoted.startsWith('"') ? quoted.slice(1, -1).replaceAll('""', '"') : quoted)
  }
  for (const { definition } of relations) {
    for (const { grantee } of definition?.grants ?? []) add(grantee)
    for (const column of definition?.columns ?? []) for (const { grantee } of column.grants) add(grantee)
    for (const policy of definition?.policies ?? []) {
      const roles = /^AS \w+ FOR \w+ TO (.*?)(?: USING \(| WITH CHECK \(|$)/s.exec(policy.definition)?.[1] ?? ''
      for (const role of roles.match(/"(?:[^"]|"")*"|[^,\s]+/g) ?? []) add(role)
    }
  }
  return [...found].filter((name) => !/^pg_/.test(name))
}
