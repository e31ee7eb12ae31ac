import { textOf, type Value } from '../../languages/code/values.ts'
import { type Built, built } from '../alembic/alembic-values.ts'
import { raise } from '../code/not-readable.ts'
import { quoteName, quoteText } from '../code/quoting.ts'
import { columnOf, fieldOf, type Model } from './state.ts'

const methods: Record<string, string> = {
  GinIndex: 'gin',
  GistIndex: 'gist',
  BrinIndex: 'brin',
  HashIndex: 'hash',
  SpGistIndex: 'spgist',
  BTreeIndex: 'btree',
  BloomIndex: 'bloom',
}

/** `models.Index(…)` and the indexes of django.contrib.postgres. */
export function indexSql(model: Model, index: Built, concurrently: boolean): string {
  const method = methods[index.name]
  const condition = index.named.get('condition')
  const opclasses = texts(index.named.get('opclasses'))
  const expressions = index.args.length > 0 ? index.args.map((arg) => expressionSql(arg, model)) : null
  const columns = texts(index.named.get('fields')).map((name, i) => {
    const column = quoteName(columnOf(fieldOf(model, name.replace(/^-/, ''))))
    return `${column}${opclasses[i] ? ` ${opclasses[i]}` : ''}${name.startsWith('-') ? ' DESC' : ''}`
  })
  const where = condition && !isNone(condition) ? ` WHERE ${conditionSql(condition, model)}` : ''
  return `CREATE INDEX ${concurrently ? 'CONCURRENTLY ' : ''}${quoteName(nameOf(index))} ON ${quoteName(model.table)}${method ? ` USING ${method}` : ''} (${(expressions ?? columns).join(', ')})${included(index, model)}${where}`
}

export function nameOf(call: Built): string {
  return textOf(call.named.get('name')) ?? raise('the name of an index or constraint is not known')
}

function included({ named }: Built, model: Model): string {
  const names = texts(named.get('include'))
  return names.length === 0
    ? ''
    : ` INCLUDE (${names.map((name) => quoteName(columnOf(fieldOf(model, name)))).join(', ')})`
}

/** A constraint as a part of the table; null for one that is a unique index. */
export function constraintPart(model: Model, constraint: Built): string | null {
  const { named, name } = constraint
  const lead = `CONSTRAINT ${quoteName(nameOf(constraint))}`
  if (name === 'CheckConstraint')
    return `${lead} CHECK (${conditionSql(named.get('check') ?? named.get('condition'), model)})`
  if (name === 'ExclusionConstraint') return `${lead} ${exclusion(model, constraint)}`
  if (name !== 'UniqueConstraint') return raise(`the constraint ${name} is not known`)
  if (isUniqueIndex(constraint)) return null
  const deferrable = textOf(named.get('deferrable')) ?? built(named.get('deferrable'))?.name
  const columns = texts(named.get('fields')).map((field) => quoteName(columnOf(fieldOf(model, field))))
  return `${lead} UNIQUE (${columns.join(', ')})${deferrable ? ` DEFERRABLE INITIALLY ${deferrable.toUpperCase()}` : ''}`
}

export function isUniqueIndex({ name, named, args }: Built): boolean {
  const given = (option: string): boolean => named.has(option) && !isNone(named.get(option))
  return (
    name === 'UniqueConstraint' && (args.length > 0 || given('condition') || given('include') || given('opclasses'))
  )
}

export function uniqueIndexSql(model: Model, constraint: Built): string {
  const { named, args } = constraint
  const opclasses = texts(named.get('opclasses'))
  const columns = texts(named.get('fields')).map(
    (field, i) => `${quoteName(columnOf(fieldOf(model, field)))}${opclasses[i] ? ` ${opclasses[i]}` : ''}`,
  )
  const parts = args.length > 0 ? args.map((arg) => expressionSql(arg, model)) : columns
  const condition = named.get('condition')
  const where = condition && !isNone(condition) ? ` WHERE ${conditionSql(condition, model)}` : ''
  return `CREATE UNIQUE INDEX ${quoteName(nameOf(constraint))} ON ${quoteName(model.table)} (${parts.join(', ')})${included(constraint, model)}${where}`
}

function exclusion(model: Model, { named }: Built): string {
  const expressions = named.get('expressions')
  if (expressions?.kind !== 'list') return raise('an exclusion constraint that is not read')
  const parts = expressions.items.map((pair) => {
    if (pair.kind !== 'list') return raise('an exclusion constraint that is not read')
    const operator =
      textOf(pair.items[1]) ?? operators[built(pair.items[1])?.name ?? ''] ?? raise('an operator that is not known')
    return `${expressionSql(pair.items[0], model)} WITH ${operator}`
  })
  const condition = named.get('condition')
  const where = condition && !isNone(condition) ? ` WHERE (${conditionSql(condition, model)})` : ''
  return `EXCLUDE USING ${textOf(named.get('index_type')) ?? 'GIST'} (${parts.join(', ')})${where}`
}

const operators: Record<string, string> = {
  OVERLAPS: '&&',
  EQUAL: '=',
  NOT_EQUAL: '<>',
  CONTAINS: '@>',
  ADJACENT_TO: '-|-',
}

function expressionSql(value: Value | undefined, model: Model): string {
  if (value?.kind === 'text') return quoteName(columnOf(fieldOf(model, value.text)))
  const call = built(value)
  if (!call) return raise('an expression that is not read')
  const inner = (): string => expressionSql(call.args[0], model)
  if (call.name === 'F') return inner()
  if (call.name === 'desc' || call.name === 'asc')
    return `${expressionSql(call.target ?? undefined, model)} ${call.name.toUpperCase()}`
  if (/^(Lower|Upper|Trim|Length|Abs|Round)$/.test(call.name)) return `(${call.name.toUpperCase()}(${inner()}))`
  if (call.name === 'Coalesce') return `(COALESCE(${call.args.map((arg) => expressionSql(arg, model)).join(', ')}))`
  if (call.name === 'OpClass')
    return `${inner()} ${textOf(call.named.get('name') ?? call.args[1]) ?? raise('an operator class that is not known')}`
  if (call.name === 'Value') return literalSql(call.args[0])
  return raise('an expression that is not read')
}

const lookups: Record<string, string> = { exact: '=', gt: '>', gte: '>=', lt: '<', lte: '<=' }

/** `Q(…)` with comparisons and their combinations. */
function conditionSql(value: Value | undefined, model: Model): string {
  const call = built(value)
  if (!call) return raise('a condition that is not read')
  if (call.path === 'operator &' || call.path === 'operator |')
    return `(${call.args.map((arg) => conditionSql(arg, model)).join(call.path === 'operator &' ? ' AND ' : ' OR ')})`
  if (call.name === '__invert__') return `NOT (${conditionSql(call.target ?? undefined, model)})`
  if (call.name !== 'Q') return raise('a condition that is not read')
  const negated = call.named.get('_negated')
  const connector = textOf(call.named.get('_connector')) ?? 'AND'
  const pairs = call.args.map((arg): [string, Value] | null =>
    arg.kind === 'list' && textOf(arg.items[0]) !== null && arg.items[1]
      ? [textOf(arg.items[0]) ?? '', arg.items[1]]
      : null,
  )
  const parts = [
    ...call.args.map((arg, i) =>
      pairs[i] ? lookup(...(pairs[i] as [string, Value]), model) : conditionSql(arg, model),
    ),
    ...[...call.named].filter(([name]) => !name.startsWith('_')).map(([name, operand]) => lookup(name, operand, model)),
  ]
  const sql = parts.length === 1 ? (parts[0] ?? '') : `(${parts.join(` ${connector} `)})`
  return negated?.kind === 'constant' && negated.value === true ? `NOT (${sql})` : sql
}

function lookup(name: string, operand: Value, model: Model): string {
  const [field = '', kind = 'exact', more] = name.split('__')
  if (more !== undefined) return raise(`the lookup ${name} is not read`)
  const column = quoteName(
    columnOf(
      fieldOf(
        model,
        field === 'pk' ? (model.fields.find(({ named }) => named.has('primary_key'))?.name ?? 'id') : field,
      ),
    ),
  )
  if (kind === 'isnull')
    return `${column} IS ${operand.kind === 'constant' && operand.value === true ? '' : 'NOT '}NULL`
  if (kind === 'in' && operand.kind === 'list') return `${column} IN (${operand.items.map(literalSql).join(', ')})`
  const operator = lookups[kind] ?? raise(`the lookup ${name} is not read`)
  if (operand.kind === 'constant' && operator === '=') {
    if (operand.value === null) return `${column} IS NULL`
    return operand.value ? column : `NOT ${column}`
  }
  const other = built(operand)
  return `${column} ${operator} ${other ? expressionSql(operand, model) : literalSql(operand)}`
}

function literalSql(value: Value | undefined): string {
  if (value?.kind === 'text') return quoteText(value.text)
  if (value?.kind === 'number') return value.text
  if (value?.kind === 'constant') return String(value.value)
  return raise('a value that is not known')
}

function isNone(value: Value | undefined): boolean {
  return value?.kind === 'constant' && value.value === null
}

export function texts(value: Value | undefined): string[] {
  if (value?.kind !== 'list') return value?.kind === 'text' ? [value.text] : []
  return value.items.map((item) => textOf(item) ?? raise('a name that is not known'))
}
