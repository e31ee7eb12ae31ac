import { textOf, type Value } from '../../languages/code/values.ts'
import { raise } from '../code/not-readable.ts'
import { quoteName, quoteText } from '../code/quoting.ts'
import { type Built, built, isTrue } from './alembic-values.ts'

/** A type as SQL; an enum with what creates it. */
export interface SqlType {
  sql: string
  enum: { name: string; create: string; creates: boolean } | null
  /** Keys of this type count by themselves: SERIAL, BIGSERIAL, SMALLSERIAL. */
  serial: string | null
}

/** SQLAlchemy's types in PostgreSQL's words (PGTypeCompiler). */
const plain: Record<string, string> = {
  Integer: 'INTEGER',
  INTEGER: 'INTEGER',
  INT: 'INTEGER',
  BigInteger: 'BIGINT',
  BIGINT: 'BIGINT',
  SmallInteger: 'SMALLINT',
  SMALLINT: 'SMALLINT',
  Text: 'TEXT',
  TEXT: 'TEXT',
  UnicodeText: 'TEXT',
  Boolean: 'BOOLEAN',
  BOOLEAN: 'BOOLEAN',
  Date: 'DATE',
  DATE: 'DATE',
  LargeBinary: 'BYTEA',
  BYTEA: 'BYTEA',
  PickleType: 'BYTEA',
  JSON: 'JSON',
  JSONB: 'JSONB',
  UUID: 'UUID',
  Uuid: 'UUID',
  UUIDType: 'UUID',
  Double: 'DOUBLE PRECISION',
  DOUBLE_PRECISION: 'DOUBLE PRECISION',
  DOUBLE: 'DOUBLE PRECISION',
  REAL: 'REAL',
  NullType: 'NULL',
  JSONType: 'JSON',
  CITEXT: 'CITEXT',
  CIText: 'CITEXT',
  HSTORE: 'HSTORE',
}

const asWritten =
  /^(INET|CIDR|MACADDR8?|TSVECTOR|TSQUERY|OID|MONEY|REGCLASS|REGCONFIG|XML|(INT4|INT8|NUM|DATE|TS|TSTZ)(MULTI)?RANGE)$/

const serials: Record<string, string> = { INTEGER: 'SERIAL', BIGINT: 'BIGSERIAL', SMALLINT: 'SMALLSERIAL' }

/**
 * The type that SQLAlchemy prints. `gaps` takes reasons why a length is not known: the type is then without one, which
 * changes nothing of what a new column locks; null where the length matters.
 */
export function sqlType(value: Value | undefined, gaps: string[] | null = null): SqlType {
  const type = built(value?.kind === 'class' ? { kind: 'path', path: value.name } : value)
  if (!type) return raise(value?.kind === 'unknown' ? value.reason : 'the type of a column is not known')
  if (type.name === 'with_variant') return variant(type, gaps)
  if (type.name === 'as_mutable') return sqlType(type.args[0], gaps)
  if (type.name === 'impl' && type.target) return sqlType(type.target, gaps)
  if (type.name === 'Enum' || type.name === 'ENUM') return enumType(type)
  if (type.name === 'ARRAY') return arrayType(type, gaps)
  const inner = decorated(value)
  if (inner) return sqlType(inner, gaps)
  const sql = sqlOf(type, gaps)
  return { sql: sql + collation(type), enum: null, serial: serials[sql] ?? null }
}

/** The type below a `TypeDecorator` or `UserDefinedType` of the repository: its `impl`, or its dialect's for PostgreSQL. */
function decorated(value: Value | undefined): Value | null {
  const own = value?.kind === 'made' ? value.of : value
  if (own?.kind !== 'class') return null
  const impl = own.scope.names.get('impl')
  const made = built(impl)
  // The arguments of the decorator go to its type: `Name(40)` over `impl = String` is VARCHAR(40).
  if (value?.kind === 'made' && impl?.kind === 'path' && made && value.args.length > 0)
    return { ...value, of: undefined, path: impl.path, target: null } as Value
  return impl ?? (own.superclass?.kind === 'class' || own.superclass?.kind === 'path' ? own.superclass : null)
}

function variant({ target, args }: Built, gaps: string[] | null): SqlType {
  const dialects = args.slice(1).map(textOf)
  return sqlType(dialects.includes('postgresql') ? args[0] : (target ?? undefined), gaps)
}

function sqlOf(type: Built, gaps: string[] | null): string {
  const { name, args, named } = type
  const known = plain[name]
  if (known) return known
  if (asWritten.test(name)) return name
  const argument = (key: string, at: number): string | null => {
    const given = named.get(key) ?? args[at]
    const reason =
      given?.kind === 'unknown'
        ? given.reason
        : given?.kind === 'path' || given?.kind === 'made'
          ? `\`${given.path}\` is not in this repository`
          : null
    if (reason === null) return textOf(given)
    if (!gaps) return raise(reason)
    gaps.push(`the length of a type is left out: ${reason}`)
    return null
  }
  const sized = (word: string, size: string | null): string => (size === null ? word : `${word}(${size})`)
  switch (name) {
    case 'String':
    case 'VARCHAR':
    case 'Unicode':
    case 'NVARCHAR':
    case 'AutoString':
      return sized('VARCHAR', argument('length', 0))
    case 'CHAR':
    case 'NCHAR':
      return sized('CHAR', argument('length', 0))
    case 'EmailType':
      return sized('VARCHAR', argument('length', 0) ?? '255')
    case 'URLType':
      return 'TEXT'
    case 'Float':
    case 'FLOAT':
      return sized('FLOAT', argument('precision', 0))
    case 'Numeric':
    case 'NUMERIC':
    case 'DECIMAL': {
      const [precision, scale] = [argument('precision', 0), argument('scale', 1)]
      return sized(
        name === 'DECIMAL' ? 'DECIMAL' : 'NUMERIC',
        precision === null ? null : scale === null ? precision : `${precision}, ${scale}`,
      )
    }
    case 'DateTime':
    case 'TIMESTAMP':
    case 'DATETIME':
      return withZone('TIMESTAMP', argument('precision', 1), isTrue(named.get('timezone') ?? args[0]))
    case 'Time':
    case 'TIME':
      return withZone('TIME', argument('precision', 1), isTrue(named.get('timezone') ?? args[0]))
    case 'Interval':
    case 'INTERVAL': {
      const fields = textOf(named.get('fields'))
      const precision = argument('precision', 0) ?? textOf(named.get('second_precision'))
      return `INTERVAL${fields === null ? '' : ` ${fields}`}${precision === null ? '' : `(${precision})`}`
    }
    case 'BIT':
      return sized(
        isTrue(named.get('varying')) ? 'BIT VARYING' : 'BIT',
        argument('length', 0) ?? (isTrue(named.get('varying')) ? null : '1'),
      )
    case 'Geometry':
    case 'Geography':
      return geometry(name, argument('geometry_type', 0) ?? 'GEOMETRY', argument('srid', 1) ?? '-1')
    case 'Vector':
    case 'VECTOR':
    case 'HALFVEC':
      return sized(name.toUpperCase(), argument('dim', 0))
    case 'LTREE':
    case 'LtreeType':
      return 'LTREE'
    case 'IPAddressType':
      return 'VARCHAR(50)'
    case 'TSVectorType':
      return 'TSVECTOR'
    default:
      return raise(`the type ${name} is not known`)
  }
}

function withZone(word: string, precision: string | null, zone: boolean): string {
  return `${word}${precision === null ? '' : `(${precision})`} ${zone ? 'WITH' : 'WITHOUT'} TIME ZONE`
}

function geometry(name: string, type: string, srid: string): string {
  return `${name.toLowerCase()}(${type},${srid})`
}

function collation({ named }: Built): string {
  const name = textOf(named.get('collation'))
  return name === null ? '' : ` COLLATE ${quoteName(name)}`
}

function arrayType({ args, named }: Built, gaps: string[] | null): SqlType {
  const item = sqlType(named.get('item_type') ?? args[0], gaps)
  const dimensions = Number(textOf(named.get('dimensions')) ?? '1')
  return { sql: item.sql + '[]'.repeat(dimensions), enum: item.enum, serial: null }
}

/** `sa.Enum("a", "b", name="x")`; without `native_enum` it is a VARCHAR as long as its longest value. */
function enumType({ args, named }: Built): SqlType {
  const values = args.flatMap((arg) => (arg.kind === 'class' ? labelsOf(arg, named) : [textOf(arg)]))
  const native = named.get('native_enum')
  if (native?.kind === 'constant' && native.value === false) {
    if (values.includes(null)) return raise('the values of an enum are not known')
    const length = textOf(named.get('length')) ?? String(Math.max(1, ...values.map((value) => value?.length ?? 0)))
    return { sql: `VARCHAR(${length})`, enum: null, serial: null }
  }
  const schema = textOf(named.get('schema'))
  const [first] = args
  const ofClass = first?.kind === 'class' ? first.name.toLowerCase() : null
  const plainName = textOf(named.get('name')) ?? ofClass ?? raise('the name of an enum is not known')
  const name = `${schema === null ? '' : `${quoteName(schema)}.`}${quoteName(plainName)}`
  const creates = named.get('create_type')
  const known = !values.includes(null)
  const create = `CREATE TYPE ${name} AS ENUM (${values.map((value) => quoteText(value ?? '')).join(', ')})`
  return {
    sql: name,
    enum: { name, create: known ? create : '', creates: !(creates?.kind === 'constant' && creates.value === false) },
    serial: null,
  }
}

/** SQLAlchemy stores the names of an enum's members, or its values where `values_callable` says so. */
function labelsOf({ scope }: Value & { kind: 'class' }, named: Map<string, Value>): (string | null)[] {
  const members = [...scope.names].filter(([name, item]) => !name.startsWith('_') && item.kind !== 'function')
  return members.map(([name, item]) => (named.has('values_callable') ? textOf(item) : name))
}
