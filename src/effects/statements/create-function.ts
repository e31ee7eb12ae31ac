import type { CreateFunctionStmt, DropStmt, Node, TypeName } from '@pgsql/types'
import { bringsFunction } from '../../catalog/called-functions.ts'
import { columnsFilledIn } from '../../catalog/filled-columns.ts'
import { inlinedCallsOf } from '../../catalog/inlined-functions.ts'
import type { Relation } from '../../catalog/relation.ts'
import { extensionMembers } from '../../catalog/server-facts/extension-members.ts'
import { printType, typeOf } from '../../catalog/types.ts'
import { parseOne, parseSql } from '../../sql/parse.ts'
import { codeStatements } from '../../sql/plpgsql.ts'
import { print } from '../../sql/quote.ts'
import { qualifiedName, strings } from '../../sql/walk.ts'
import { inputTypes, languageOf, optionText, sqlBody } from '../calls/function-bodies.ts'
import { analyse } from '../calls/rules-and-triggers.ts'
import { because, type Through } from '../model/effect.ts'
import { StatementFails } from '../model/server-errors.ts'
import {
  dependentObjectsStillExist,
  duplicateFunction,
  syntaxError,
  undefinedFunction,
} from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'
import { readsOf } from '../names/query-reads.ts'
import { anyExtension } from '../names/unread-names.ts'
import { dependentTrigger } from '../tables/dependents.ts'
import { requireType } from '../tables/new-column.ts'
import { requireSchema } from './grant.ts'
import { valueText } from './set-variable.ts'

export const handlers: StatementHandlers = { CreateFunctionStmt: createFunction }

/** The function comes to be known, with its volatility: a later DEFAULT may call it. */
function createFunction(node: CreateFunctionStmt, context: StatementContext): void {
  const { catalog } = context
  const { schema, name } = qualifiedName(node.funcname)
  const home = schema ?? catalog.creationSchema
  const option = (wanted: string): string | null => {
    for (const item of node.options ?? []) {
      if ('DefElem' in item && item.DefElem.defname === wanted && item.DefElem.arg && 'String' in item.DefElem.arg)
        return item.DefElem.arg.String.sval ?? null
    }
    return null
  }
  for (const parameter of node.parameters ?? []) {
    if ('FunctionParameter' in parameter) requireParameterType(context, parameter.FunctionParameter.argType, '')
  }
  requireParameterType(context, node.returnType, '"')
  const stated = option('volatility')
  const fn = {
    schema: home,
    name,
    arguments: (node.parameters ?? []).map((parameter) => print(parameter)).join(', '),
    volatility: stated === 'immutable' || stated === 'stable' ? stated : 'volatile',
    language: option('language') ?? 'sql',
    reads: tiesOf(node, context),
    trigger: /^(event_)?trigger$/.test(qualifiedName(node.returnType?.names).name),
    inlined: languageOf(node) === 'sql' ? inlinedCallsOf(node, sqlBody(node)) : null,
    fills: languageOf(node) === 'plpgsql' ? columnsFilledIn(optionText(node.options, 'as') ?? '') : [],
  } as const
  const others = catalog.functions(home, name).filter((item) => item.arguments !== fn.arguments)
  const replaces = others.length < catalog.functions(home, name).length
  if (!node.replace && replaces) {
    throw duplicateFunction(`function "${name}" already exists with same argument types`)
  }
  catalog.setFunctions(home, name, [...others, fn])
  const overloads = catalog.bodies(home, name).filter((body) => inputTypes(body) !== inputTypes(node))
  catalog.setBodies(home, name, [...overloads, node])
  validateBody(node, context)
  context.recordChange({ kind: 'creates function', name, count: 1, replaces })
}

/**
 * CREATE FUNCTION reads the syntax of a body in SQL or PL/pgSQL; one in SQL is analyzed, which locks the relations it writes
 * (fmgr_sql_validator, plpgsql_validator). Not with check_function_bodies off.
 */
function validateBody(node: CreateFunctionStmt, context: StatementContext): void {
  const { catalog } = context
  if (/^(off|false|no|0)$/i.test(catalog.setting('check_function_bodies') ?? '')) return
  const language = languageOf(node)
  if (language === 'plpgsql') requirePlpgsqlSyntax(node)
  if (language !== 'sql') return
  const broken = parseSql(optionText(node.options, 'as') ?? '').statements.find((statement) => statement.error)
  if (broken?.error) throw syntaxError(broken.error.message)
  // With a polymorphic parameter the types are not known before a call, and nothing is analysed.
  const polymorphic = (node.parameters ?? []).some(
    (parameter) =>
      'FunctionParameter' in parameter && /^any/.test(strings(parameter.FunctionParameter.argType?.names).at(-1) ?? ''),
  )
  if (polymorphic) return
  const before = catalog.setting('search_path')
  const path = searchPathOf(node)
  if (path !== null) catalog.setSetting('search_path', path)
  const named = (node.parameters ?? []).some(
    (parameter) => 'FunctionParameter' in parameter && parameter.FunctionParameter.name,
  )
  for (const inner of sqlBody(node)) analyse(context, inner, named)
  if (path !== null) catalog.setSetting('search_path', before)
}

/** SET search_path of a function. */
function searchPathOf(node: CreateFunctionStmt): string | null {
  for (const option of node.options ?? []) {
    const set = 'DefElem' in option && option.DefElem.defname === 'set' ? option.DefElem.arg : undefined
    if (!set || !('VariableSetStmt' in set) || set.VariableSetStmt.name !== 'search_path') continue
    return (set.VariableSetStmt.args ?? []).map(valueText).join(', ')
  }
  return null
}

/** The relations of a body in BEGIN ATOMIC, with their columns, and those whose row type an argument or the result has. */
function tiesOf(node: CreateFunctionStmt, context: StatementContext): { relation: number; columns: string[] }[] {
  const types = [
    node.returnType,
    ...(node.parameters ?? []).map(
      (parameter) => 'FunctionParameter' in parameter && parameter.FunctionParameter.argType,
    ),
  ]
  const rows = types.flatMap((type) => {
    const { schema, name } = qualifiedName(type ? type.names : undefined)
    const relation = name ? context.catalog.find(schema, name) : null
    return relation ? [{ relation: relation.id, columns: [] }] : []
  })
  let read: Relation['reads'] = []
  // Its parameters may be named like columns.
  if (node.sql_body)
    context.withVariables(() => {
      read = readsOf(context, sqlBody(node))
    })
  return [...rows, ...read]
}

function requireParameterType(context: StatementContext, type: TypeName | undefined, quote: string): void {
  if (!type || type.pct_type) return
  try {
    requireType(context, typeOf(type, context.catalog))
  } catch (error) {
    if (!(error instanceof StatementFails)) throw error
    throw new StatementFails(error.sqlstate, error.message.replaceAll('"', quote), error.object)
  }
}

/** The parser does not know the meaning of names, so that only errors of the grammar count. */
function requirePlpgsqlSyntax(node: CreateFunctionStmt): void {
  try {
    codeStatements(print({ CreateFunctionStmt: node }))
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    if (/^syntax error at/.test(message)) throw syntaxError(message)
  }
}

/** Fails when no function of this name exists: the function of a trigger takes no arguments that could decide. */
export function requireFunction(context: StatementContext, names: Node[] | undefined): void {
  const { schema, name } = qualifiedName(names)
  if (exists(context, schema, name)) return
  const shown = schema === null ? name : `${schema}.${name}`
  throw undefinedFunction(`function ${shown}() does not exist`, { kind: 'function', name: shown })
}

/** DROP FUNCTION: triggers and defaults that call it prevent it, or are dropped by CASCADE, which locks their tables. */
export function dropFunctions(node: DropStmt, context: StatementContext): void {
  const { catalog } = context
  for (const object of node.objects ?? []) {
    if (!('ObjectWithArgs' in object)) continue
    const { objname, objargs, args_unspecified } = object.ObjectWithArgs
    const { schema, name } = qualifiedName(objname)
    const types = (objargs ?? []).flatMap((objarg) =>
      'TypeName' in objarg ? [printType(typeOf(objarg.TypeName, catalog))] : [],
    )
    const shown = `${schema === null ? '' : `${schema}.`}${name}`
    if (schema !== null && !node.missing_ok) requireSchema(context, schema)
    if (!exists(context, schema, name)) {
      if (node.missing_ok) continue
      throw undefinedFunction(
        args_unspecified
          ? `could not find a function named "${shown}"`
          : `function ${shown}(${types.join(', ')}) does not exist`,
        { kind: 'function', name: shown },
      )
    }
    const overloads = catalog.functions(schema, name)
    const home = overloads[0]?.schema ?? schema ?? catalog.creationSchema
    for (const relation of [...catalog.all()]) {
      const dependent =
        (args_unspecified || types.length === 0) &&
        relation.triggers.filter((trigger) => calls(context, trigger.definition, home, name))
      if (!dependent || dependent.length === 0) continue
      if (node.behavior !== 'DROP_CASCADE') {
        const visible = catalog.searchPath.includes(home) ? name : `${home}.${name}`
        throw dependentObjectsStillExist(
          `cannot drop function ${visible}() because other objects depend on it`,
          null,
          dependent.map((trigger) => dependentTrigger(relation, trigger.name)),
        )
      }
      dropTriggers(context, relation, dependent, because(`its trigger calls \`${name}()\``))
    }
    // Of several functions with one name those with as many arguments go.
    const gone = overloads.filter(
      (overload) => args_unspecified || overloads.length === 1 || argumentsOf(overload.arguments) === types.length,
    )
    for (const place of new Set(gone.map((item) => item.schema))) {
      const left = overloads.filter((overload) => overload.schema === place && !gone.includes(overload))
      catalog.setFunctions(place, name, left)
      if (left.length === 0) catalog.setBodies(place, name, [])
    }
    if (gone.length > 0 || overloads.length === 0) {
      const trigger = gone.length > 0 && gone.every((item) => item.trigger)
      context.recordChange({ kind: 'drops function', name, count: Math.max(1, gone.length), trigger })
    }
  }
}

/** The number of arguments in their text as the server prints it. */
export function argumentsOf(text: string): number {
  return text.trim() === '' ? 0 : text.replace(/\([^)]*\)/g, '').split(',').length
}

/** Triggers go with ACCESS EXCLUSIVE on their table, and on its partitions, which have copies. */
function dropTriggers(
  context: StatementContext,
  relation: Relation,
  gone: Relation['triggers'],
  through: Through,
): void {
  const { catalog } = context
  const names = gone.map((item) => item.name)
  for (const member of relation.kind === 'partitioned table' ? catalog.withDescendants(relation) : [relation]) {
    context.lock(member, 'AccessExclusiveLock', { through })
    catalog.change(member, { triggers: member.triggers.filter((trigger) => !names.includes(trigger.name)) })
  }
}

function calls(context: StatementContext, definition: string, home: string, name: string): boolean {
  // Nearly every definition is spared the parser by this.
  if (!definition.includes(name)) return false
  try {
    const node = parseOne(definition)
    const called = 'CreateTrigStmt' in node ? qualifiedName(node.CreateTrigStmt.funcname) : null
    if (called?.name !== name) return false
    const own = called.schema ?? context.catalog.functions(null, name)[0]?.schema
    return own === undefined || own === home
  } catch {
    return false
  }
}

function exists({ catalog }: StatementContext, schema: string | null, name: string): boolean {
  if (catalog.mayHoldMore || catalog.extensions.has(anyExtension)) return true
  if (schema?.startsWith('pg_') || schema === 'information_schema') return true
  if (bringsFunction(catalog, schema, name)) return true
  // The functions of an extension that does not come with PostgreSQL are not read.
  const extended = [...catalog.extensions.keys()].some(
    (extension) => extensionMembers(extension, catalog.major) === null,
  )
  return extended || catalog.functions(schema, name).length > 0
}
