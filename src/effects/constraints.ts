import type { Constraint as ConstraintNode } from '@pgsql/types'
import { type Constraint, columnOf, type Relation } from '../catalog/catalog.ts'
import { provesNotNull } from '../catalog/expressions.ts'
import { print } from '../sql/quote.ts'
import { columnsIn, strings } from '../sql/walk.ts'
import { addIndex, constraintIndex, requireColumns } from './indexes-of.ts'
import { type Judging, missingRelation, StatementFails } from './judging.ts'
import { freeName, storedName } from './object-names.ts'

/**
 * Adds one table constraint. `column` is set for a constraint written behind a column.
 *
 * Locks and work are recorded by the relation's own age: a table made by this statement is touched by no one else.
 * Sources: AlterTableGetLockLevel and ATAddForeignKeyConstraint in tablecmds.c; measured in postgres-facts.md.
 */
export function addConstraint(
  judging: Judging,
  target: Relation,
  node: ConstraintNode,
  options: ConstraintOptions,
): void {
  const relation = judging.catalog.now(target)
  switch (node.contype) {
    case 'CONSTR_CHECK':
      return addCheck(judging, relation, node, options)
    case 'CONSTR_NOTNULL':
      return addNotNull(judging, relation, node, options)
    case 'CONSTR_FOREIGN':
      return addForeignKey(judging, relation, node, options)
    case 'CONSTR_PRIMARY':
    case 'CONSTR_UNIQUE':
    case 'CONSTR_EXCLUSION':
      return addKey(judging, relation, node, options)
  }
}

/** `column`: the one it is written behind; `allNull`: that column was just added and holds only nulls. */
export interface ConstraintOptions {
  column: string | null
  recurse: boolean
  allNull?: boolean
}

const nothing = { deferrable: false, references: null, index: null } as const

function addCheck(judging: Judging, relation: Relation, node: ConstraintNode, options: ConstraintOptions): void {
  const columns = columnsIn(node.raw_expr)
  requireColumns(relation, columns, (name) => `column "${name}" does not exist`)
  requireRecursion(judging, relation, options.recurse || (node.is_no_inherit ?? false), 'constraint')
  const name = nameFor(
    judging,
    relation,
    node,
    columns.length === 1 ? columns : options.column ? [options.column] : [],
    'check',
  )
  const definition = print({ Constraint: { ...node, conname: undefined } })
  const validated = !node.skip_validation
  const enforced = (node as { is_enforced?: boolean }).is_enforced !== false
  const family = options.recurse && !node.is_no_inherit ? judging.catalog.family(relation) : [relation]
  for (const member of family) {
    if (member.id !== relation.id && member.constraints.some((one) => one.name === name)) continue
    judging.touch(member, 'AccessExclusiveLock', {
      scan: validated && enforced && hasRows(member),
      ...(member.id === relation.id ? {} : { through: `it inherits from ${relation.name}` }),
    })
    put(judging, member, { name, kind: 'check', columns, validated: validated && enforced, definition, ...nothing })
  }
  noteConstraint(judging, relation, { name, kind: 'check', columns, validated, definition, ...nothing }, node)
}

/** `ADD CONSTRAINT … NOT NULL column`, from 18 also NOT VALID. */
function addNotNull(judging: Judging, relation: Relation, node: ConstraintNode, options: { recurse: boolean }): void {
  const [column = ''] = strings(node.keys)
  requireColumns(relation, [column])
  for (const member of options.recurse ? judging.catalog.family(relation) : [relation]) {
    const already = columnOf(member, column)?.notNull ?? false
    judging.touch(member, 'AccessExclusiveLock', { scan: !node.skip_validation && !already && hasRows(member) })
    setNotNull(judging, member, column, !node.skip_validation)
  }
  judging.mark({ kind: 'sets not null', relation, column, proven: node.skip_validation ?? false })
}

export function setNotNull(judging: Judging, relation: Relation, column: string, value: boolean): void {
  const now = judging.catalog.now(relation)
  judging.catalog.put({
    ...now,
    columns: now.columns.map((one) => (one.name === column ? { ...one, notNull: value } : one)),
  })
}

function addKey(judging: Judging, relation: Relation, node: ConstraintNode, options: ConstraintOptions): void {
  const { catalog } = judging
  const kind =
    node.contype === 'CONSTR_PRIMARY' ? 'primary key' : node.contype === 'CONSTR_UNIQUE' ? 'unique' : 'exclusion'
  if (kind === 'primary key' && relation.constraints.some((one) => one.kind === 'primary key')) {
    throw new StatementFails('42P16', `multiple primary keys for table "${relation.name}" are not allowed`)
  }
  if (node.indexname) return keyUsingIndex(judging, relation, node, kind)
  const columns = options.column
    ? [options.column]
    : kind === 'exclusion'
      ? (node.exclusions ?? []).flatMap((one) => exclusionColumns(one))
      : strings(node.keys)
  requireColumns(relation, columns, (name) => `column "${name}" named in key does not exist`)
  const name =
    node.conname !== undefined && node.conname !== ''
      ? storedName(node.conname)
      : freeName(
          relation.name,
          kind === 'primary key' ? [] : [...columns, ...strings(node.including)],
          kind === 'primary key' ? 'pkey' : kind === 'unique' ? 'key' : 'excl',
          (one) => catalog.nameTaken(relation.schema, one) || relation.constraints.some((other) => other.name === one),
        )
  judging.mustBeFree(relation.schema, name)
  const definition = print({ Constraint: { ...node, conname: undefined } })
  for (const member of catalog.family(relation)) {
    const own = member.id === relation.id
    const indexName = own
      ? name
      : freeName(member.name, kind === 'primary key' ? [] : columns, kind === 'primary key' ? 'pkey' : 'key', (one) =>
          catalog.nameTaken(member.schema, one),
        )
    if (!own && !options.recurse) continue
    const index = constraintIndex(node, indexName, columns)
    const builds = member.kind === 'partitioned table' ? [] : [index]
    // Partitions are locked as CREATE INDEX locks them, unless a primary key makes their columns NOT NULL.
    const nulls = kind === 'primary key' && columns.some((column) => !columnOf(member, column)?.notNull)
    judging.touch(member, own || nulls ? 'AccessExclusiveLock' : 'ShareLock', {
      builds,
      scan: builds.length > 0,
      ...(own ? {} : { through: `it is a partition of ${relation.name}` }),
    })
    addIndex(judging, member, index)
    put(judging, member, {
      name: indexName,
      kind,
      columns,
      validated: true,
      definition,
      deferrable: node.deferrable ?? false,
      references: null,
      index: indexName,
    })
    if (kind === 'primary key') for (const column of columns) setNotNull(judging, member, column, true)
  }
  noteConstraint(
    judging,
    relation,
    {
      name,
      kind,
      columns,
      validated: true,
      definition,
      deferrable: node.deferrable ?? false,
      references: null,
      index: name,
    },
    node,
  )
}

function exclusionColumns(node: unknown): string[] {
  const found: string[] = []
  const elements = node as { List?: { items?: { IndexElem?: { name?: string; expr?: unknown } }[] } }
  for (const item of elements.List?.items ?? []) {
    if (item.IndexElem?.name) found.push(item.IndexElem.name)
    else if (item.IndexElem?.expr) found.push(...columnsIn(item.IndexElem.expr))
  }
  return found
}

/** `ADD … USING INDEX`: the index is there; only a primary key over nullable columns still scans, for NOT NULL. */
function keyUsingIndex(
  judging: Judging,
  relation: Relation,
  node: ConstraintNode,
  kind: 'primary key' | 'unique' | 'exclusion',
): void {
  const indexName = node.indexname ?? ''
  const index = relation.indexes.find((one) => one.name === indexName)
  if (!index && relation.known) {
    throw new StatementFails('42704', `index "${indexName}" does not exist`, { kind: 'index', name: indexName })
  }
  if (index && !index.valid) throw new StatementFails('55000', `index "${indexName}" is not valid`)
  if (index && !index.unique) throw new StatementFails('42809', `"${indexName}" is not a unique index`)
  const name = node.conname ? storedName(node.conname) : indexName
  if (name !== indexName) judging.mustBeFree(relation.schema, name)
  const columns = (index?.keys ?? []).flatMap((key) => key ?? [])
  const nullable = columns.filter((column) => !columnOf(relation, column)?.notNull)
  const scan = kind === 'primary key' && (index === undefined || nullable.some((column) => !isProven(relation, column)))
  judging.touch(relation, 'AccessExclusiveLock', { scan })
  const now = judging.catalog.now(relation)
  judging.catalog.put({
    ...now,
    indexes: now.indexes.map((one) =>
      one.name === indexName ? { ...one, name, primary: kind === 'primary key' } : one,
    ),
  })
  const constraint: Constraint = {
    name,
    kind,
    columns,
    validated: true,
    definition: `${kind} (${columns.join(', ')})`,
    deferrable: node.deferrable ?? false,
    references: null,
    index: name,
  }
  put(judging, relation, constraint)
  if (kind === 'primary key') for (const column of columns) setNotNull(judging, relation, column, true)
  noteConstraint(judging, relation, constraint, node)
}

/** True when a valid CHECK already proves that the column holds no null. */
export function isProven(relation: Relation, column: string): boolean {
  return relation.constraints.some(
    (one) =>
      one.kind === 'check' && one.validated && one.columns.includes(column) && provesNotNull(one.definition, column),
  )
}

const actions = { a: 'no action', r: 'restrict', c: 'cascade', n: 'set null', d: 'set default' } as const

function addForeignKey(judging: Judging, relation: Relation, node: ConstraintNode, options: ConstraintOptions): void {
  const { catalog } = judging
  const columns = options.column ? [options.column] : strings(node.fk_attrs)
  requireColumns(relation, columns, (name) => `column "${name}" referenced in foreign key constraint does not exist`)
  const referenced = isSelf(node, relation) ? relation : judging.find(node.pktable)
  if (!referenced) throw missingRelation(node.pktable)
  requireSamePersistence(relation, referenced)
  const key = referencedColumns(referenced, strings(node.pk_attrs), columns)
  const name = nameFor(judging, relation, node, columns, 'fkey')
  const validated = !node.skip_validation && (node as { is_enforced?: boolean }).is_enforced !== false
  // Nulls refer to nothing: the server skips the check (transformFKConstraints).
  const checks = validated && !options.allNull
  const action = (code: string | undefined): (typeof actions)[keyof typeof actions] =>
    actions[(code ?? 'a') as keyof typeof actions] ?? 'no action'
  const references = {
    relation: referenced.id,
    columns: key,
    onDelete: action(node.fk_del_action),
    onUpdate: action(node.fk_upd_action),
  }
  const constraint: Constraint = {
    name,
    kind: 'foreign key',
    columns,
    validated,
    definition: print({ Constraint: { ...node, conname: undefined } }),
    deferrable: node.deferrable ?? false,
    references,
    index: null,
  }
  for (const member of options.recurse ? partitionsOf(judging, relation) : [relation]) {
    judging.touch(member, 'ShareRowExclusiveLock', {
      scan:
        checks && !judging.isJustMade(member) && member.kind !== 'partitioned table' && member.kind !== 'foreign table',
      ...(member.id === relation.id ? {} : { through: `it is a partition of ${relation.name}` }),
    })
    put(judging, member, constraint)
  }
  for (const member of partitionsOf(judging, referenced)) {
    if (member.id === relation.id) continue
    judging.touch(member, 'ShareRowExclusiveLock', {
      through: `the foreign key refers to ${member.id === referenced.id ? 'it' : `its parent ${referenced.name}`}`,
      ...(checks && !judging.isJustMade(relation) ? { lookedUpBy: catalog.now(relation) } : {}),
    })
  }
  noteConstraint(judging, relation, constraint, node)
}

/** The lifetime of a key and of what it refers to must fit (ATAddForeignKeyConstraint). */
function requireSamePersistence(relation: Relation, referenced: Relation): void {
  const { persistence } = relation
  const others = persistence === 'unlogged' ? ['permanent', 'unlogged'] : [persistence]
  if (!relation.known || !referenced.known || others.includes(referenced.persistence)) return
  throw new StatementFails(
    '42P16',
    `constraints on ${persistence} tables may reference only ${others.join(' or ')} tables`,
  )
}

/** What every child must have cannot be added to the parent alone. */
export function requireRecursion(
  judging: Judging,
  relation: Relation,
  recurses: boolean,
  what: 'column' | 'constraint',
): void {
  if (!recurses && judging.catalog.children(relation).length > 0) {
    throw new StatementFails('42P16', `${what} must be added to child tables too`)
  }
}

function isSelf(node: ConstraintNode, relation: Relation): boolean {
  const { schemaname, relname } = node.pktable ?? {}
  return relname === relation.name && (schemaname === undefined || schemaname === relation.schema)
}

/** Fails when no unique constraint or index stands over exactly these columns. */
function referencedColumns(referenced: Relation, named: string[], columns: string[]): string[] {
  if (!referenced.known) return named
  const primary = referenced.constraints.find((one) => one.kind === 'primary key')
  if (named.length === 0) {
    if (!primary) throw new StatementFails('42704', `there is no primary key for referenced table "${referenced.name}"`)
    if (primary.columns.length !== columns.length) {
      throw new StatementFails('42830', 'number of referencing and referenced columns for foreign key disagree')
    }
    return primary.columns
  }
  for (const column of named) {
    if (!columnOf(referenced, column)) {
      throw new StatementFails('42703', `column "${column}" referenced in foreign key constraint does not exist`, {
        kind: 'column',
        name: column,
      })
    }
  }
  const wanted = [...named].sort().join('\u0000')
  const matches = referenced.indexes.some(
    (index) =>
      index.unique && index.valid && index.predicate === null && [...index.keys].sort().join('\u0000') === wanted,
  )
  if (!matches) {
    throw new StatementFails(
      '42830',
      `there is no unique constraint matching given keys for referenced table "${referenced.name}"`,
    )
  }
  return named
}

/** The relation with its partitions; plain inheritance children take no part in foreign keys. */
export function partitionsOf(judging: Judging, relation: Relation): Relation[] {
  const now = judging.catalog.now(relation)
  if (now.kind !== 'partitioned table') return [now]
  return [now, ...judging.catalog.children(now).flatMap((child) => partitionsOf(judging, child))]
}

function put(judging: Judging, relation: Relation, constraint: Constraint): void {
  const now = judging.catalog.now(relation)
  judging.catalog.put({ ...now, constraints: [...now.constraints, constraint] })
}

function nameFor(judging: Judging, relation: Relation, node: ConstraintNode, columns: string[], label: string): string {
  const taken = (name: string): boolean => judging.catalog.now(relation).constraints.some((one) => one.name === name)
  if (!node.conname) return freeName(relation.name, columns, label, taken)
  const name = storedName(node.conname)
  if (taken(name)) {
    throw new StatementFails('42710', `constraint "${name}" for relation "${relation.name}" already exists`, {
      kind: 'constraint',
      name,
    })
  }
  return name
}

/** Tables hold rows; a partitioned parent and a foreign table hold none to read here. */
export function hasRows(relation: Relation): boolean {
  return relation.kind !== 'partitioned table' && relation.kind !== 'foreign table'
}

function noteConstraint(judging: Judging, relation: Relation, constraint: Constraint, node: ConstraintNode): void {
  judging.mark({
    kind: 'adds constraint',
    relation,
    constraint: constraint.name,
    type: constraint.kind,
    columns: constraint.columns,
    validated: constraint.validated,
    definition: constraint.definition,
    references: constraint.references ? judging.catalog.get(constraint.references.relation) : null,
    usingIndex: node.indexname ?? null,
  })
}
