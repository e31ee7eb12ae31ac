import type { Place } from '../../languages/code/tree.ts'
import { textOf, type Value } from '../../languages/code/values.ts'
import { type Built, built, isTrue } from '../alembic/alembic-values.ts'
import { NotReadable, raise } from '../code/not-readable.ts'
import { quoteName } from '../code/quoting.ts'
import type { DjangoContext } from './django-columns.ts'
import { nameOf, texts } from './django-indexes.ts'
import { Editor, isOwnMany, settled, throughOf } from './editor.ts'
import { type Field, fieldFrom, fieldOf, keyOf, type Model, modelOf, type State } from './state.ts'

/** One operation: the state behind it and how it is run in both directions. */
interface Step {
  state: State
  forwards: (editor: Editor) => void
  backwards: ((editor: Editor) => void) | null
}

/** One message or note of an operation, in the order of sending. */
export type Sent =
  | { kind: 'sql'; sql: string; at: number | null }
  | { kind: 'data' }
  | { kind: 'unread'; reason: string }

export interface DoneOperation extends Place {
  up: Sent[]
  down: Sent[] | null
  /** Sent at the end of the migration. */
  upLater: { sql: string; table: string }[]
  downLater: { sql: string; table: string }[]
}

/** Runs operations over a state; one that cannot be read leaves the state as it is. */
export function runOperations(
  operations: Value[],
  state: State,
  app: string,
  context: DjangoContext,
): { state: State; done: DoneOperation[] } {
  let current = state
  const done: DoneOperation[] = []
  for (const operation of operations) {
    const result = runOperation(operation, current, app, context)
    current = result.state
    done.push(...result.done)
  }
  return { state: current, done }
}

function runOperation(
  value: Value,
  state: State,
  app: string,
  context: DjangoContext,
): { state: State; done: DoneOperation[] } {
  const call = built(value)
  const place = value.kind === 'made' ? { start: value.start, end: value.end } : { start: 0, end: 0 }
  const unread = (reason: string, after = state): { state: State; done: DoneOperation[] } => ({
    state: after,
    done: [{ ...place, up: [{ kind: 'unread', reason }], down: null, upLater: [], downLater: [] }],
  })
  if (!call) return unread(value.kind === 'unknown' ? value.reason : 'an operation that is not known')
  if (call.name === 'SeparateDatabaseAndState') return separate(call, state, app, context)
  const special = specialOperation(call)
  if (special) return { state, done: [{ ...place, ...special, upLater: [], downLater: [] }] }
  let after = state
  try {
    const step = stepOf(call, state, app, context)
    after = step.state
    const forwards = new Editor(step.state, context)
    step.forwards(forwards)
    const backwards = new Editor(state, context)
    let irreversible = step.backwards === null
    try {
      step.backwards?.(backwards)
    } catch (error) {
      if (!(error instanceof NotReadable)) throw error
      irreversible = true
    }
    const sql = (text: string): Sent => ({ kind: 'sql', sql: text, at: null })
    return {
      state: after,
      done: [
        {
          ...place,
          up: forwards.now.map(sql),
          down: irreversible ? null : backwards.now.map(sql),
          upLater: forwards.later,
          downLater: backwards.later,
        },
      ],
    }
  } catch (error) {
    if (!(error instanceof NotReadable)) throw error
    return unread(error.message, after)
  }
}

function separate(
  call: Built,
  state: State,
  app: string,
  context: DjangoContext,
): { state: State; done: DoneOperation[] } {
  const list = (name: string, at: number): Value[] => {
    const value = call.named.get(name) ?? call.args[at]
    return value?.kind === 'list' ? value.items : []
  }
  const database = runOperations(list('database_operations', 0), state, app, context)
  return { state: runOperations(list('state_operations', 1), state, app, context).state, done: database.done }
}

/** Operations that do not look at the state; null for the others. */
function specialOperation({ name, args, named }: Built): { up: Sent[]; down: Sent[] | null } | null {
  if (name === 'RunPython')
    return { up: [{ kind: 'data' }], down: args.length > 1 || named.has('reverse_code') ? [{ kind: 'data' }] : null }
  if (name === 'RunSQL') {
    const back = named.get('reverse_sql') ?? args[1]
    return { up: rawSql(named.get('sql') ?? args[0]), down: back ? rawSql(back) : null }
  }
  if (/^(AlterModelOptions|AlterModelManagers|AlterModelTableComment)$/.test(name)) return { up: [], down: [] }
  const extension = extensions[name] ?? (name === 'CreateExtension' ? textOf(named.get('name') ?? args[0]) : null)
  if (extension) {
    return {
      up: [{ kind: 'sql', sql: `CREATE EXTENSION IF NOT EXISTS ${quoteName(extension)}`, at: null }],
      down: [{ kind: 'sql', sql: `DROP EXTENSION IF EXISTS ${quoteName(extension)}`, at: null }],
    }
  }
  if (
    !/^(CreateModel|DeleteModel|AddField|RemoveField|AlterField|Rename\w+|Alter\w+|AddIndex\w*|RemoveIndex\w*|AddConstraint\w*|RemoveConstraint|ValidateConstraint)$/.test(
      name,
    )
  ) {
    return { up: [{ kind: 'unread', reason: `the operation ${name} is not known` }], down: null }
  }
  return null
}

const extensions: Record<string, string> = {
  BloomExtension: 'bloom',
  BtreeGinExtension: 'btree_gin',
  BtreeGistExtension: 'btree_gist',
  CITextExtension: 'citext',
  CryptoExtension: 'pgcrypto',
  HStoreExtension: 'hstore',
  TrigramExtension: 'pg_trgm',
  UnaccentExtension: 'unaccent',
}

/** A text, a list of texts, or of pairs with parameters; `RunSQL.noop` sends nothing. */
function rawSql(value: Value | undefined): Sent[] {
  if (value?.kind === 'text') return value.text === '' ? [] : [{ kind: 'sql', sql: value.text, at: value.at }]
  if (value?.kind === 'path' && /noop$/.test(value.path)) return []
  if (value?.kind !== 'list')
    return [{ kind: 'unread', reason: value?.kind === 'unknown' ? value.reason : 'its SQL is not known' }]
  return value.items.flatMap((item): Sent[] => {
    if (item.kind !== 'list') return rawSql(item)
    const [sql, params] = item.items
    if (params?.kind !== 'list' || params.items.length === 0) return rawSql(sql)
    const text = textOf(sql)
    let next = 0
    const filled = text?.replaceAll('%s', () => {
      const param = params.items[next++]
      return param?.kind === 'number'
        ? param.text
        : param?.kind === 'text'
          ? `'${param.text.replaceAll("'", "''")}'`
          : 'NULL'
    })
    return filled === undefined
      ? [{ kind: 'unread', reason: 'its SQL is not known' }]
      : [{ kind: 'sql', sql: filled, at: null }]
  })
}

function stepOf(call: Built, state: State, app: string, context: DjangoContext): Step {
  const given = (name: string, at?: number): Value | undefined =>
    call.named.get(name) ?? (at === undefined ? undefined : call.args[at])
  const text = (name: string, at?: number): string =>
    textOf(given(name, at)) ?? raise(`the argument ${name} is not known`)
  const replaced = (model: Model): State => new Map([...state, [keyOf(model.app, model.name), model]])
  const model = (): Model => modelOf(state, app, text('model_name', 0))
  switch (call.name) {
    case 'CreateModel':
      return createModel(call, state, app, context)
    case 'DeleteModel': {
      const old = modelOf(state, app, text('name', 0))
      const after = new Map(state)
      after.delete(keyOf(app, old.name))
      return {
        state: after,
        forwards: (editor) => new Forward(editor, state, context).deleteModel(old),
        backwards: (editor) => editor.createModel(old),
      }
    }
    case 'AddField': {
      const old = model()
      const field = settled(fieldFrom(text('name', 1), given('field', 2), context.user, app), old, state, true)
      const now = { ...old, fields: [...old.fields, kept(field, given('preserve_default', 3))] }
      return {
        state: replaced(now),
        forwards: (editor) => editor.addField(now, field),
        backwards: (editor) => new Forward(editor, replaced(now), context).removeField(now, field),
      }
    }
    case 'RemoveField': {
      const old = model()
      const field = fieldOf(old, text('name', 1))
      const now = { ...old, fields: old.fields.filter((own) => own !== field) }
      return {
        state: replaced(now),
        forwards: (editor) => new Forward(editor, state, context).removeField(old, field),
        backwards: (editor) => editor.addField(old, field),
      }
    }
    case 'AlterField': {
      const old = model()
      const before = fieldOf(old, text('name', 1))
      const field = altered(before, fieldFrom(before.name, given('field', 2), context.user, app), old, state)
      const stays = kept(field, given('preserve_default', 3))
      const now = { ...old, fields: old.fields.map((own) => (own === before ? stays : own)) }
      const after = replaced(now)
      return {
        state: after,
        forwards: (editor) => editor.alterField(state, old, before, now, field),
        backwards: (editor) => editor.alterField(after, now, field, old, before),
      }
    }
    case 'RenameField': {
      const old = model()
      const before = fieldOf(old, text('old_name', 1))
      const field = altered(before, { ...before, name: text('new_name', 2) }, old, state)
      const rename = (names: string[][]): string[][] =>
        names.map((list) => list.map((name) => (name === before.name ? field.name : name)))
      const now: Model = {
        ...old,
        fields: old.fields.map((own) => (own === before ? field : own)),
        uniqueTogether: rename(old.uniqueTogether),
        indexTogether: rename(old.indexTogether),
      }
      const after = replaced(now)
      const many = isOwnMany(before)
      return {
        state: after,
        forwards: (editor) =>
          many ? renameMany(editor, old, before, field) : editor.alterField(state, old, before, now, field),
        backwards: (editor) =>
          many ? renameMany(editor, old, field, before) : editor.alterField(after, now, field, old, before),
      }
    }
    case 'RenameModel':
      return renameModel(text('old_name', 0), text('new_name', 1), state, app, context)
    case 'AlterModelTable': {
      const old = modelOf(state, app, text('name', 0))
      const table = textOf(given('table', 1)) ?? `${app}_${old.name.toLowerCase()}`
      const now = { ...old, table }
      return {
        state: replaced(now),
        forwards: (editor) => retable(editor, old, now, state, context),
        backwards: (editor) => retable(editor, now, old, state, context),
      }
    }
    case 'AlterUniqueTogether':
    case 'AlterIndexTogether': {
      const old = modelOf(state, app, text('name', 0))
      const unique = call.name === 'AlterUniqueTogether'
      const lists = together(given(unique ? 'unique_together' : 'index_together', 1))
      const now = { ...old, ...(unique ? { uniqueTogether: lists } : { indexTogether: lists }) }
      const before = unique ? old.uniqueTogether : old.indexTogether
      const kind = unique ? 'unique' : 'index'
      return {
        state: replaced(now),
        forwards: (editor) => editor.alterTogether(now, kind, before, lists),
        backwards: (editor) => editor.alterTogether(old, kind, lists, before),
      }
    }
    case 'AddIndex':
    case 'AddIndexConcurrently': {
      const old = model()
      const index = built(given('index', 1)) ?? raise('the index is not known')
      const concurrently = call.name === 'AddIndexConcurrently'
      return {
        state: replaced({ ...old, indexes: [...old.indexes, index] }),
        forwards: (editor) => editor.addIndex(old, index, concurrently),
        backwards: (editor) => editor.removeIndex(old, nameOf(index), concurrently),
      }
    }
    case 'RemoveIndex':
    case 'RemoveIndexConcurrently': {
      const old = model()
      const name = text('name', 1)
      const index = old.indexes.find((own) => nameOf(own) === name)
      const concurrently = call.name === 'RemoveIndexConcurrently'
      const now = { ...old, indexes: old.indexes.filter((own) => own !== index) }
      return {
        state: replaced(now),
        forwards: (editor) => editor.removeIndex(old, name, concurrently),
        backwards: index ? (editor) => editor.addIndex(old, index, concurrently) : null,
      }
    }
    case 'RenameIndex': {
      const old = model()
      const [from, to] = [text('old_name'), text('new_name', 1)]
      const rename = (first: string, second: string) => (editor: Editor) => {
        editor.now.push(`ALTER INDEX ${quoteName(first)} RENAME TO ${quoteName(second)}`)
      }
      const indexes = old.indexes.map((own) =>
        nameOf(own) === from
          ? { ...own, named: new Map([...own.named, ['name', given('new_name', 1) as Value]]) }
          : own,
      )
      return { state: replaced({ ...old, indexes }), forwards: rename(from, to), backwards: rename(to, from) }
    }
    case 'AddConstraint':
    case 'AddConstraintNotValid': {
      const old = model()
      const constraint = built(given('constraint', 1)) ?? raise('the constraint is not known')
      const notValid = call.name === 'AddConstraintNotValid'
      return {
        state: replaced({ ...old, constraints: [...old.constraints, constraint] }),
        forwards: (editor) => editor.addConstraint(old, constraint, notValid),
        backwards: (editor) => editor.removeConstraint(old, constraint),
      }
    }
    case 'RemoveConstraint': {
      const old = model()
      const name = text('name', 1)
      const constraint =
        old.constraints.find((own) => nameOf(own) === name) ??
        raise(`the constraint ${name} is not in the migrations of this repository`)
      const now = { ...old, constraints: old.constraints.filter((own) => own !== constraint) }
      return {
        state: replaced(now),
        forwards: (editor) => editor.removeConstraint(old, constraint),
        backwards: (editor) => editor.addConstraint(old, constraint),
      }
    }
    case 'ValidateConstraint': {
      const table = model().table
      return {
        state,
        forwards: (editor) =>
          editor.now.push(`ALTER TABLE ${quoteName(table)} VALIDATE CONSTRAINT ${quoteName(text('name', 1))}`),
        backwards: () => {},
      }
    }
    case 'AlterOrderWithRespectTo': {
      const old = modelOf(state, app, text('name', 0))
      const field: Field = {
        name: '_order',
        kind: 'OrderWrt',
        named: new Map([['default', { kind: 'number', text: '0' }]]),
        args: [],
        relation: null,
        constraints: { foreignKey: null, unique: null },
      }
      const now = { ...old, fields: [...old.fields, kept(field, given('preserve_default', 3))] }
      return {
        state: replaced(now),
        forwards: (editor) => editor.addField(now, field),
        backwards: (editor) => editor.removeField(now, field),
      }
    }
    default:
      return raise(`the operation ${call.name} is not known`)
  }
}

/** Operations that look at the state before them, as Django does when it drops things. */
class Forward {
  private readonly editor: Editor
  private readonly own: Editor

  constructor(editor: Editor, state: State, context: DjangoContext) {
    this.editor = editor
    this.own = new Editor(state, context)
  }

  deleteModel(model: Model): void {
    this.own.deleteModel(model)
    this.editor.now.push(...this.own.now)
  }

  removeField(model: Model, field: Field): void {
    this.own.removeField(model, field)
    this.editor.now.push(...this.own.now)
  }
}

function createModel(call: Built, state: State, app: string, context: DjangoContext): Step {
  const name = textOf(call.named.get('name') ?? call.args[0]) ?? raise('the name of a model is not known')
  const fields = call.named.get('fields') ?? call.args[1]
  const options = call.named.get('options') ?? call.args[2]
  const option = (key: string): Value | undefined => (options?.kind === 'dict' ? options.entries.get(key) : undefined)
  if (fields?.kind !== 'list') return raise('the fields of a model are not known')
  const list = (key: string): Built[] => {
    const value = option(key)
    return value?.kind === 'list'
      ? value.items.map((item) => built(item) ?? raise(`${key} of a model is not known`))
      : []
  }
  // The model is there for later operations, also where one of its fields is not known.
  const problems: string[] = []
  const known = fields.items.flatMap((pair) => {
    try {
      if (pair.kind !== 'list') return raise('a field that is not known')
      return [fieldFrom(textOf(pair.items[0]) ?? '', pair.items[1], context.user, app)]
    } catch (error) {
      if (!(error instanceof NotReadable)) throw error
      problems.push(error.message)
      return []
    }
  })
  const managed = option('managed')
  const proxy = isTrue(option('proxy'))
  const model: Model = {
    app,
    name,
    table: (textOf(option('db_table')) ?? `${app}_${name.toLowerCase()}`).replaceAll('"', ''),
    fields: known,
    managed: !proxy && !(managed?.kind === 'constant' && managed.value === false),
    uniqueTogether: together(option('unique_together')),
    indexTogether: together(option('index_together')),
    indexes: list('indexes'),
    constraints: list('constraints'),
  }
  const bare = new Map([...state, [keyOf(app, name), model]])
  const named: Model = { ...model, fields: model.fields.map((field) => settled(field, model, bare, true)) }
  const after = new Map([...state, [keyOf(app, name), named]])
  return {
    state: after,
    forwards: (editor) => (problems[0] === undefined ? editor.createModel(named) : raise(problems[0])),
    backwards: (editor) => new Forward(editor, after, context).deleteModel(named),
  }
}

/** One list of names, or a list or set of lists. */
function together(value: Value | undefined): string[][] {
  if (value?.kind === 'made' && value.path === 'set') return []
  if (value?.kind !== 'list') return []
  if (value.items.some((item) => item.kind === 'text')) return [texts(value)]
  return value.items.map(texts)
}

function renameMany(editor: Editor, model: Model, from: Field, to: Field): void {
  if (model.managed) editor.renameTable(`${model.table}_${from.name}`, `${model.table}_${to.name}`)
}

/** `preserve_default=False`: the default fills the rows and is forgotten. */
function kept(field: Field, preserve: Value | undefined): Field {
  if (preserve?.kind !== 'constant' || preserve.value !== false) return field
  return { ...field, named: new Map([...field.named].filter(([name]) => name !== 'default')) }
}

/** A foreign key is made again with each change; a unique constraint only when it is new. */
function altered(before: Field, field: Field, model: Model, state: State): Field {
  const fresh = settled(field, model, state, false)
  const unique = fresh.constraints.unique === null ? null : (before.constraints.unique ?? fresh.constraints.unique)
  return { ...fresh, constraints: { ...fresh.constraints, unique } }
}

function renameModel(from: string, to: string, state: State, app: string, context: DjangoContext): Step {
  const old = modelOf(state, app, from)
  const usual = `${app}_${old.name.toLowerCase()}`
  const now: Model = { ...old, name: to, table: old.table === usual ? `${app}_${to.toLowerCase()}` : old.table }
  const [oldKey, key] = [keyOf(app, from), keyOf(app, to)]
  const after = new Map<string, Model>()
  for (const [name, model] of state) {
    const moved = name === oldKey ? now : model
    const fields = moved.fields.map((field) => {
      const points = field.relation?.to === oldKey || (name === oldKey && field.relation?.to === 'self')
      if (!points || !field.relation) return field
      const relation = { ...field.relation, to: field.relation.to === 'self' ? 'self' : key }
      const remade = { ...field, relation }
      return now.table === old.table
        ? remade
        : {
            ...remade,
            constraints: {
              ...field.constraints,
              foreignKey: settled(remade, moved, new Map([...state, [key, now]]), true).constraints.foreignKey,
            },
          }
    })
    after.set(name === oldKey ? key : name, { ...moved, fields })
  }
  const run = (editor: Editor, before: Model, behind: Model, behindState: State, beforeState: State): void => {
    if (!before.managed || before.table === behind.table) return
    editor.renameTable(before.table, behind.table)
    for (const model of behindState.values()) {
      for (const field of model.fields) {
        const own =
          field.relation?.to === keyOf(app, behind.name) ||
          (model === behindState.get(keyOf(app, behind.name)) && field.relation?.to === 'self')
        if (own && field.relation?.kind === 'one') remake(editor, model, field, beforeState, context)
      }
    }
    for (const field of before.fields) {
      if (!isOwnMany(field)) continue
      const [first, second] = [
        throughOf(before, field, beforeState, context),
        throughOf(behind, field, behindState, context),
      ]
      editor.renameTable(first.table, second.table)
      editor.renameColumn(second.table, `${before.name.toLowerCase()}_id`, `${behind.name.toLowerCase()}_id`)
    }
  }
  return {
    state: after,
    forwards: (editor) => run(editor, old, now, after, state),
    backwards: (editor) => run(editor, now, old, state, after),
  }
}

/** The constraint that is dropped has the name that it got before. */
function remake(editor: Editor, model: Model, field: Field, before: State, context: DjangoContext): void {
  const old = [...before.values()].find(
    (own) =>
      own.fields.some((other) => other.name === field.name) &&
      own.app === model.app &&
      (own.name === model.name || own.table === model.table),
  )
  const oldField = old?.fields.find((own) => own.name === field.name)
  const away = new Editor(before, context)
  if (old && oldField) away.remakeForeignKey(old, oldField)
  const [drop] = away.now
  const sent = editor.now.length
  editor.remakeForeignKey(model, field)
  if (drop && editor.now.length > sent) editor.now[sent] = drop
}

function retable(editor: Editor, from: Model, to: Model, state: State, context: DjangoContext): void {
  if (!to.managed) return
  editor.renameTable(from.table, to.table)
  for (const field of to.fields)
    if (isOwnMany(field))
      editor.renameTable(throughOf(from, field, state, context).table, throughOf(to, field, state, context).table)
}
