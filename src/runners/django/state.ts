import { nothing, textOf, type Value } from '../../languages/code/values.ts'
import { type Built, built, isTrue } from '../alembic/alembic-values.ts'
import { raise } from '../code/not-readable.ts'

/** A model field as the migrations so far leave it. */
export interface Field {
  name: string
  /** The class of Django that decides its type: `CharField`. */
  kind: string
  named: Map<string, Value>
  args: Value[]
  relation: Relation | null
  /** Names that its constraints got when they were made; renames of tables leave them. */
  constraints: { foreignKey: string | null; unique: string | null }
}

interface Relation {
  kind: 'one' | 'many'
  /** `app.model` in small letters, or `self`. */
  to: string
  through: boolean
}

export interface Model {
  app: string
  name: string
  table: string
  fields: Field[]
  managed: boolean
  uniqueTogether: string[][]
  indexTogether: string[][]
  indexes: Built[]
  constraints: Built[]
}

/** All models by `app.model` in small letters. A state is never changed, only replaced. */
export type State = ReadonlyMap<string, Model>

export function keyOf(app: string, name: string): string {
  return `${app}.${name}`.toLowerCase()
}

export function modelOf(state: State, app: string, name: string): Model {
  return state.get(keyOf(app, name)) ?? raise(`the model ${app}.${name} is not in the migrations of this repository`)
}

export function fieldOf(model: Model, name: string): Field {
  const found = model.fields.find((field) => field.name.toLowerCase() === name.toLowerCase())
  return found ?? raise(`the field ${model.app}.${model.name}.${name} is not in the migrations of this repository`)
}

const kinds = [
  'SmallAutoField',
  'BigAutoField',
  'AutoField',
  'PositiveSmallIntegerField',
  'PositiveBigIntegerField',
  'PositiveIntegerField',
  'BigIntegerField',
  'SmallIntegerField',
  'IntegerField',
  'NullBooleanField',
  'BooleanField',
  'GenericIPAddressField',
  'IPAddressField',
  'DateTimeField',
  'DateField',
  'DurationField',
  'TimeField',
  'DecimalField',
  'FloatField',
  'UUIDField',
  'JSONField',
  'BinaryField',
  'ArrayField',
  'HStoreField',
  'IntegerRangeField',
  'BigIntegerRangeField',
  'DecimalRangeField',
  'DateTimeRangeField',
  'DateRangeField',
  'SearchVectorField',
  'CITextField',
  'CIEmailField',
  'CICharField',
  'SlugField',
  'EmailField',
  'URLField',
  'ImageField',
  'FilePathField',
  'FileField',
  'TextField',
  'CharField',
  'OneToOneField',
  'ManyToManyField',
  'ForeignKey',
  'CommaSeparatedIntegerField',
  'OrderWrt',
]

/** Fields of well-known packages. */
const known: Record<string, string> = {
  AutoCreatedField: 'DateTimeField',
  AutoLastModifiedField: 'DateTimeField',
  CreationDateTimeField: 'DateTimeField',
  ModificationDateTimeField: 'DateTimeField',
  MonitorField: 'DateTimeField',
  StatusField: 'CharField',
  PhoneNumberField: 'CharField',
  CountryField: 'CharField',
  StdImageField: 'ImageField',
  ThumbnailerImageField: 'ImageField',
}

/** A field from its call in a migration. */
export function fieldFrom(name: string, value: Value | undefined, user: string, app: string): Field {
  const call = built(value)
  if (!call) return raise(value?.kind === 'unknown' ? value.reason : 'a field that is not known')
  const own = kindOf(call.name) ?? inheritedKind(value)
  const kind = own
  if (!kind) return raise(`the field ${call.name} is not known`)
  const many = kind === 'ManyToManyField'
  const item = kind === 'ForeignKey' || kind === 'OneToOneField'
  const relation: Relation | null =
    many || item
      ? { kind: many ? 'many' : 'one', to: targetOf(call, user, app), through: given(call.named.get('through')) }
      : null
  return { name, kind, named: call.named, args: call.args, relation, constraints: { foreignKey: null, unique: null } }
}

function kindOf(name: string): string | undefined {
  return known[name] ?? kinds.find((text) => name === text) ?? kinds.find((text) => name.endsWith(text))
}

/** The field of Django that a field class of the repository extends; undefined where it has a type of its own. */
function inheritedKind(value: Value | undefined): string | undefined {
  let at = value?.kind === 'made' ? value.of : undefined
  for (; at?.kind === 'class'; at = at.superclass ?? undefined) if (at.scope.names.has('db_type')) return undefined
  return at?.kind === 'path' ? kindOf(at.path.slice(at.path.lastIndexOf('.') + 1)) : undefined
}

function given(value: Value | undefined): boolean {
  return value !== undefined && value !== nothing
}

/** `app.Model`, `Model` of the same app, `self` or the user model of the settings. */
function targetOf(call: Built, user: string, app: string): string {
  const value = call.named.get('to') ?? call.args[0]
  if (value?.kind === 'path' && /AUTH_USER_MODEL$/.test(value.path)) return user.toLowerCase()
  const text = textOf(value) ?? swappable(value, app) ?? raise('the model of a relation is not known')
  if (text === 'self') return 'self'
  return (text.includes('.') ? text : `${app}.${text}`).toLowerCase()
}

/** `settings.SHOP_ORDER_MODEL` is the model Order of the app unless the project swaps it. */
function swappable(value: Value | undefined, app: string): string | null {
  const setting =
    value?.kind === 'path' || value?.kind === 'made' ? /\.([A-Z\d_]+)_MODEL$/.exec(value.path)?.[1] : undefined
  if (setting === undefined) return null
  const own = setting.startsWith(`${app.toUpperCase()}_`) ? setting.slice(app.length + 1) : setting
  return own.replaceAll('_', '').toLowerCase()
}

export function columnOf(field: Field): string {
  return textOf(field.named.get('db_column')) ?? (field.relation?.kind === 'one' ? `${field.name}_id` : field.name)
}

/** The field is a column of the model's table. */
export function hasColumn(field: Field): boolean {
  return field.relation?.kind !== 'many'
}

export function isKey(field: Field): boolean {
  return isTrue(field.named.get('primary_key'))
}

export function isUnique(field: Field): boolean {
  return isTrue(field.named.get('unique')) || isKey(field) || field.kind === 'OneToOneField'
}

export function isNullable(field: Field): boolean {
  return isTrue(field.named.get('null')) || field.kind === 'NullBooleanField'
}

/** A relation and a slug have an index unless they say otherwise. */
export function isIndexed(field: Field): boolean {
  const wish = field.named.get('db_index')
  if (wish?.kind === 'constant') return wish.value === true
  return field.relation?.kind === 'one' || field.kind === 'SlugField'
}

export function hasConstraint(field: Field): boolean {
  const wish = field.named.get('db_constraint')
  return field.relation?.kind === 'one' && !(wish?.kind === 'constant' && wish.value === false)
}
