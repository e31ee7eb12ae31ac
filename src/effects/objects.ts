import type {
  AlterDomainStmt,
  AlterEnumStmt,
  AlterPublicationStmt,
  CommentStmt,
  CompositeTypeStmt,
  CreateDomainStmt,
  CreateEnumStmt,
  CreateForeignTableStmt,
  CreateFunctionStmt,
  CreatePublicationStmt,
  CreateRangeStmt,
  CreateSchemaStmt,
  CreateSeqStmt,
  CreateStatsStmt,
  CreateTrigStmt,
  Node,
  RangeVar,
  RuleStmt,
  ViewStmt,
} from '@pgsql/types'
import { type Column, emptyRelation, type Relation, type UserType } from '../catalog/catalog.ts'
import { parseType, printType, typeOf } from '../catalog/types.ts'
import { print } from '../sql/quote.ts'
import { qualifiedName, strings } from '../sql/walk.ts'
import { inputTypes, languageOf, optionText, sqlBody } from './code.ts'
import { requireType } from './columns.ts'
import { hasRows } from './constraints.ts'
import { createTable, readsOf } from './create-table.ts'
import { requireFunction } from './functions.ts'
import { requireColumns } from './indexes-of.ts'
import { type Judging, missingRelation, StatementFails } from './judging.ts'
import { outputColumns, requireNames } from './query-columns.ts'
import { scopeOf, source, sourceOf } from './query-scope.ts'
import { requireBody, requireSchema } from './requirements.ts'
import { analyse, updatableBase } from './rewriting.ts'
import { valueText } from './session.ts'

export function createTrigger(node: CreateTrigStmt, judging: Judging): void {
  const relation = judging.relation(node.relation)
  const name = node.trigname ?? ''
  if (relation.triggers.some((one) => one.name === name) && !node.replace) {
    throw new StatementFails('42710', `trigger "${name}" for relation "${relation.name}" already exists`, {
      kind: 'trigger',
      name,
    })
  }
  requireFunction(judging, node.funcname)
  requireFiring(node, relation, judging)
  const definition = print({ CreateTrigStmt: node })
  for (const member of node.row ? judging.catalog.family(relation) : [relation]) {
    if (member.id !== relation.id && relation.kind !== 'partitioned table') continue
    judging.touch(member, 'ShareRowExclusiveLock')
    const others = member.triggers.filter((one) => one.name !== name)
    judging.catalog.change(member, {
      triggers: [...others, { name, enabled: true, definition }],
    })
  }
}

/** The bit of INSTEAD OF in pg_trigger.h. */
const insteadOf = 64

/** The kind of relation, the columns and the condition that a trigger fires on (CreateTriggerFiringOn). */
function requireFiring(node: CreateTrigStmt, relation: Relation, judging: Judging): void {
  const isView = relation.kind === 'view'
  const instead = ((node.timing ?? 0) & insteadOf) !== 0
  if (relation.known && instead !== isView && (instead || node.row)) {
    throw new StatementFails('42809', `"${relation.name}" is a ${isView ? 'view' : 'table'}`)
  }
  requireColumns(relation, strings(node.columns))
  const rows = ['new', 'old'].map((name) => source(name, null, sourceOf(relation, undefined).columns, undefined))
  requireNames(judging, node.whenClause, scopeOf(rows), new Map())
}

/** CREATE RULE: ACCESS EXCLUSIVE on its relation; its actions are analysed, which locks what they write. */
export function createRule(node: RuleStmt, judging: Judging): void {
  const relation = judging.relation(node.relation)
  judging.touch(relation, 'AccessExclusiveLock')
  for (const action of node.actions ?? []) analyse(judging, action)
  const rule = { name: node.rulename ?? '', definition: print({ RuleStmt: node }) }
  judging.catalog.change(relation, { rules: [...relation.rules.filter((one) => one.name !== rule.name), rule] })
}

export function createStatistics(node: CreateStatsStmt, judging: Judging): void {
  for (const one of node.relations ?? []) {
    if (!('RangeVar' in one)) continue
    const relation = judging.relation(one.RangeVar)
    judging.touch(relation, 'ShareUpdateExclusiveLock')
    const columns = (node.exprs ?? []).flatMap((expr) => ('StatsElem' in expr ? (expr.StatsElem.name ?? []) : []))
    requireColumns(relation, columns, (name) => `column "${name}" does not exist`)
  }
}

/** COMMENT takes SHARE UPDATE EXCLUSIVE on the relation it speaks of. */
export function comment(node: CommentStmt, judging: Judging): void {
  const parts = strings(node.object && 'List' in node.object ? node.object.List.items : undefined)
  const relationParts =
    node.objtype === 'OBJECT_TABLE' || node.objtype === 'OBJECT_MATVIEW' || node.objtype === 'OBJECT_FOREIGN_TABLE'
      ? parts
      : node.objtype === 'OBJECT_COLUMN' ||
          node.objtype === 'OBJECT_TABCONSTRAINT' ||
          node.objtype === 'OBJECT_TRIGGER' ||
          node.objtype === 'OBJECT_POLICY' ||
          node.objtype === 'OBJECT_RULE'
        ? parts.slice(0, -1)
        : null
  if (!relationParts) return requireCommented(node, parts, judging)
  const [name = '', schema = null] = [...relationParts].reverse()
  const relation = judging.relation({ relname: name, ...(schema ? { schemaname: schema } : {}) })
  if (
    node.objtype === 'OBJECT_COLUMN' &&
    relation.known &&
    !relation.columns.some((one) => one.name === parts.at(-1))
  ) {
    throw new StatementFails('42703', `column "${parts.at(-1)}" of relation "${relation.name}" does not exist`, {
      kind: 'column',
      name: parts.at(-1) ?? '',
    })
  }
  const listed = { OBJECT_TABCONSTRAINT: relation.constraints, OBJECT_TRIGGER: relation.triggers } as const
  const list =
    node.objtype === 'OBJECT_TABCONSTRAINT' || node.objtype === 'OBJECT_TRIGGER' ? listed[node.objtype] : null
  if (list && relation.known && !list.some((one) => one.name === parts.at(-1))) {
    const kind = node.objtype === 'OBJECT_TRIGGER' ? 'trigger' : 'constraint'
    throw new StatementFails('42704', `${kind} "${parts.at(-1)}" for table "${relation.name}" does not exist`, {
      kind,
      name: parts.at(-1) ?? '',
    })
  }
  judging.touch(
    relation,
    node.objtype === 'OBJECT_POLICY' ||
      node.objtype === 'OBJECT_RULE' ||
      node.objtype === 'OBJECT_TRIGGER' ||
      node.objtype === 'OBJECT_TABCONSTRAINT'
      ? 'AccessShareLock'
      : 'ShareUpdateExclusiveLock',
  )
}

/** What COMMENT speaks of, where no table is locked for it. */
function requireCommented(node: CommentStmt, parts: string[], judging: Judging): void {
  const { catalog } = judging
  const [name = '', schema = null] = [...parts].reverse()
  const { object } = node
  if (node.objtype === 'OBJECT_SCHEMA' && object && 'String' in object) requireSchema(judging, object.String.sval ?? '')
  if (node.objtype === 'OBJECT_TYPE' && object && 'TypeName' in object) {
    requireType(judging, typeOf(object.TypeName, catalog))
  }
  const relation: RangeVar = { relname: name, ...(schema === null ? {} : { schemaname: schema }) }
  if (node.objtype === 'OBJECT_INDEX' && !catalog.mayHoldMore && !catalog.findIndex(schema, name)) {
    throw missingRelation(relation)
  }
  if (node.objtype === 'OBJECT_VIEW' || node.objtype === 'OBJECT_SEQUENCE') judging.relation(relation)
}

export function createView(node: ViewStmt, judging: Judging): void {
  const { catalog } = judging
  const schema = judging.creationSchema(node.view)
  const name = node.view?.relname ?? ''
  const standing = catalog.find(schema, name)
  if (standing && !(node.replace && standing.kind === 'view')) judging.mustBeFree(schema, name)
  const query = node.query && 'SelectStmt' in node.query ? node.query.SelectStmt : null
  const named = strings(node.aliases)
  const given = query ? outputColumns(judging, query) : null
  const columns = given?.map((column, i) => ({ ...column, name: named[i] ?? column.name })) ?? null
  if (standing && columns) requireSameView(standing, columns, judging)
  catalog.put({
    ...emptyRelation(standing?.id ?? catalog.newId(), schema, name, 'view'),
    persistence: node.view?.relpersistence === 't' ? 'temporary' : 'permanent',
    columns: columns ?? [],
    known: columns !== null,
    reads: readsOf(judging, node.query),
    base: updatableBase(judging, query),
  })
}

/** OR REPLACE may only add columns at the end (checkViewColumns). */
function requireSameView(standing: Relation, columns: Column[], { catalog }: Judging): void {
  if (!standing.known) return
  if (columns.length < standing.columns.length) throw new StatementFails('42P16', 'cannot drop columns from view')
  standing.columns.forEach((before, i) => {
    const after = columns[i]
    if (!after) return
    if (after.name !== before.name) {
      throw new StatementFails('42P16', `cannot change name of view column "${before.name}" to "${after.name}"`)
    }
    // Where it is more than a column or a cast, the type is not known.
    if (before.type === '' || after.type === '' || before.type === after.type) return
    if (!parseType(before.type, catalog).user && !parseType(after.type, catalog).user) {
      const change = `from ${before.type} to ${after.type}`
      throw new StatementFails('42P16', `cannot change data type of view column "${before.name}" ${change}`)
    }
  })
}

export function createSequence(node: CreateSeqStmt, judging: Judging): void {
  const { catalog } = judging
  const schema = judging.creationSchema(node.sequence)
  const name = node.sequence?.relname ?? ''
  if (catalog.nameTaken(schema, name)) {
    if (node.if_not_exists) return
    judging.mustBeFree(schema, name)
  }
  catalog.put(emptyRelation(catalog.newId(), schema, name, 'sequence'))
}

export function createForeignTable(node: CreateForeignTableStmt, judging: Judging): void {
  const base = node.base as Parameters<typeof createTable>[0] | undefined
  if (!base) return
  createTable(base, judging)
  const made = judging.find(base.relation)
  if (made?.isNew) judging.catalog.change(made, { kind: 'foreign table' } satisfies Partial<Relation>)
}

export function createSchema(node: CreateSchemaStmt, judging: Judging): void {
  const { catalog } = judging
  const name = node.schemaname ?? ''
  if (catalog.knowsSchema(name)) {
    if (node.if_not_exists || catalog.knowledge === 'assumed') return
    throw new StatementFails('42P06', `schema "${name}" already exists`, { kind: 'schema', name })
  }
  catalog.setSchema(name, true)
}

function addType(judging: Judging, names: Node[] | undefined, type: Partial<UserType>): void {
  const { catalog } = judging
  const { schema, name } = qualifiedName(names)
  const home = schema ?? catalog.creationSchema
  if (catalog.type(home, name))
    throw new StatementFails('42710', `type "${name}" already exists`, { kind: 'type', name })
  catalog.setType(home, name, {
    schema: home,
    name,
    kind: 'base',
    labels: [],
    base: null,
    notNull: false,
    checks: [],
    default: null,
    ...type,
  })
}

export function createEnum(node: CreateEnumStmt, judging: Judging): void {
  addType(judging, node.typeName, { kind: 'enum', labels: strings(node.vals) })
  judging.mark({ kind: 'creates enum', name: qualifiedName(node.typeName).name })
}

export function createComposite(node: CompositeTypeStmt, judging: Judging): void {
  const { schemaname, relname } = node.typevar ?? {}
  addType(judging, [...(schemaname ? [{ String: { sval: schemaname } }] : []), { String: { sval: relname ?? '' } }], {
    kind: 'composite',
  })
}

export function createRange(node: CreateRangeStmt, judging: Judging): void {
  addType(judging, node.typeName, { kind: 'range' })
}

export function createDomain(node: CreateDomainStmt, judging: Judging): void {
  const constraints = (node.constraints ?? []).flatMap((one) => ('Constraint' in one ? [one.Constraint] : []))
  const fallback = constraints.find((one) => one.contype === 'CONSTR_DEFAULT')?.raw_expr
  const base = typeOf(node.typeName ?? {}, judging.catalog)
  requireType(judging, base)
  addType(judging, node.domainname, {
    kind: 'domain',
    base: printType(base),
    notNull: constraints.some((one) => one.contype === 'CONSTR_NOTNULL'),
    checks: constraints
      .filter((one) => one.contype === 'CONSTR_CHECK')
      .map((one) => ({ name: one.conname ?? 'check', definition: print({ Constraint: one }), validated: true })),
    default: fallback ? print(fallback) : null,
  })
}

/** The type that a statement changes. Without a catalog it may well stand, with all but its name unknown. */
function typeNamed(
  judging: Judging,
  names: Node[] | undefined,
  kind: UserType['kind'],
): { type: UserType; assumed: boolean } {
  const { catalog } = judging
  const { schema, name } = qualifiedName(names)
  const type = catalog.type(schema, name)
  if (type) return { type, assumed: false }
  if (!catalog.mayHoldMore) {
    throw new StatementFails('42704', `type "${name}" does not exist`, { kind: 'type', name })
  }
  const unknown = { labels: [], base: null, notNull: false, checks: [], default: null }
  return { type: { schema: schema ?? catalog.creationSchema, name, kind, ...unknown }, assumed: true }
}

/** ADD VALUE and RENAME VALUE lock no table. */
export function alterEnum(node: AlterEnumStmt, judging: Judging): void {
  const { catalog } = judging
  const { type, assumed } = typeNamed(judging, node.typeName, 'enum')
  const { name } = type
  const { oldVal, newVal = '' } = node
  if (oldVal) {
    judging.mark({ kind: 'renames enum value', type, from: oldVal, to: newVal })
    if (assumed) return
    if (!type.labels.includes(oldVal)) throw new StatementFails('22023', `"${oldVal}" is not an existing enum label`)
    if (type.labels.includes(newVal)) throw new StatementFails('42710', `enum label "${newVal}" already exists`)
    catalog.setType(type.schema, name, {
      ...type,
      labels: type.labels.map((label) => (label === oldVal ? newVal : label)),
    })
    return
  }
  if (type.labels.includes(newVal)) {
    if (node.skipIfNewValExists) return
    throw new StatementFails('42710', `enum label "${newVal}" already exists`)
  }
  const beside = node.newValNeighbor
  if (!assumed && beside !== undefined && !type.labels.includes(beside)) {
    throw new StatementFails('22023', `"${beside}" is not an existing enum label`)
  }
  if (!assumed) catalog.setType(type.schema, name, { ...type, labels: [...type.labels, newVal] })
  judging.mark({ kind: 'adds enum value', type, label: newVal })
  if (catalog.major < 12) judging.mark({ kind: 'refuses transaction', command: 'ALTER TYPE ... ADD' })
}

/** A constraint added to a domain is checked in every table that has a column of it. */
export function alterDomain(node: AlterDomainStmt, judging: Judging): void {
  const { catalog } = judging
  const { type, assumed } = typeNamed(judging, node.typeName, 'domain')
  const { name } = type
  const constraint = node.def && 'Constraint' in node.def ? node.def.Constraint : null
  const checks = (node.subtype === 'C' && !constraint?.skip_validation) || node.subtype === 'V' || node.subtype === 'O'
  if (assumed) {
    if (checks) judging.cannotJudge(`which tables have a column of domain ${name} is not known`)
    return
  }
  if (checks) {
    for (const relation of [...catalog.all()]) {
      const uses = relation.columns.some((column) => {
        const parsed = parseType(column.type, catalog)
        return parsed.user?.name === type.name && parsed.user.schema === type.schema
      })
      if (uses && hasRows(relation))
        judging.touch(relation, 'ShareLock', { scan: true, through: `it has a column of domain \`${name}\`` })
    }
  }
  if (node.subtype === 'C' && constraint) {
    catalog.setType(type.schema, name, {
      ...type,
      checks: [
        ...type.checks,
        {
          name: constraint.conname ?? 'check',
          definition: print({ Constraint: constraint }),
          validated: !constraint.skip_validation,
        },
      ],
    })
  } else if (node.subtype === 'X') {
    catalog.setType(type.schema, name, { ...type, checks: type.checks.filter((one) => one.name !== node.name) })
  } else if (node.subtype === 'O' || node.subtype === 'N') {
    catalog.setType(type.schema, name, { ...type, notNull: node.subtype === 'O' })
  }
}

/** The function comes to be known, with its volatility: a later DEFAULT may call it. */
export function createFunction(node: CreateFunctionStmt, judging: Judging): void {
  const { catalog } = judging
  const { schema, name } = qualifiedName(node.funcname)
  const home = schema ?? catalog.creationSchema
  const option = (wanted: string): string | null => {
    for (const one of node.options ?? []) {
      if ('DefElem' in one && one.DefElem.defname === wanted && one.DefElem.arg && 'String' in one.DefElem.arg)
        return one.DefElem.arg.String.sval ?? null
    }
    return null
  }
  requireBody(node, option('language') ?? 'sql', optionText(node.options, 'as') ?? '', judging)
  const stated = option('volatility')
  const fn = {
    schema: home,
    name,
    arguments: (node.parameters ?? []).map((one) => print(one)).join(', '),
    volatility: stated === 'immutable' || stated === 'stable' ? stated : 'volatile',
    language: option('language') ?? 'sql',
    reads: tiesOf(node, judging),
  } as const
  const others = catalog.functions(home, name).filter((one) => one.arguments !== fn.arguments)
  if (!node.replace && others.length < catalog.functions(home, name).length) {
    throw new StatementFails('42723', `function "${name}" already exists with same argument types`)
  }
  catalog.setFunctions(home, name, [...others, fn])
  const overloads = catalog.bodies(home, name).filter((one) => inputTypes(one) !== inputTypes(node))
  catalog.setBodies(home, name, [...overloads, node])
  validateBody(node, judging)
  judging.mark({ kind: 'creates function', name, count: 1 })
}

/** The body of an SQL function is analysed when it is made, which locks what it writes (fmgr_sql_validator). */
function validateBody(node: CreateFunctionStmt, judging: Judging): void {
  const { catalog } = judging
  if (languageOf(node) !== 'sql' || /^(off|false|no|0)$/i.test(catalog.setting('check_function_bodies') ?? '')) return
  // With a polymorphic parameter the types are not known before a call, and nothing is analysed.
  const polymorphic = (node.parameters ?? []).some(
    (one) => 'FunctionParameter' in one && /^any/.test(strings(one.FunctionParameter.argType?.names).at(-1) ?? ''),
  )
  if (polymorphic) return
  const before = catalog.setting('search_path')
  const path = searchPathOf(node)
  if (path !== null) catalog.setSetting('search_path', path)
  for (const inner of sqlBody(node)) analyse(judging, inner)
  if (path !== null) catalog.setSetting('search_path', before)
}

/** SET search_path of a function. */
function searchPathOf(node: CreateFunctionStmt): string | null {
  for (const one of node.options ?? []) {
    const set = 'DefElem' in one && one.DefElem.defname === 'set' ? one.DefElem.arg : undefined
    if (!set || !('VariableSetStmt' in set) || set.VariableSetStmt.name !== 'search_path') continue
    return (set.VariableSetStmt.args ?? []).map(valueText).join(', ')
  }
  return null
}

/** The relations of a body in BEGIN ATOMIC, with their columns, and those whose row type an argument or the result has. */
function tiesOf(node: CreateFunctionStmt, judging: Judging): { relation: number; columns: string[] }[] {
  const types = [
    node.returnType,
    ...(node.parameters ?? []).map((one) => 'FunctionParameter' in one && one.FunctionParameter.argType),
  ]
  const rows = types.flatMap((type) => {
    const { schema, name } = qualifiedName(type ? type.names : undefined)
    const relation = name ? judging.catalog.find(schema, name) : null
    return relation ? [{ relation: relation.id, columns: [] }] : []
  })
  return [...rows, ...(node.sql_body ? readsOf(judging, node.sql_body) : [])]
}

/** A table that joins a publication is locked SHARE UPDATE EXCLUSIVE. */
export function createPublication(node: CreatePublicationStmt, judging: Judging): void {
  publishedTables(node.pubobjects, judging)
  const relations = (node.pubobjects ?? []).flatMap((one) => {
    const name = 'PublicationObjSpec' in one ? one.PublicationObjSpec.pubtable?.relation : undefined
    return name ? [judging.relation(name).id] : []
  })
  judging.catalog.setPublication({ name: node.pubname ?? '', allTables: node.for_all_tables ?? false, relations })
}

export function alterPublication(node: AlterPublicationStmt, judging: Judging): void {
  publishedTables(node.pubobjects, judging)
}

function publishedTables(objects: Node[] | undefined, judging: Judging): void {
  for (const one of objects ?? []) {
    if (!('PublicationObjSpec' in one) || !one.PublicationObjSpec.pubtable) continue
    const { relation: name } = one.PublicationObjSpec.pubtable
    const relation = judging.relation(name)
    for (const member of name?.inh ? judging.catalog.family(relation) : [relation]) {
      if (member.id === relation.id || !member.partitionOf) judging.touch(member, 'ShareUpdateExclusiveLock')
    }
  }
}
