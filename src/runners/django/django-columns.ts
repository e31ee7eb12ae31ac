import { gap, textOf, type Value } from '../../languages/code/values.ts'
import { built, isNone, isTrue } from '../alembic/alembic-values.ts'
import { raise } from '../code/not-readable.ts'
import { quoteName, quoteText } from '../code/quoting.ts'
import { columnOf, type Field, isKey, isNullable, isUnique, type Model, type State } from './state.ts'

/** Facts of the project that change the SQL. `version`: Django `4.2` as 42. */
export interface DjangoContext {
  version: number
  user: string
  autoField: string
}

const types: Record<string, string> = {
  AutoField: 'serial',
  BigAutoField: 'bigserial',
  SmallAutoField: 'smallserial',
  BinaryField: 'bytea',
  BooleanField: 'boolean',
  NullBooleanField: 'boolean',
  DateField: 'date',
  DateTimeField: 'timestamp with time zone',
  DurationField: 'interval',
  FloatField: 'double precision',
  IntegerField: 'integer',
  BigIntegerField: 'bigint',
  SmallIntegerField: 'smallint',
  OrderWrt: 'integer',
  PositiveIntegerField: 'integer',
  PositiveBigIntegerField: 'bigint',
  PositiveSmallIntegerField: 'smallint',
  IPAddressField: 'inet',
  GenericIPAddressField: 'inet',
  JSONField: 'jsonb',
  TextField: 'text',
  TimeField: 'time',
  UUIDField: 'uuid',
  HStoreField: 'hstore',
  IntegerRangeField: 'int4range',
  BigIntegerRangeField: 'int8range',
  DecimalRangeField: 'numrange',
  DateTimeRangeField: 'tstzrange',
  DateRangeField: 'daterange',
  SearchVectorField: 'tsvector',
  CITextField: 'citext',
  CIEmailField: 'citext',
  CICharField: 'citext',
}

const lengths: Record<string, string> = {
  SlugField: '50',
  EmailField: '254',
  URLField: '200',
  FileField: '100',
  ImageField: '100',
  FilePathField: '100',
}

const plainKeys: Record<string, string> = {
  serial: 'integer',
  bigserial: 'bigint',
  smallserial: 'smallint',
}

/** The type of a field's column, without what numbers it by itself. */
export function typeOf(field: Field, model: Model, state: State, context: DjangoContext): string {
  if (field.relation) return referredType(field, model, state, context)
  if (field.kind === 'ArrayField') {
    const base = built(field.named.get('base_field') ?? field.args[0]) ?? raise('the type of an array is not known')
    const kind =
      Object.keys({ ...types, ...lengths, CharField: '', DecimalField: '' }).find(
        (name) => base.name === name || base.name.endsWith(name),
      ) ?? base.name
    const size = textOf(field.named.get('size') ?? field.args[1])
    return `${typeOf({ name: '', kind: base.name === 'ArrayField' ? 'ArrayField' : kind, named: base.named, args: base.args, relation: null, constraints: { foreignKey: null, unique: null } }, model, state, context)}[${size ?? ''}]`
  }
  const known = types[field.kind]
  if (known) return known
  const given = field.named.get('max_length')
  if (given && textOf(given) === null && !isNone(given)) return raise(`the length of ${field.name} is not known`)
  const length = textOf(given) ?? lengths[field.kind]
  if (field.kind === 'DecimalField') {
    const digits = textOf(field.named.get('max_digits')) ?? raise('the digits of a number are not known')
    return `numeric(${digits}, ${textOf(field.named.get('decimal_places')) ?? '0'})`
  }
  if (length === undefined || length === null)
    return field.kind === 'CharField' && context.version >= 42
      ? 'varchar'
      : raise(`the length of ${field.name} is not known`)
  return `varchar(${length})`
}

function referredType(field: Field, model: Model, state: State, context: DjangoContext): string {
  const { model: other, field: key } = target(field, model, state)
  if (!other || !key) return 'integer'
  const type = typeOf(key, other, state, context)
  return plainKeys[type] ?? type
}

/** The model and the column that a relation refers to. A model outside the repository has Django's usual names. */
export function target(
  field: Field,
  model: Model,
  state: State,
): { table: string; column: string; model: Model | null; field: Field | null } {
  const to = field.relation?.to ?? ''
  const other = to === 'self' ? model : state.get(to)
  if (!other) {
    const contrib: Record<string, string> = {
      'contenttypes.contenttype': 'django_content_type',
      'sites.site': 'django_site',
    }
    return { table: contrib[to] ?? to.replace('.', '_'), column: 'id', model: null, field: null }
  }
  const named = textOf(field.named.get('to_field'))
  const key = other.fields.find((own) => (named === null ? isKey(own) : own.name === named)) ?? null
  return { table: other.table, column: key ? columnOf(key) : 'id', model: other, field: key }
}

export function checkOf(field: Field): string | null {
  return /^Positive/.test(field.kind) ? `${quoteName(columnOf(field))} >= 0` : null
}

/** A column's definition behind its name. */
export function definition(
  field: Field,
  model: Model,
  state: State,
  context: DjangoContext,
  withDefault: boolean,
): string {
  const type = typeOf(field, model, state, context)
  const identity = context.version >= 41 ? plainKeys[type] : undefined
  let sql = identity ?? type
  const collation = textOf(field.named.get('db_collation'))
  if (collation !== null) sql += ` COLLATE ${quoteName(collation)}`
  const fallback = withDefault ? defaultOf(field, type) : null
  if (fallback !== null) sql += ` DEFAULT ${fallback}`
  sql += isNullable(field) && !isKey(field) ? ' NULL' : ' NOT NULL'
  if (isKey(field)) sql += ' PRIMARY KEY'
  else if (isUnique(field)) sql += ' UNIQUE'
  const check = checkOf(field)
  if (check !== null) sql += ` CHECK (${check})`
  return identity ? `${sql} GENERATED BY DEFAULT AS IDENTITY` : sql
}

/**
 * The value that Django fills in for existing rows; null for none. What it computes when it runs (a random UUID, the
 * time) is a literal of the same type here.
 */
export function defaultOf(field: Field, type: string): string | null {
  const given = field.named.get('default')
  if (given && !(given.kind === 'constant' && given.value === null)) return literal(given, field, type)
  if (given) return null
  const moment = isTrue(field.named.get('auto_now')) || isTrue(field.named.get('auto_now_add'))
  if (moment) return computed(type)
  const isText = /^(CharField|TextField|SlugField|EmailField|URLField|FileField|ImageField|FilePathField|CI\w+)$/.test(
    field.kind,
  )
  if (!isNullable(field) && isTrue(field.named.get('blank')) && isText) return "''"
  if (!isNullable(field) && isTrue(field.named.get('blank')) && field.kind === 'BinaryField') return "'\\x'::bytea"
  return null
}

function computed(type: string): string {
  if (type === 'uuid') return "'00000000-0000-0000-0000-000000000000'::uuid"
  if (type === 'date') return "'2000-01-01'::date"
  if (type === 'time') return "'00:00:00'::time"
  return "'2000-01-01T00:00:00+00:00'::timestamptz"
}

function literal(value: Value, field: Field, type: string): string {
  if (value.kind === 'number') return /^(varchar|text)/.test(type) ? quoteText(value.text) : value.text
  if (value.kind === 'constant') return String(value.value)
  if (value.kind === 'text') return quoteText(value.text)
  if (field.kind === 'JSONField' && (value.kind === 'dict' || value.kind === 'list'))
    return quoteText(JSON.stringify(plain(value)))
  if (value.kind === 'list')
    return quoteText(`{${value.items.map((item) => textOf(item) ?? raise('a default that is not known')).join(',')}}`)
  const call = built(value)
  // One value for all rows, which the tool computes when it runs.
  if (!call) return gap
  if (call.name === 'dict') return quoteText('{}')
  if (call.name === 'list') return field.kind === 'JSONField' ? quoteText('[]') : quoteText('{}')
  if (call.name === 'Decimal' && call.args[0]) return textOf(call.args[0]) ?? raise('a default that is not known')
  if (/^(uuid[14]|now|today|utcnow|timedelta|date|datetime)$/.test(call.name))
    return type === 'interval' ? "'0 days'::interval" : computed(type)
  return gap
}

function plain(value: Value): unknown {
  if (value.kind === 'text') return value.text
  if (value.kind === 'number') return Number(value.text)
  if (value.kind === 'constant') return value.value
  if (value.kind === 'list') return value.items.map(plain)
  if (value.kind === 'dict') return Object.fromEntries([...value.entries].map(([key, item]) => [key, plain(item)]))
  return raise('a default that is not known')
}
