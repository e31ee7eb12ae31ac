import { quoteName } from '../code/quoting.ts'
import { checkOf, type DjangoContext, defaultOf, definition, target, typeOf } from './django-columns.ts'
import { constraintPart, indexSql, isUniqueIndex, nameOf, uniqueIndexSql } from './django-indexes.ts'
import { generatedName } from './django-names.ts'
import {
  columnOf,
  type Field,
  fieldOf,
  hasColumn,
  hasConstraint,
  isIndexed,
  isKey,
  isNullable,
  isUnique,
  type Model,
  type State,
} from './state.ts'

/** Sends what Django's schema editor for PostgreSQL sends. */
export class Editor {
  readonly now: string[] = []
  readonly later: { sql: string; table: string }[] = []
  private readonly state: State
  private readonly context: DjangoContext

  constructor(state: State, context: DjangoContext) {
    this.state = state
    this.context = context
  }

  createModel(model: Model): void {
    if (!model.managed) return
    const parts: string[] = []
    for (const fields of model.uniqueTogether) this.postpone(model, this.uniqueSql(model, fields))
    for (const field of model.fields.filter(hasColumn)) {
      parts.push(`${quoteName(columnOf(field))} ${definition(field, model, this.state, this.context, false)}`)
      if (hasConstraint(field)) this.postpone(model, this.foreignKey(model, field))
    }
    for (const constraint of model.constraints) {
      const part = constraintPart(model, constraint)
      if (part === null) this.postpone(model, uniqueIndexSql(model, constraint))
      else parts.push(part)
    }
    this.now.push(`CREATE TABLE ${quoteName(model.table)} (${parts.join(', ')})`)
    for (const field of model.fields.filter(hasColumn)) this.fieldIndexes(model, field)
    for (const fields of model.indexTogether) this.postpone(model, this.togetherIndex(model, fields))
    for (const index of model.indexes) this.postpone(model, indexSql(model, index, false))
    for (const field of model.fields)
      if (isOwnMany(field)) this.createModel(throughOf(model, field, this.state, this.context))
  }

  deleteModel(model: Model): void {
    if (!model.managed) return
    for (const field of model.fields)
      if (isOwnMany(field)) this.deleteModel(throughOf(model, field, this.state, this.context))
    this.now.push(`DROP TABLE ${quoteName(model.table)} CASCADE`)
  }

  addField(model: Model, field: Field): void {
    if (!model.managed) return
    if (isOwnMany(field)) return this.createModel(throughOf(model, field, this.state, this.context))
    if (!hasColumn(field)) return
    const table = quoteName(model.table)
    let sql = `ALTER TABLE ${table} ADD COLUMN ${quoteName(columnOf(field))} ${definition(field, model, this.state, this.context, true)}`
    if (hasConstraint(field)) {
      const to = target(field, model, this.state)
      const name = quoteName(this.foreignKeyName(model, field))
      sql += ` CONSTRAINT ${name} REFERENCES ${quoteName(to.table)}(${quoteName(to.column)}) DEFERRABLE INITIALLY DEFERRED; SET CONSTRAINTS ${name} IMMEDIATE`
    }
    this.now.push(sql)
    if (defaultOf(field, typeOf(field, model, this.state, this.context)) !== null)
      this.now.push(`ALTER TABLE ${table} ALTER COLUMN ${quoteName(columnOf(field))} DROP DEFAULT`)
    this.fieldIndexes(model, field)
  }

  removeField(model: Model, field: Field): void {
    if (!model.managed) return
    if (isOwnMany(field)) return this.deleteModel(throughOf(model, field, this.state, this.context))
    if (!hasColumn(field)) return
    if (hasConstraint(field)) this.now.push(this.dropForeignKey(model, field))
    this.now.push(`ALTER TABLE ${quoteName(model.table)} DROP COLUMN ${quoteName(columnOf(field))} CASCADE`)
  }

  renameTable(from: string, to: string): void {
    if (from !== to) this.now.push(`ALTER TABLE ${quoteName(from)} RENAME TO ${quoteName(to)}`)
  }

  renameColumn(table: string, from: string, to: string): void {
    if (from !== to)
      this.now.push(`ALTER TABLE ${quoteName(table)} RENAME COLUMN ${quoteName(from)} TO ${quoteName(to)}`)
  }

  /** Refers to the same column of a renamed table: Django drops the constraint and adds it again. */
  remakeForeignKey(model: Model, field: Field): void {
    if (!model.managed || !hasConstraint(field)) return
    this.now.push(this.dropForeignKey(model, field), this.foreignKey(model, field))
  }

  addIndex(model: Model, index: Parameters<typeof nameOf>[0], concurrently: boolean): void {
    if (model.managed) this.now.push(indexSql(model, index, concurrently))
  }

  removeIndex(model: Model, name: string, concurrently: boolean): void {
    if (model.managed) this.now.push(`DROP INDEX ${concurrently ? 'CONCURRENTLY ' : ''}IF EXISTS ${quoteName(name)}`)
  }

  addConstraint(model: Model, constraint: Parameters<typeof nameOf>[0], notValid = false): void {
    if (!model.managed) return
    const part = constraintPart(model, constraint)
    this.now.push(
      part === null
        ? uniqueIndexSql(model, constraint)
        : `ALTER TABLE ${quoteName(model.table)} ADD ${part}${notValid ? ' NOT VALID' : ''}`,
    )
  }

  removeConstraint(model: Model, constraint: Parameters<typeof nameOf>[0]): void {
    if (!model.managed) return
    const name = nameOf(constraint)
    this.now.push(isUniqueIndex(constraint) ? `DROP INDEX IF EXISTS ${quoteName(name)}` : this.drop(model, name))
  }

  alterTogether(model: Model, kind: 'unique' | 'index', before: string[][], after: string[][]): void {
    if (!model.managed) return
    const has = (list: string[][], fields: string[]): boolean => list.some((own) => own.join() === fields.join())
    for (const fields of before.filter((own) => !has(after, own))) {
      const name = generatedName(model.table, columnsOf(model, fields), kind === 'unique' ? '_uniq' : '_idx')
      this.now.push(kind === 'unique' ? this.drop(model, name) : `DROP INDEX IF EXISTS ${quoteName(name)}`)
    }
    for (const fields of after.filter((own) => !has(before, own))) {
      this.now.push(kind === 'unique' ? this.uniqueSql(model, fields) : this.togetherIndex(model, fields))
    }
  }

  /** BaseDatabaseSchemaEditor._alter_field with what PostgreSQL's editor adds. `before`: the state that holds the old field. */
  alterField(before: State, oldModel: Model, oldField: Field, model: Model, field: Field): void {
    if (!model.managed) return
    if (!hasColumn(oldField) || !hasColumn(field)) return
    if (!differs(oldField, field)) return
    const [oldType, type] = [
      typeOf(oldField, oldModel, before, this.context),
      typeOf(field, model, this.state, this.context),
    ]
    const [oldUnique, unique, oldIndexed, indexed] = [
      isUnique(oldField),
      isUnique(field),
      isIndexed(oldField),
      isIndexed(field),
    ]
    const table = quoteName(model.table)
    const [oldColumn, column] = [columnOf(oldField), columnOf(field)]
    const leavesText = (word: string): boolean => oldType.startsWith(word) && !type.startsWith(word)
    if ((oldIndexed || oldUnique) && (leavesText('varchar') || leavesText('text') || leavesText('citext')))
      this.dropIndex(model, oldColumn, '_like')
    const dropped = hasConstraint(oldField)
    if (dropped) this.now.push(this.dropForeignKey(oldModel, oldField, before))
    if (oldUnique && !isKey(oldField) && (!unique || (!isKey(oldField) && isKey(field))))
      this.now.push(this.drop(model, oldField.constraints.unique ?? generatedName(model.table, [oldColumn], '_uniq')))
    const others = oldUnique && unique && oldType !== type ? this.referring(model, field) : []
    for (const other of others) this.now.push(this.dropForeignKey(other.model, other.field))
    if (oldIndexed && !oldUnique && (!indexed || unique)) {
      this.dropIndex(model, oldColumn, '')
      if (/^(varchar|text)/.test(oldType) && !oldType.includes('[') && !leavesText('varchar') && !leavesText('text'))
        this.dropIndex(model, oldColumn, '_like')
    }
    const [oldCheck, check] = [checkOf(oldField), checkOf(field)]
    if (oldCheck !== check && oldCheck !== null) this.now.push(this.drop(model, `${model.table}_${oldColumn}_check`))
    this.renameColumn(model.table, oldColumn, column)
    this.alterColumn(table, oldField, field, oldType, type)
    if (!oldUnique && unique && !isKey(field))
      this.now.push(
        `ALTER TABLE ${table} ADD CONSTRAINT ${quoteName(generatedName(model.table, [column], '_uniq'))} UNIQUE (${quoteName(column)})`,
      )
    if ((!oldIndexed || oldUnique) && indexed && !unique) this.now.push(this.plainIndex(model, column))
    for (const other of others)
      this.now.push(
        `ALTER TABLE ${quoteName(other.model.table)} ALTER COLUMN ${quoteName(columnOf(other.field))} TYPE ${plainType(type)} USING ${quoteName(columnOf(other.field))}::${plainType(type)}`,
      )
    if (hasConstraint(field) && (dropped || !hasConstraint(oldField))) this.now.push(this.foreignKey(model, field))
    for (const other of others) this.now.push(this.foreignKey(other.model, other.field))
    if (oldCheck !== check && check !== null)
      this.now.push(
        `ALTER TABLE ${table} ADD CONSTRAINT ${quoteName(generatedName(model.table, [column], '_check'))} CHECK (${check})`,
      )
    if (this.needsDefault(oldField, field, type))
      this.now.push(`ALTER TABLE ${table} ALTER COLUMN ${quoteName(column)} DROP DEFAULT`)
    if ((!(oldIndexed || oldUnique) && indexed) || (!oldUnique && unique))
      this.like(model, field, type, (sql) => this.now.push(sql))
    if (oldUnique && !(indexed || unique)) this.dropIndex(model, oldColumn, '_like')
  }

  private needsDefault(oldField: Field, field: Field, type: string): boolean {
    if (!isNullable(oldField) || isNullable(field)) return false
    const fallback = defaultOf(field, type)
    return fallback !== null && fallback !== defaultOf(oldField, type)
  }

  private alterColumn(table: string, oldField: Field, field: Field, oldType: string, type: string): void {
    const column = quoteName(columnOf(field))
    const actions: string[] = []
    const after: string[] = []
    if (oldType !== type) {
      const sameBase = oldField.kind === field.kind || (oldType.startsWith('varchar') && type.startsWith('varchar'))
      const using = sameBase && !field.relation ? '' : ` USING ${column}::${plainType(type)}`
      actions.push(`ALTER COLUMN ${column} TYPE ${plainType(type)}${using}`)
      if (plainType(type) !== type && this.context.version < 41) after.push(...sequence(table, columnOf(field)))
    }
    const fallback = this.needsDefault(oldField, field, type) ? defaultOf(field, type) : null
    if (fallback !== null) actions.push(`ALTER COLUMN ${column} SET DEFAULT ${fallback}`)
    const nullChange =
      isNullable(oldField) === isNullable(field)
        ? []
        : [`ALTER COLUMN ${column} ${isNullable(field) ? 'DROP' : 'SET'} NOT NULL`]
    const fourWay = field.named.has('default') && isNullable(oldField) && !isNullable(field)
    if (!fourWay) actions.push(...nullChange)
    if (actions.length > 0) this.now.push(`ALTER TABLE ${table} ${actions.join(', ')}`)
    if (fourWay) {
      if (fallback !== null) this.now.push(`UPDATE ${table} SET ${column} = ${fallback} WHERE ${column} IS NULL`)
      for (const change of nullChange) this.now.push(`ALTER TABLE ${table} ${change}`)
    }
    this.now.push(...after)
  }

  /** Foreign keys of the repository's models that point at this field. */
  private referring(model: Model, field: Field): { model: Model; field: Field }[] {
    return [...this.state.values()].flatMap((other) =>
      other.fields
        .filter(
          (own) =>
            hasConstraint(own) &&
            target(own, other, this.state).model?.table === model.table &&
            target(own, other, this.state).field?.name === field.name,
        )
        .map((own) => ({ model: other, field: own })),
    )
  }

  private fieldIndexes(model: Model, field: Field): void {
    if (isIndexed(field) && !isUnique(field)) this.postpone(model, this.plainIndex(model, columnOf(field)))
    if (isIndexed(field) || isUnique(field))
      this.like(model, field, typeOf(field, model, this.state, this.context), (sql) => this.postpone(model, sql))
  }

  private like(model: Model, field: Field, type: string, send: (sql: string) => void): void {
    if (type.includes('[') || !/^(varchar|text)/.test(type)) return
    const column = columnOf(field)
    const ops = type.startsWith('varchar') ? 'varchar_pattern_ops' : 'text_pattern_ops'
    send(
      `CREATE INDEX ${quoteName(generatedName(model.table, [column], '_like'))} ON ${quoteName(model.table)} (${quoteName(column)} ${ops})`,
    )
  }

  private plainIndex(model: Model, column: string): string {
    return `CREATE INDEX ${quoteName(generatedName(model.table, [column], ''))} ON ${quoteName(model.table)} (${quoteName(column)})`
  }

  private togetherIndex(model: Model, fields: string[]): string {
    const columns = columnsOf(model, fields)
    return `CREATE INDEX ${quoteName(generatedName(model.table, columns, '_idx'))} ON ${quoteName(model.table)} (${columns.map(quoteName).join(', ')})`
  }

  private uniqueSql(model: Model, fields: string[]): string {
    const columns = columnsOf(model, fields)
    return `ALTER TABLE ${quoteName(model.table)} ADD CONSTRAINT ${quoteName(generatedName(model.table, columns, '_uniq'))} UNIQUE (${columns.map(quoteName).join(', ')})`
  }

  private dropIndex(model: Model, column: string, suffix: string): void {
    this.now.push(`DROP INDEX IF EXISTS ${quoteName(generatedName(model.table, [column], suffix))}`)
  }

  private drop(model: Model, name: string): string {
    return `ALTER TABLE ${quoteName(model.table)} DROP CONSTRAINT ${quoteName(name)}`
  }

  private foreignKeyName(model: Model, field: Field, state = this.state): string {
    const to = target(field, model, state)
    return generatedName(model.table, [columnOf(field)], `_fk_${to.table}_${to.column}`)
  }

  private foreignKey(model: Model, field: Field): string {
    const to = target(field, model, this.state)
    return `ALTER TABLE ${quoteName(model.table)} ADD CONSTRAINT ${quoteName(this.foreignKeyName(model, field))} FOREIGN KEY (${quoteName(columnOf(field))}) REFERENCES ${quoteName(to.table)} (${quoteName(to.column)}) DEFERRABLE INITIALLY DEFERRED`
  }

  private dropForeignKey(model: Model, field: Field, state = this.state): string {
    const name = quoteName(field.constraints.foreignKey ?? this.foreignKeyName(model, field, state))
    return `SET CONSTRAINTS ${name} IMMEDIATE; ALTER TABLE ${quoteName(model.table)} DROP CONSTRAINT ${name}`
  }

  private postpone(model: Model, sql: string): void {
    this.later.push({ sql, table: model.table })
  }
}

/** A many-to-many field whose table Django makes. */
export function isOwnMany(field: Field): boolean {
  return field.relation?.kind === 'many' && !field.relation.through
}

/** The table between two models, as a model. */
export function throughOf(model: Model, field: Field, state: State, context: DjangoContext): Model {
  const to = field.relation?.to === 'self' ? model : state.get(field.relation?.to ?? '')
  const other = (to?.name ?? field.relation?.to.split('.').at(-1) ?? '').toLowerCase()
  const own = model.name.toLowerCase()
  const names: [string, string] = to === model ? [`from_${own}`, `to_${own}`] : [own, other]
  const given = field.named.get('db_table')
  const table = given?.kind === 'text' ? given.text : `${model.table}_${field.name}`
  const key: Field = {
    name: 'id',
    kind: context.autoField,
    named: new Map([['primary_key', { kind: 'constant', value: true }]]),
    args: [],
    relation: null,
    constraints: { foreignKey: null, unique: null },
  }
  const part = (name: string, target: string): Field => ({
    name,
    kind: 'ForeignKey',
    named: new Map(),
    args: [],
    relation: { kind: 'one', to: target, through: false },
    constraints: { foreignKey: null, unique: null },
  })
  const ownKey = `${model.app}.${model.name}`.toLowerCase()
  return {
    app: model.app,
    name: `${model.name}_${field.name}`,
    table,
    fields: [key, part(names[0], ownKey), part(names[1], to === model ? ownKey : (field.relation?.to ?? ''))],
    managed: true,
    uniqueTogether: [names],
    indexTogether: [],
    indexes: [],
    constraints: [],
  }
}

function columnsOf(model: Model, fields: string[]): string[] {
  return fields.map((name) => columnOf(fieldOf(model, name)))
}

/** The field with the names that its constraints get when it is made; `inline`: PostgreSQL names an inline UNIQUE. */
export function settled(field: Field, model: Model, state: State, inline: boolean): Field {
  const column = columnOf(field)
  const to = hasConstraint(field) ? target(field, model, state) : null
  const foreignKey = to ? generatedName(model.table, [column], `_fk_${to.table}_${to.column}`) : null
  const name = inline ? `${model.table}_${column}_key` : generatedName(model.table, [column], '_uniq')
  return { ...field, constraints: { foreignKey, unique: isUnique(field) && !isKey(field) ? name : null } }
}

function plainType(type: string): string {
  return ({ serial: 'integer', bigserial: 'bigint', smallserial: 'smallint' } as Record<string, string>)[type] ?? type
}

function sequence(table: string, column: string): string[] {
  const name = quoteName(`${table.replaceAll('"', '')}_${column}_seq`)
  const text = `'${name}'`
  return [
    `DROP SEQUENCE IF EXISTS ${name} CASCADE`,
    `CREATE SEQUENCE ${name}`,
    `ALTER TABLE ${table} ALTER COLUMN ${quoteName(column)} SET DEFAULT nextval(${text})`,
    `SELECT setval(${text}, MAX(${quoteName(column)})) FROM ${table}`,
    `ALTER SEQUENCE ${name} OWNED BY ${table}.${quoteName(column)}`,
  ]
}

const withoutSql = new Set([
  'blank',
  'db_column',
  'editable',
  'error_messages',
  'help_text',
  'limit_choices_to',
  'on_delete',
  'related_name',
  'related_query_name',
  'validators',
  'verbose_name',
  'choices',
])

/** Whether the change of a field reaches the database (BaseDatabaseSchemaEditor._field_should_be_altered). */
function differs(before: Field, after: Field): boolean {
  if (columnOf(before) !== columnOf(after) || before.kind !== after.kind) return true
  const words = (field: Field): string =>
    JSON.stringify(
      [
        field.relation,
        [...field.named].filter(([name]) => !withoutSql.has(name)).sort(([a], [b]) => (a < b ? -1 : 1)),
        field.args,
      ],
      (key, value) =>
        key === 'start' || key === 'end' || key === 'at' || key === 'scope' || key === 'code'
          ? undefined
          : value instanceof Map
            ? [...value]
            : value,
    )
  return words(before) !== words(after)
}
