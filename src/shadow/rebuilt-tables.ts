import type { CatalogSnapshot, SnapshotColumn, SnapshotConstraint, SnapshotRelation } from '../catalog/snapshot.ts'
import { literal } from '../plans/names.ts'
import { quoteName as ident } from '../sql/quote.ts'

/** Tables with all that belongs to them: partitions are made alone and attached, so that their indexes keep their names. */
export function rebuiltTables(
  relations: SnapshotRelation[],
  snapshot: CatalogSnapshot,
): { before: string[]; after: string[] } {
  const known = new Map(relations.map((relation) => [relation.id, relation]))
  const tables = relations.filter(
    ({ kind }) => kind === 'table' || kind === 'partitioned table' || kind === 'foreign table',
  )
  // Leaves first: what a parent makes then finds theirs.
  const byDepth = tables.toSorted((a, b) => depthOf(b, known) - depthOf(a, known))
  return {
    before: [
      ...tables.map((table) => tableSql(table, known, relations, snapshot)),
      ...relations.flatMap((sequence) => ownerSql(sequence, known)),
      ...tables.flatMap((table) => attachSql(table, known)),
      ...byDepth.flatMap((table) => constraintsSql(table, known, snapshot, false)),
      ...byDepth.flatMap(indexesSql),
      ...byDepth.flatMap((table) => constraintsSql(table, known, snapshot, true)),
    ],
    after: [
      ...relations.filter(({ kind }) => kind === 'materialized view').flatMap(indexesSql),
      ...byDepth.flatMap((table) => triggersSql(table, known)),
      ...tables.flatMap(({ rules }) => rules.flatMap(({ definition }) => definition?.replace(/;$/, '') ?? [])),
      ...tables.flatMap(policiesSql),
      ...relations.flatMap(attributesSql),
    ],
  }
}

function nameOf({ schema, name }: Pick<SnapshotRelation, 'schema' | 'name'>): string {
  return `${ident(schema)}.${ident(name)}`
}

function depthOf(relation: SnapshotRelation, known: ReadonlyMap<number, SnapshotRelation>): number {
  const parents = [relation.partitionOf?.relation, ...relation.inherits].flatMap((id) =>
    id === undefined ? [] : (known.get(id) ?? []),
  )
  return parents.length === 0 ? 0 : 1 + Math.max(...parents.map((parent) => depthOf(parent, known)))
}

function tableSql(
  table: SnapshotRelation,
  known: ReadonlyMap<number, SnapshotRelation>,
  relations: SnapshotRelation[],
  snapshot: CatalogSnapshot,
): string {
  const { definition, columns, inherits, partitionKey, persistence } = table
  const local = new Map(definition?.columns.map((column) => [column.name, column]))
  const parents = inherits.flatMap((id) => known.get(id) ?? [])
  // A column by inheritance comes from the parent; a partition is attached with all of its own.
  const own = parents.length > 0 ? columns.filter(({ name }) => local.get(name)?.local !== false) : columns
  const lines = own.map((column) =>
    columnSql(column, local.get(column.name)?.collation ?? null, identityOf(table, column, relations), snapshot, table),
  )
  const options = definition?.options.length ? ` WITH (${definition.options.join(', ')})` : ''
  return `CREATE ${persistence === 'unlogged' ? 'UNLOGGED ' : ''}TABLE ${nameOf(table)} (${lines.join(', ')})${
    parents.length > 0 ? ` INHERITS (${parents.map(nameOf).join(', ')})` : ''
  }${partitionKey === null ? '' : ` PARTITION BY ${partitionKey}`}${options}`
}

function columnSql(
  column: SnapshotColumn,
  collation: string | null,
  sequence: SnapshotRelation | null,
  { serverVersion }: CatalogSnapshot,
  { constraints }: SnapshotRelation,
): string {
  const { name, type, notNull, default: value, identity, generated } = column
  // From 18 on NOT NULL is a constraint with a name.
  const named =
    serverVersion >= 180_000 && constraints.some(({ kind, columns }) => kind === 'not null' && columns.includes(name))
  return [
    ident(name),
    type,
    collation === null ? '' : `COLLATE ${collation}`,
    identity === null ? '' : `GENERATED ${identity.toUpperCase()} AS IDENTITY${sequenceOptions(sequence)}`,
    generated !== null && value !== null ? `GENERATED ALWAYS AS (${value}) ${generated.toUpperCase()}` : '',
    generated === null && value !== null ? `DEFAULT ${value}` : '',
    notNull && !named && identity === null ? 'NOT NULL' : '',
  ]
    .filter((part) => part !== '')
    .join(' ')
}

function identityOf(
  { id }: SnapshotRelation,
  { name }: SnapshotColumn,
  relations: SnapshotRelation[],
): SnapshotRelation | null {
  return relations.find(({ ownedBy }) => ownedBy?.relation === id && ownedBy.column === name) ?? null
}

function sequenceOptions(sequence: SnapshotRelation | null): string {
  const numbers = sequence?.definition?.sequence
  if (!sequence || !numbers) return ''
  return ` (SEQUENCE NAME ${nameOf(sequence)} INCREMENT ${numbers.increment} MINVALUE ${numbers.minimum} MAXVALUE ${numbers.maximum} START ${numbers.start} CACHE ${numbers.cache}${numbers.cycles ? ' CYCLE' : ''})`
}

function ownerSql(
  { kind, ownedBy, ...sequence }: SnapshotRelation,
  known: ReadonlyMap<number, SnapshotRelation>,
): string[] {
  const table = ownedBy && known.get(ownedBy.relation)
  const column = table?.columns.find(({ name }) => name === ownedBy?.column)
  if (kind !== 'sequence' || !table || !column || column.identity !== null) return []
  return [`ALTER SEQUENCE ${nameOf(sequence)} OWNED BY ${nameOf(table)}.${ident(column.name)}`]
}

function attachSql(
  { partitionOf, ...table }: SnapshotRelation,
  known: ReadonlyMap<number, SnapshotRelation>,
): string[] {
  const parent = partitionOf && known.get(partitionOf.relation)
  return parent ? [`ALTER TABLE ${nameOf(parent)} ATTACH PARTITION ${nameOf(table)} ${partitionOf.bound}`] : []
}

/** Foreign keys come when all keys exist. One whose other table was not read is left out, in both databases. */
function constraintsSql(
  table: SnapshotRelation,
  known: ReadonlyMap<number, SnapshotRelation>,
  { serverVersion }: CatalogSnapshot,
  foreign: boolean,
): string[] {
  const local = new Map(table.definition?.constraints.map((constraint) => [constraint.name, constraint.local]))
  return table.constraints.flatMap((constraint) => {
    const { name, kind, definition, references } = constraint
    if ((kind === 'foreign key') !== foreign) return []
    if (references && !known.has(references.relation)) return []
    if (kind === 'not null' && serverVersion < 180_000) return []
    const inherited = local.get(name) === false && !isIndexed(constraint)
    return inherited ? [] : [`ALTER TABLE ${nameOf(table)} ADD CONSTRAINT ${ident(name)} ${definition}`]
  })
}

function isIndexed({ kind }: SnapshotConstraint): boolean {
  return kind === 'primary key' || kind === 'unique' || kind === 'exclusion'
}

function indexesSql({ indexes, constraints }: SnapshotRelation): string[] {
  const behind = new Set(constraints.flatMap(({ index }) => index ?? []))
  return indexes.flatMap(({ name, definition }) =>
    behind.has(name) ? [] : [definition.replace(/^(CREATE (?:UNIQUE )?INDEX .*? ON )ONLY /s, '$1')],
  )
}

/** Those that a parent's trigger makes on its partitions come with it. */
function triggersSql(
  { triggers, definition, partitionOf, ...table }: SnapshotRelation,
  known: ReadonlyMap<number, SnapshotRelation>,
): string[] {
  const parents: SnapshotRelation[] = []
  for (let id = partitionOf?.relation; id !== undefined; id = parents.at(-1)?.partitionOf?.relation) {
    const parent = known.get(id)
    if (!parent) break
    parents.push(parent)
  }
  const cloned = new Set(parents.flatMap((parent) => parent.triggers.map(({ name }) => name)))
  const states = new Map(definition?.triggers.map(({ name, state }) => [name, state]))
  return triggers.flatMap(({ name, definition: text, enabled }) => {
    const state = states.get(name) ?? (enabled ? 'O' : 'D')
    const words = { D: 'DISABLE', R: 'ENABLE REPLICA', A: 'ENABLE ALWAYS' }[state]
    return [
      ...(cloned.has(name) ? [] : [text]),
      ...(words ? [`ALTER TABLE ${nameOf(table)} ${words} TRIGGER ${ident(name)}`] : []),
    ]
  })
}

function policiesSql({ definition, rowSecurity, ...table }: SnapshotRelation): string[] {
  const name = nameOf(table)
  return [
    ...(rowSecurity ? [`ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY`] : []),
    ...(definition?.rowSecurityForced ? [`ALTER TABLE ${name} FORCE ROW LEVEL SECURITY`] : []),
    ...(definition?.policies ?? []).flatMap((policy) => [
      `CREATE POLICY ${ident(policy.name)} ON ${name} ${policy.definition}`,
      ...commentSql(`POLICY ${ident(policy.name)} ON ${name}`, policy.comment),
    ]),
  ]
}

/** Comments, grants, statistics and marks. */
function attributesSql(relation: SnapshotRelation): string[] {
  const { definition, kind, schema, replicaIdentity, indexes } = relation
  if (!definition || kind === 'composite type') return []
  const name = nameOf(relation)
  const words = kind === 'partitioned table' ? 'TABLE' : kind.toUpperCase()
  const identity = indexes.find((index) => index.replicaIdentity)
  return [
    ...commentSql(`${words} ${name}`, definition.comment),
    ...definition.grants.map((grant) => grantSql(grant, '', `${kind === 'sequence' ? 'SEQUENCE ' : ''}${name}`)),
    ...definition.columns.flatMap((column) => [
      ...commentSql(`COLUMN ${name}.${ident(column.name)}`, column.comment),
      ...column.grants.map((grant) => grantSql(grant, ` (${ident(column.name)})`, name)),
      ...(column.target === null
        ? []
        : [`ALTER TABLE ${name} ALTER COLUMN ${ident(column.name)} SET STATISTICS ${column.target}`]),
      ...(column.options.length === 0
        ? []
        : [`ALTER TABLE ${name} ALTER COLUMN ${ident(column.name)} SET (${column.options.join(', ')})`]),
    ]),
    ...definition.constraints.flatMap((constraint) =>
      commentSql(`CONSTRAINT ${ident(constraint.name)} ON ${name}`, constraint.comment),
    ),
    ...definition.indexes.flatMap((index) => [
      ...commentSql(`INDEX ${ident(schema)}.${ident(index.name)}`, index.comment),
      ...(index.clustered ? [`ALTER TABLE ${name} CLUSTER ON ${ident(index.name)}`] : []),
    ]),
    ...definition.triggers.flatMap((trigger) =>
      commentSql(`TRIGGER ${ident(trigger.name)} ON ${name}`, trigger.comment),
    ),
    ...definition.statistics.flatMap((statistics) => [
      statistics.definition,
      ...commentSql(`STATISTICS ${ident(statistics.schema)}.${ident(statistics.name)}`, statistics.comment),
      ...(statistics.target === null
        ? []
        : [
            `ALTER STATISTICS ${ident(statistics.schema)}.${ident(statistics.name)} SET STATISTICS ${statistics.target}`,
          ]),
    ]),
    ...(kind !== 'table' && kind !== 'partitioned table'
      ? []
      : replicaIdentitySql(name, replicaIdentity, identity?.name ?? null)),
  ]
}

function replicaIdentitySql(
  name: string,
  identity: SnapshotRelation['replicaIdentity'],
  index: string | null,
): string[] {
  switch (identity) {
    case 'default':
      return []
    case 'nothing':
    case 'full':
      return [`ALTER TABLE ${name} REPLICA IDENTITY ${identity.toUpperCase()}`]
    case 'index':
      return index === null ? [] : [`ALTER TABLE ${name} REPLICA IDENTITY USING INDEX ${ident(index)}`]
  }
}

function grantSql(
  { privilege, grantee, grantable }: { privilege: string; grantee: string; grantable: boolean },
  columns: string,
  on: string,
): string {
  return `GRANT ${privilege}${columns} ON ${on} TO ${grantee}${grantable ? ' WITH GRANT OPTION' : ''}`
}

function commentSql(on: string, comment: string | null): string[] {
  return comment === null ? [] : [`COMMENT ON ${on} IS ${literal(comment)}`]
}
