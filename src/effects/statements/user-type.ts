import type {
  AlterDomainStmt,
  AlterEnumStmt,
  CompositeTypeStmt,
  CreateDomainStmt,
  CreateEnumStmt,
  CreateRangeStmt,
  Node,
} from '@pgsql/types'
import type { Catalog, UserType } from '../../catalog/catalog.ts'
import { parseType, printType, typeOf } from '../../catalog/types.ts'
import { print } from '../../sql/quote.ts'
import { qualifiedName, strings } from '../../sql/walk.ts'
import { because } from '../model/effect.ts'
import {
  duplicateObject,
  featureNotSupported,
  invalidParameterValue,
  undefinedObject,
} from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'
import { freeName } from '../names/object-names.ts'
import { hasRows } from '../tables/affected-rows.ts'
import { isNull, requireType } from '../tables/new-column.ts'

export const handlers: StatementHandlers = {
  AlterDomainStmt: alterDomain,
  AlterEnumStmt: alterEnum,
  CompositeTypeStmt: createComposite,
  CreateDomainStmt: createDomain,
  CreateEnumStmt: createEnum,
  CreateRangeStmt: createRange,
}

function addType(context: StatementContext, names: Node[] | undefined, type: Partial<UserType>): void {
  const { catalog } = context
  const { schema, name } = qualifiedName(names)
  const home = schema ?? catalog.creationSchema
  if (catalog.type(home, name)) throw duplicateObject(`type "${name}" already exists`, { kind: 'type', name })
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

/** CREATE TYPE … AS ENUM. */
function createEnum(node: CreateEnumStmt, context: StatementContext): void {
  addType(context, node.typeName, { kind: 'enum', labels: strings(node.vals) })
  context.recordChange({ kind: 'creates enum', name: qualifiedName(node.typeName).name })
}

/** CREATE TYPE … AS (…). */
function createComposite(node: CompositeTypeStmt, context: StatementContext): void {
  const { schemaname, relname } = node.typevar ?? {}
  addType(context, [...(schemaname ? [{ String: { sval: schemaname } }] : []), { String: { sval: relname ?? '' } }], {
    kind: 'composite',
  })
}

/** CREATE TYPE … AS RANGE. */
function createRange(node: CreateRangeStmt, context: StatementContext): void {
  addType(context, node.typeName, { kind: 'range' })
}

/** CREATE DOMAIN over an existing type. */
function createDomain(node: CreateDomainStmt, context: StatementContext): void {
  const constraints = (node.constraints ?? []).flatMap((constraint) =>
    'Constraint' in constraint ? [constraint.Constraint] : [],
  )
  const fallback = constraints.find((constraint) => constraint.contype === 'CONSTR_DEFAULT')?.raw_expr
  const base = typeOf(node.typeName ?? {}, context.catalog)
  requireType(context, base)
  addType(context, node.domainname, {
    kind: 'domain',
    base: printType(base),
    notNull: constraints.some((constraint) => constraint.contype === 'CONSTR_NOTNULL'),
    checks: constraints
      .filter((constraint) => constraint.contype === 'CONSTR_CHECK')
      .map((constraint) => ({
        name: constraint.conname ?? `${qualifiedName(node.domainname).name}_check`,
        definition: print({ Constraint: constraint }),
        validated: true,
      })),
    default: fallback ? print(fallback) : base.user?.kind === 'domain' && !base.array ? base.user.default : null,
  })
}

/** The type that a statement changes. Without a catalog it may exist, with everything but its name unknown. */
function typeNamed(
  context: StatementContext,
  names: Node[] | undefined,
  kind: UserType['kind'],
): { type: UserType; assumed: boolean } {
  const { catalog } = context
  const { schema, name } = qualifiedName(names)
  const type = catalog.type(schema, name)
  if (type) return { type, assumed: false }
  if (!catalog.mayHoldMore) {
    throw undefinedObject(`type "${name}" does not exist`, { kind: 'type', name })
  }
  const unknown = { labels: [], base: null, notNull: false, checks: [], default: null }
  return { type: { schema: schema ?? catalog.creationSchema, name, kind, ...unknown }, assumed: true }
}

/** ADD VALUE and RENAME VALUE lock no table. */
function alterEnum(node: AlterEnumStmt, context: StatementContext): void {
  const { catalog } = context
  const { type, assumed } = typeNamed(context, node.typeName, 'enum')
  const { name } = type
  const { oldVal, newVal = '' } = node
  if (oldVal) {
    context.recordChange({ kind: 'renames enum value', type, from: oldVal, to: newVal })
    if (assumed) return
    if (!type.labels.includes(oldVal)) throw invalidParameterValue(`"${oldVal}" is not an existing enum label`)
    if (type.labels.includes(newVal)) throw duplicateObject(`enum label "${newVal}" already exists`)
    catalog.setType(type.schema, name, {
      ...type,
      labels: type.labels.map((label) => (label === oldVal ? newVal : label)),
    })
    return
  }
  if (type.labels.includes(newVal)) {
    if (node.skipIfNewValExists) return
    throw duplicateObject(`enum label "${newVal}" already exists`)
  }
  const beside = node.newValNeighbor
  if (!assumed && beside !== undefined && !type.labels.includes(beside)) {
    throw invalidParameterValue(`"${beside}" is not an existing enum label`)
  }
  if (!assumed) catalog.setType(type.schema, name, { ...type, labels: [...type.labels, newVal] })
  context.recordChange({ kind: 'adds enum value', type, label: newVal })
  if (!catalog.behaves('enum-value-in-transaction'))
    context.recordChange({ kind: 'refuses transaction', command: 'ALTER TYPE ... ADD' })
}

/** How a column's type uses a domain: `itself`, also under other domains; `inside`: as the element of an array, by that name. */
function useOf(domain: UserType, type: string, catalog: Catalog): { kind: 'itself' | 'inside'; name: string } | null {
  const { user, array } = parseType(type, catalog)
  if (user?.kind !== 'domain') return null
  if (user.name === domain.name && user.schema === domain.schema)
    return { kind: array ? 'inside' : 'itself', name: user.name }
  const below = user.base === null ? null : useOf(domain, user.base, catalog)
  return below?.kind === 'itself' && array ? { kind: 'inside', name: user.name } : below
}

/** A constraint added to a domain is checked in every table that has a column of it. */
function alterDomain(node: AlterDomainStmt, context: StatementContext): void {
  const { catalog } = context
  const { type, assumed } = typeNamed(context, node.typeName, 'domain')
  const { name } = type
  const constraint = node.def && 'Constraint' in node.def ? node.def.Constraint : null
  const checks = (node.subtype === 'C' && !constraint?.skip_validation) || node.subtype === 'V' || node.subtype === 'O'
  if (assumed) {
    if (checks) context.markUnknown(`which tables have a column of domain ${name} is not known`)
    return
  }
  if (checks) {
    for (const relation of [...catalog.all()]) {
      if (!['table', 'partitioned table', 'materialized view'].includes(relation.kind)) continue
      const uses = relation.columns.map((column) => ({ column, use: useOf(type, column.type, catalog) }))
      const inside = uses.find(({ use }) => use?.kind === 'inside')
      if (inside?.use) {
        throw featureNotSupported(
          `cannot alter type "${inside.use.name}" because column "${relation.name}.${inside.column.name}" uses it`,
        )
      }
      if (uses.some(({ use }) => use?.kind === 'itself') && hasRows(relation))
        context.lock(relation, 'ShareLock', { scan: true, through: because(`it has a column of domain \`${name}\``) })
    }
  }
  if (node.subtype === 'C' && constraint) {
    catalog.setType(type.schema, name, {
      ...type,
      checks: [
        ...type.checks,
        {
          name:
            constraint.conname ??
            freeName(name, [], 'check', (text) => type.checks.some((check) => check.name === text)),
          definition: print({ Constraint: constraint }),
          validated: !constraint.skip_validation,
        },
      ],
    })
  } else if (node.subtype === 'X') {
    catalog.setType(type.schema, name, { ...type, checks: type.checks.filter((check) => check.name !== node.name) })
  } else if (node.subtype === 'T') {
    catalog.setType(type.schema, name, { ...type, default: node.def && !isNull(node.def) ? print(node.def) : null })
  } else if (node.subtype === 'O' || node.subtype === 'N') {
    catalog.setType(type.schema, name, { ...type, notNull: node.subtype === 'O' })
  }
}
