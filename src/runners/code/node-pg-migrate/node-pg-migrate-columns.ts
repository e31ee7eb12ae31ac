import { fields, type Value } from '../../../languages/javascript/javascript-values.ts'
import { entriesOf, field, isFields, isOn, isSet, itemsOf, optionalText, quoted, textOf, textsOf } from '../given.ts'
import { Unread } from '../script.ts'

/** A name, or one with a schema. */
export function name(value: Value | undefined): string {
  if (!isFields(value)) return quoted(textOf(value))
  const schema = optionalText(field(value, 'schema'))
  const own = quoted(textOf(field(value, 'name')))
  return schema === null ? own : `${quoted(schema)}.${own}`
}

export function bareName(value: Value | undefined): string {
  return isFields(value) ? textOf(field(value, 'name')) : textOf(value)
}

/** `pgm.func()`: SQL as it is. */
export function functionText(value: Value): string | null {
  if (!isFields(value)) return null
  return value.fields.has('pgFunction')
    ? textOf(value.fields.get('pgFunction'))
    : value.fields.get('type')?.kind === 'text' && textOf(value.fields.get('type')) === 'pgLiteral'
      ? textOf(field(value, 'value'))
      : null
}

/** A value: texts stand between dollars. */
export function literalOf(value: Value): string {
  const own = functionText(value)
  if (own !== null) return own
  if (value.kind === 'null') return 'NULL'
  if (value.kind === 'list') return `ARRAY[${itemsOf(value).map(literalOf).join(',').replace(/ARRAY/g, '')}]`
  if (value.kind !== 'text') return textOf(value)
  const words = textOf(value)
  let tag = '$pga$'
  for (let i = 1; words.includes(tag); i++) tag = `$pg${String.fromCharCode(97 + i)}$`
  return `${tag}${words}${tag}`
}

const adapted: Record<string, string> = {
  int: 'integer',
  string: 'text',
  float: 'real',
  double: 'double precision',
  datetime: 'timestamp',
  bool: 'boolean',
}

export function typeName(type: string): string {
  return adapted[type] ?? type
}

type Spec = Map<string, Value>

/** A column's options, with those of the shorthands that its type names. */
function applied(given: Value, shorthands: Spec): Spec {
  let spec: Spec = isFields(given) && !functionText(given) ? new Map(entriesOf(given)) : new Map([['type', given]])
  for (let i = 0; i < 8; i++) {
    const type = spec.get('type')
    if (type?.kind !== 'text') break
    const own =
      shorthands.get(type.value) ??
      (type.value === 'id'
        ? fields([
            ['type', { kind: 'text', value: 'serial', pieces: [], holes: [] }],
            ['primaryKey', { kind: 'boolean', value: true }],
          ])
        : undefined)
    if (!own) break
    const wider: Spec = isFields(own) ? new Map(entriesOf(own)) : new Map([['type', own]])
    const { type: _, ...rest } = Object.fromEntries(spec)
    spec = new Map([...wider, ...Object.entries(rest)])
    if (wider.get('type')?.kind === 'text' && textOf(wider.get('type')) === type.value) break
  }
  return spec
}

interface Columns {
  lines: string[]
  keys: string[]
  comments: string[]
}

export function columnsOf(table: Value | undefined, given: Value | undefined, shorthands: Spec): Columns {
  const all = entriesOf(given).map(([column, options]) => ({ column, spec: applied(options, shorthands) }))
  const keys = all.filter(({ spec }) => isOn(spec.get('primaryKey'))).map(({ column }) => column)
  const isSeveral = keys.length > 1
  const comments: string[] = []
  const lines = all.map(({ column, spec }) => {
    const text = (key: string): string | null => optionalText(spec.get(key))
    const value = spec.get('default')
    const words: string[] = []
    if (text('collation')) words.push(`COLLATE ${text('collation')}`)
    if (value !== undefined && value.kind !== 'undefined') words.push(`DEFAULT ${literalOf(value)}`)
    if (isOn(spec.get('unique'))) words.push('UNIQUE')
    if (isOn(spec.get('primaryKey')) && !isSeveral) words.push('PRIMARY KEY')
    if (isOn(spec.get('notNull'))) words.push('NOT NULL')
    if (text('check')) words.push(`CHECK (${text('check')})`)
    if (spec.get('references')) {
      const constraint =
        text('referencesConstraintName') ??
        (text('referencesConstraintComment') ? `${bareName(table)}_fk_${column}` : null)
      words.push(`${constraint === null ? '' : `CONSTRAINT ${quoted(constraint)} `}${referencesOf(spec)}`)
    }
    if (isOn(spec.get('deferrable'))) words.push(deferrableOf(spec))
    const generated = spec.get('sequenceGenerated')
    if (isFields(generated)) words.push(`GENERATED ${textOf(field(generated, 'precedence'))} AS IDENTITY`)
    if (text('expressionGenerated')) words.push(`GENERATED ALWAYS AS (${text('expressionGenerated')}) STORED`)
    if (text('comment') !== null)
      comments.push(`COMMENT ON COLUMN ${name(table)}.${quoted(column)} IS ${literalOf(spec.get('comment')!)};`)
    const type = spec.get('type')
    const base = isFields(type) ? name(type) : typeName(textOf(type))
    const array = spec.get('array')
    const suffix = array?.kind === 'number' ? ` ARRAY[${array.value}]` : isOn(array) ? ' ARRAY' : ''
    return `${quoted(column)} ${base}${suffix}${words.length > 0 ? ` ${words.join(' ')}` : ''}`
  })
  return { lines, keys: isSeveral ? keys : [], comments }
}

function referencesOf(spec: Spec): string {
  const target = spec.get('references')
  const given = target?.kind === 'text' ? textOf(target) : null
  const clause = (words: string, key: string): string => {
    const action = optionalText(spec.get(key))
    return action === null ? '' : ` ${words} ${action}`
  }
  const shown = given !== null && (given.startsWith('"') || given.endsWith(')')) ? given : name(target)
  return `REFERENCES ${shown}${clause('MATCH', 'match')}${clause('ON DELETE', 'onDelete')}${clause('ON UPDATE', 'onUpdate')}`
}

function deferrableOf(spec: Spec): string {
  return `DEFERRABLE INITIALLY ${isOn(spec.get('deferred')) ? 'DEFERRED' : 'IMMEDIATE'}`
}

/** The constraints of options such as `{ unique: […], foreignKeys: … }`. */
export function constraintsOf(table: Value | undefined, given: Spec, own: string | null): string[] {
  const bare = bareName(table)
  const found: string[] = []
  const list = (value: Value): string => textsOf(value).map(quoted).join(', ')
  const check = given.get('check')
  if (check?.kind === 'list')
    found.push(
      ...itemsOf(check).map(
        (value, i) => `CONSTRAINT ${quoted(own ?? `${bare}_chck_${i + 1}`)} CHECK (${textOf(value)})`,
      ),
    )
  else if (check && isSet(check)) found.push(`CONSTRAINT ${quoted(own ?? `${bare}_chck`)} CHECK (${textOf(check)})`)
  const unique = given.get('unique')
  if (unique && isSet(unique)) {
    const sets = unique.kind === 'list' && unique.items.some(({ kind }) => kind === 'list') ? itemsOf(unique) : [unique]
    for (const set of sets)
      found.push(`CONSTRAINT ${quoted(own ?? `${bare}_uniq_${textsOf(set).join('_')}`)} UNIQUE (${list(set)})`)
  }
  const key = given.get('primaryKey')
  if (key && isSet(key)) found.push(`CONSTRAINT ${quoted(own ?? `${bare}_pkey`)} PRIMARY KEY (${list(key)})`)
  for (const foreign of itemsOf(given.get('foreignKeys'))) {
    const columns = field(foreign, 'columns')
    if (columns === undefined) throw new Unread('a foreign key has no columns')
    const constraint =
      optionalText(field(foreign, 'referencesConstraintName')) ?? own ?? `${bare}_fk_${textsOf(columns).join('_')}`
    found.push(
      `CONSTRAINT ${quoted(constraint)} FOREIGN KEY (${list(columns)}) ${referencesOf(new Map(entriesOf(foreign)))}`,
    )
  }
  const exclude = optionalText(given.get('exclude'))
  if (exclude) found.push(`CONSTRAINT ${quoted(own ?? `${bare}_excl`)} EXCLUDE ${exclude}`)
  return isOn(given.get('deferrable')) ? found.map((text) => `${text} ${deferrableOf(given)}`) : found
}
