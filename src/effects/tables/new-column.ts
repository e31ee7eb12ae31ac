import type { AlterTableCmd, ColumnDef, ColumnRef, Constraint as ConstraintNode, Node } from '@pgsql/types'
import { mayBeVolatile, type Volatility, volatility } from '../../catalog/expressions.ts'
import { type Column, emptyRelation, type Relation, relationName } from '../../catalog/relation.ts'
import { newSequence } from '../../catalog/sequences.ts'
import { domainsOf, parseType, printType, serials, type TypeRef, typeOf } from '../../catalog/types.ts'
import { print } from '../../sql/quote.ts'
import { columnsIn, qualifiedName, strings } from '../../sql/walk.ts'
import { featureNotSupported, invalidColumnReference, undefinedObject } from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import { requireImmutable } from '../names/immutable-functions.ts'
import { requireLiteral } from '../names/literal-types.ts'
import { freeName } from '../names/object-names.ts'
import { requireAssignable } from '../names/operator-types.ts'
import { requireNames, typeOfColumn } from '../names/query-columns.ts'
import { scopeOf, sourceOf } from '../names/query-scope.ts'
import { anyExtension } from '../names/unread-names.ts'
import { withOptions } from './sequence-options.ts'

/** A column as CREATE TABLE or ADD COLUMN defines it. */
interface NewColumn {
  column: Column
  type: TypeRef
  /** Constraints that need the column to exist first: CHECK, UNIQUE, PRIMARY KEY, REFERENCES. */
  constraints: ConstraintNode[]
  /** Why each row gets a different value, for the reader; null when one value serves all. */
  perRow: string | null
  /** DEFAULT is there and is not the constant null. */
  hasDefault: boolean
}

/** Reads a column definition, making the sequence of a serial or identity column. Fails on an unknown type. */
export function newColumn(context: StatementContext, relation: Relation, node: ColumnDef): NewColumn {
  const { catalog } = context
  const name = node.colname ?? ''
  const typeName = strings(node.typeName?.names).at(-1) ?? ''
  const serial = (node.typeName?.names?.length === 1 && serials[typeName]) || null
  const type = serial ? parseType(serial, catalog) : typeOf(node.typeName ?? {}, catalog)
  requireType(context, type)
  const constraints = (node.constraints ?? []).flatMap((constraint) =>
    'Constraint' in constraint ? [constraint.Constraint] : [],
  )
  const column: Column = {
    name,
    type: printType(type),
    notNull: serial !== null,
    default: null,
    identity: null,
    generated: null,
    collation: strings(node.collClause?.collname).at(-1) ?? null,
    statistics: null,
  }
  const result: NewColumn = { column, type, constraints: [], perRow: null, hasDefault: false }
  const guess = (outcome: { volatility: Volatility; because: string | null }): void => {
    if (outcome.volatility === 'calm') return
    result.perRow = `DEFAULT calls ${outcome.because}`
  }
  if (serial) {
    column.default = `nextval('${ownSequence(context, relation, column)}'::regclass)`
    result.perRow = `${typeName} takes a number from its sequence for every row`
    result.hasDefault = true
  }
  for (const constraint of constraints) {
    switch (constraint.contype) {
      case 'CONSTR_NOTNULL':
        column.notNull = true
        break
      case 'CONSTR_NULL':
        break
      case 'CONSTR_DEFAULT':
        if (!constraint.raw_expr || isNull(constraint.raw_expr)) break
        column.default = print(constraint.raw_expr)
        result.hasDefault = true
        guess(volatility(constraint.raw_expr, catalog))
        break
      case 'CONSTR_IDENTITY':
        column.identity = constraint.generated_when === 'a' ? 'always' : 'by default'
        column.notNull = true
        ownSequence(context, relation, column, constraint.options)
        result.perRow = 'an identity column takes a number from its sequence for every row'
        result.hasDefault = true
        break
      case 'CONSTR_GENERATED':
        // The grammar of 18 knows VIRTUAL and takes it for the default; older servers only know STORED.
        column.generated = (constraint as { generated_kind?: string }).generated_kind === 'v' ? 'virtual' : 'stored'
        column.default = constraint.raw_expr ? print(constraint.raw_expr) : null
        result.hasDefault = true
        if (column.generated === 'stored') result.perRow = 'a stored generated column is computed for every row'
        break
      case 'CONSTR_PRIMARY':
        column.notNull = true
        result.constraints.push(constraint)
        break
      default:
        if (!constraint.contype?.startsWith('CONSTR_ATTR')) result.constraints.push(constraint)
        else qualify(result.constraints, constraint.contype)
    }
  }
  const domains = domainsOf(type, catalog)
  const [domain] = domains
  if (domain && !result.hasDefault && domain.default !== null) {
    column.default = domain.default
    result.hasDefault = true
    if (mayBeVolatile(domain.default, catalog))
      result.perRow ??= `the default of its domain ${relationName(domain)} is volatile`
  }
  const constrained = domains.find((domain) => domain.checks.length > 0 || domain.notNull)
  if (constrained) {
    result.perRow ??= `its domain ${relationName(constrained)} has constraints that every row must meet`
  }
  return result
}

/** DEFERRABLE and INITIALLY DEFERRED behind a column belong to the constraint before them (transformConstraintAttrs). */
function qualify(constraints: ConstraintNode[], attribute: ConstraintNode['contype']): void {
  const last = constraints.pop()
  if (!last) return
  const deferred = attribute === 'CONSTR_ATTR_DEFERRED'
  const deferrable = deferred || attribute === 'CONSTR_ATTR_DEFERRABLE'
  constraints.push(deferrable ? { ...last, deferrable: true, ...(deferred ? { initdeferred: true } : {}) } : last)
}

/** Checks the names in a DEFAULT or generation expression, once all columns exist (cookDefault). */
export function requireExpressions(context: StatementContext, relation: Relation, node: ColumnDef): void {
  for (const constraint of node.constraints ?? []) {
    if (!('Constraint' in constraint)) continue
    const { contype, raw_expr } = constraint.Constraint
    if (contype === 'CONSTR_DEFAULT') {
      requireDefault(context, raw_expr)
      const column = relation.columns.find(({ name }) => name === node.colname)
      if (column) requireDefaultType(context, column, raw_expr)
    }
    if (contype !== 'CONSTR_GENERATED') continue
    const scope = scopeOf([sourceOf(relation, undefined)])
    requireNames(context, raw_expr, scope, new Map())
    const generated = relation.columns.find(({ name }) => name === node.colname)
    const typeOfRef = (ref: ColumnRef): string => typeOfColumn(context, ref, scope)
    if (generated) requireAssignable(generated, raw_expr, 'default expression', typeOfRef, context.catalog)
    requireImmutable(raw_expr, relation, context.catalog, 'generation expression is not immutable')
  }
}

/** Fails where a default surely is no value of its column: a constant, or an expression of another type. */
export function requireDefaultType(context: StatementContext, column: Column, value: Node | undefined): void {
  requireLiteral(context, column, value, 'default expression')
  requireAssignable(column, value, 'default expression', () => '', context.catalog)
}

/** A DEFAULT reads no column (cookDefault). Fails as the server does. */
export function requireDefault(context: StatementContext, expression: Node | undefined): void {
  if (columnsIn(expression).length > 0) {
    throw !context.catalog.behaves('default-refuses-columns-as-unsupported')
      ? invalidColumnReference('cannot use column references in default expression')
      : featureNotSupported('cannot use column reference in DEFAULT expression')
  }
  requireNames(context, expression, scopeOf([]), new Map())
}

/** Fails when the type was neither read nor created. Without a catalog any type may exist. */
export function requireType(context: StatementContext, type: TypeRef & { known?: boolean }): void {
  const { catalog } = context
  if (type.known !== false || catalog.mayHoldMore || catalog.extensions.has(anyExtension)) return
  // A table's row type is a type too.
  if (catalog.find(type.schema, type.name)) return
  const name = type.schema === null ? type.name : `${type.schema}.${type.name}`
  throw undefinedObject(`type "${name}" does not exist`, { kind: 'type', name })
}

/** The sequence of a serial or identity column; gives its name for nextval. */
export function ownSequence(
  context: StatementContext,
  relation: Relation,
  column: Column,
  options: Node[] = [],
): string {
  const { catalog } = context
  const given = sequenceNameIn(options)
  const schema = given?.schema ?? relation.schema
  const name = given?.name ?? freeName(relation.name, [column.name], 'seq', (text) => catalog.nameTaken(schema, text))
  if (given) context.requireFreeName(schema, name)
  const made = emptyRelation(catalog.newId(), schema, name, 'sequence')
  const sequence = withOptions(newSequence(column.type), options, catalog)
  catalog.put({ ...made, ownedBy: { relation: relation.id, column: column.name }, sequence })
  return relationName(made)
}

/** SEQUENCE NAME of an identity. */
function sequenceNameIn(options: Node[]): { schema: string | null; name: string } | null {
  for (const option of options) {
    if (!('DefElem' in option) || option.DefElem.defname !== 'sequence_name') continue
    const { arg } = option.DefElem
    return arg && 'List' in arg ? qualifiedName(arg.List.items) : null
  }
  return null
}

/** NULL, also behind casts: the same as no default. */
export function isNull(expression: Node): boolean {
  if ('TypeCast' in expression && expression.TypeCast.arg) return isNull(expression.TypeCast.arg)
  return 'A_Const' in expression && expression.A_Const.isnull === true
}

/** The column that ADD COLUMN or ALTER COLUMN … TYPE defines. */
export function definitionIn(command: AlterTableCmd): ColumnDef {
  return command.def && 'ColumnDef' in command.def ? command.def.ColumnDef : {}
}
