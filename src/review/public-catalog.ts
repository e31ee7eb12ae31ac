import { createHash } from 'node:crypto'
import { Catalog } from '../catalog/catalog.ts'
import type { CatalogSnapshot, SnapshotRelation } from '../catalog/snapshot.ts'
import { numberFormat } from '../forecast/numbers.ts'
import type { Policy } from '../policy/policy.ts'
import type { Migration } from '../runners/runner.ts'
import { textOf } from '../sql/statement.ts'
import type { CatalogFacts } from './facts.ts'
import { marker, withNames, withTypeName } from './hidden-names.ts'
import { runMigrations } from './run-migrations.ts'

/**
 * Returns the catalog for a review that strangers read: every name that the base branch's files do not contain is replaced
 * by one that no statement can contain, and that `withoutHiddenNames` takes out of texts afterwards.
 *
 * A guessed name then gets the same answer whether the database has it or not, because the review itself cannot find it.
 * Sizes and ties stay, so that a public table with hidden partitions or a hidden foreign key is judged as it is. The
 * replacement depends on a hash of the whole snapshot, which a stranger does not know.
 */
export function publicCatalog(facts: CatalogFacts, base: Migration[], policy: Policy): CatalogFacts {
  if (facts.kind !== 'replica' && facts.kind !== 'snapshot') return facts
  return {
    ...facts,
    snapshot: withHiddenNames(facts.snapshot, new Set([...namesIn(base), ...generatedNames(base, policy)])),
    onlyPublicNames: true,
  }
}

/** Every identifier and every text constant of the files, as written and in small letters. */
function namesIn(files: Migration[]): ReadonlySet<string> {
  const names = new Set(['', 'public', 'pg_catalog', 'information_schema'])
  for (const { statements } of files) {
    for (const statement of statements) {
      const sql = textOf(statement)
      for (const [word] of sql.matchAll(/[\p{L}_][\p{L}\p{M}\p{N}_$]*/gu)) names.add(word).add(word.toLowerCase())
      for (const [, quoted = ''] of sql.matchAll(/"((?:[^"]|"")+)"/g)) names.add(quoted.replaceAll('""', '"'))
      for (const [, text = ''] of sql.matchAll(/'((?:[^']|'')*)'/g)) names.add(text.replaceAll("''", "'"))
    }
  }
  return names
}

/** Names of constraints, indexes and sequences that PostgreSQL makes when the files do not say them. */
function generatedNames(files: Migration[], policy: Policy): string[] {
  const catalog = new Catalog({ snapshot: null, knowledge: 'assumed', serverVersion: 170_000 })
  const up = files.filter(({ direction }) => direction === 'up')
  runMigrations(up, catalog, policy, 1, numberFormat('none'))
  return [...catalog.all()].flatMap(({ name, constraints, indexes }) => [
    name,
    ...constraints.map((constraint) => constraint.name),
    ...indexes.map((index) => index.name),
  ])
}

function withHiddenNames(snapshot: CatalogSnapshot, known: ReadonlySet<string>): CatalogSnapshot {
  const secret = createHash('sha256').update(JSON.stringify(snapshot)).digest('hex').slice(0, 16)
  const hidden = new Map<string, string>()
  const hide = (name: string): string => {
    if (known.has(name)) return name
    const replacement = hidden.get(name) ?? `${marker}${secret}_${hidden.size}`
    hidden.set(name, replacement)
    return replacement
  }
  const named = <T extends { name: string }>(item: T): T => ({ ...item, name: hide(item.name) })
  const masked: CatalogSnapshot = {
    ...snapshot,
    relations: snapshot.relations.map((relation) => relationWith(relation, hide)),
    schemas: snapshot.schemas.map(hide),
    searchPath: snapshot.searchPath.map(hide),
    roleSettings: snapshot.roleSettings.map((entry) => ({ ...entry, role: entry.role && hide(entry.role) })),
    types: snapshot.types.map((type) => ({
      ...named(type),
      schema: hide(type.schema),
      labels: type.labels.map(hide),
      checks: type.checks.map(named),
    })),
    functions: snapshot.functions.map((entry) => ({
      ...named(entry),
      schema: hide(entry.schema),
      reads: entry.reads.map((read) => ({ ...read, columns: read.columns.map(hide) })),
    })),
    publications: snapshot.publications.map((entry) => ({
      ...named(entry),
      schemas: entry.schemas.map(hide),
      parts: entry.parts.map((part) => ({
        ...part,
        columns: part.columns?.map(hide) ?? null,
        filter: part.filter.map(hide),
      })),
    })),
  }
  return withTexts(masked, hidden)
}

/** Renames in every piece of SQL that the server printed. What plans would carry over is left out: it is full of names. */
function withTexts(snapshot: CatalogSnapshot, hidden: ReadonlyMap<string, string>): CatalogSnapshot {
  const change = (sql: string): string => withNames(sql, hidden)
  const typed = (type: string): string => withTypeName(type, hidden)
  const withArgument = (argument: string): string => argument.replace(/[^ ]+$/, typed)
  const optional = <T extends string | null | undefined>(sql: T): T | string => (sql ? change(sql) : sql)
  const defined = <T extends { definition: string }>(item: T): T => ({ ...item, definition: change(item.definition) })
  return {
    ...snapshot,
    relations: snapshot.relations.map((relation) => ({
      ...relation,
      columns: relation.columns.map((column) => ({
        ...column,
        type: typed(column.type),
        default: optional(column.default),
        collation: optional(column.collation),
      })),
      constraints: relation.constraints.map(defined),
      indexes: relation.indexes.map((index) => ({ ...defined(index), predicate: optional(index.predicate) })),
      triggers: relation.triggers.map(defined),
      rules: relation.rules.map((rule) => ({ ...rule, definition: optional(rule.definition) })),
      partitionKey: optional(relation.partitionKey),
      definition: null,
    })),
    types: snapshot.types.map((type) => ({
      ...type,
      base: type.base && typed(type.base),
      default: optional(type.default),
      checks: type.checks.map(defined),
    })),
    functions: snapshot.functions.map((entry) => ({
      ...entry,
      arguments: entry.arguments.split(', ').map(withArgument).join(', '),
      definition: null,
    })),
    casts: snapshot.casts.map((cast) => ({ ...cast, from: typed(cast.from), to: typed(cast.to) })),
    operators:
      snapshot.operators?.map((operator) => ({
        ...operator,
        left: operator.left && typed(operator.left),
        right: typed(operator.right),
      })) ?? null,
  }
}

function relationWith(relation: SnapshotRelation, hide: (name: string) => string): SnapshotRelation {
  const named = <T extends { name: string }>(item: T): T => ({ ...item, name: hide(item.name) })
  return {
    ...relation,
    schema: hide(relation.schema),
    name: hide(relation.name),
    columns: relation.columns.map(named),
    constraints: relation.constraints.map((constraint) => ({
      ...named(constraint),
      columns: constraint.columns.map(hide),
      index: constraint.index && hide(constraint.index),
      references: constraint.references && {
        ...constraint.references,
        columns: constraint.references.columns.map(hide),
      },
    })),
    indexes: relation.indexes.map((index) => ({
      ...named(index),
      keys: index.keys.map((key) => key && hide(key)),
      include: index.include.map(hide),
      uses: index.uses.map(hide),
    })),
    triggers: relation.triggers.map(named),
    policies: relation.policies.map((policy) => ({ ...named(policy), uses: policy.uses.map(hide) })),
    rules: relation.rules.map(named),
    reads: relation.reads.map((read) => ({ ...read, columns: read.columns.map(hide) })),
    ownedBy: relation.ownedBy && { ...relation.ownedBy, column: hide(relation.ownedBy.column) },
  }
}
