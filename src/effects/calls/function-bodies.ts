import type { CallStmt, CreateFunctionStmt, DoStmt, FuncCall, FunctionParameter, Node } from '@pgsql/types'
import { bringsFunction } from '../../catalog/called-functions.ts'
import { parseOne, parseSql } from '../../sql/parse.ts'
import { type CodeStatement, codeStatements } from '../../sql/plpgsql.ts'
import { print } from '../../sql/quote.ts'
import { qualifiedName, strings, walk } from '../../sql/walk.ts'
import { CannotBeJudged, StatementFails } from '../model/server-errors.ts'
import { syntaxError } from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import { constantStart, constantText } from './constant-text.ts'

/** DO: static commands are analyzed as if they were in the migration; commands in branches are `depends`. */
export function doBlock(node: DoStmt, context: StatementContext): void {
  const language = optionText(node.args, 'language')
  if (language !== null && language !== 'plpgsql') throw new CannotBeJudged(`DO in ${language} is not read`)
  const text = optionText(node.args, 'as') ?? ''
  context.commits = /\bloop\b/i.test(text) && /\bcommit\s*;/i.test(text)
  runCode(`DO ${dollarQuoted(text)}`, context)
  context.commits = false
}

/** CALL runs the procedure. */
export function call(node: CallStmt, context: StatementContext): void {
  runFunction(node.funccall ?? {}, context)
}

/** Functions that a query calls: bodies from the same review are followed, others of users are unknown. */
export function calledFunctions(node: object, context: StatementContext): void {
  walk(node, (kind, value) => {
    if (kind === 'FuncCall') {
      const { schema, name } = qualifiedName((value as FuncCall).funcname)
      if (name !== 'set_config' && isUnread(context, schema, name)) runFunction(value as FuncCall, context)
    }
    return undefined
  })
}

function isUnread(context: StatementContext, schema: string | null, name: string): boolean {
  const { catalog } = context
  const known = catalog.functions(schema, name)
  const brought = schema === 'pg_catalog' || bringsFunction(catalog, schema, name)
  return known.length === 0 ? !brought : known.some((fn) => fn.volatility === 'volatile')
}

function runFunction(node: FuncCall, context: StatementContext): void {
  const { schema, name } = qualifiedName(node.funcname)
  const count = node.args?.length ?? 0
  const bodies = context.catalog.bodies(schema, name).filter((body) => takes(body, count))
  if (bodies.length === 0) context.markUnknown(`it calls ${name}(), whose body is not in these migrations`)
  const run = (): void => {
    for (const made of bodies) context.enterBody(made, () => runBody(made, name, context))
  }
  // Which of several it is depends on the types of the arguments.
  if (bodies.length > 1) context.conditionally(run)
  else run()
}

/** Whether a call with so many arguments may mean this function. */
function takes(made: CreateFunctionStmt, count: number): boolean {
  const inputs = inputsOf(made)
  const most = inputs.some((input) => input.mode === 'FUNC_PARAM_VARIADIC') ? Number.POSITIVE_INFINITY : inputs.length
  return (
    inputs.filter((input) => !input.defexpr && input.mode !== 'FUNC_PARAM_VARIADIC').length <= count && count <= most
  )
}

function inputsOf(made: CreateFunctionStmt): FunctionParameter[] {
  return (made.parameters ?? []).flatMap((parameter) =>
    'FunctionParameter' in parameter &&
    !['FUNC_PARAM_OUT', 'FUNC_PARAM_TABLE'].includes(parameter.FunctionParameter.mode ?? '')
      ? [parameter.FunctionParameter]
      : [],
  )
}

/** Identifies an overload: the types of the arguments, as written. */
export function inputTypes(made: CreateFunctionStmt): string {
  return inputsOf(made)
    .map(({ argType }) => `${strings(argType?.names).at(-1)}${argType?.arrayBounds ? '[]' : ''}`)
    .join(', ')
}

/** The body of a function made in this review, as if it were called here. */
export function runBody(made: CreateFunctionStmt, name: string, context: StatementContext): void {
  const language = languageOf(made)
  if (language === 'plpgsql') {
    const known = codeOf.get(made) ?? readCode(print({ CreateFunctionStmt: made }))
    codeOf.set(made, known)
    for (const statement of known) runCodeStatement(statement, context, made.is_procedure !== true)
    return
  }
  if (language !== 'sql') return context.markUnknown(`${name}() is written in ${language}`)
  for (const inner of sqlBody(made)) runNode(inner, context)
}

/** In small letters; SQL when it does not say. */
export function languageOf(made: CreateFunctionStmt): string {
  return (optionText(made.options, 'language') ?? 'sql').toLowerCase()
}

/** The statements of an SQL function, written as a text or, from 14, as BEGIN ATOMIC. */
export function sqlBody(made: CreateFunctionStmt): Node[] {
  const text = optionText(made.options, 'as')
  if (text !== null) return parseSql(text).statements.flatMap((statement) => statement.node ?? [])
  const lists = made.sql_body && 'List' in made.sql_body ? (made.sql_body.List.items ?? []) : []
  return lists.flatMap((list) => ('List' in list ? (list.List.items ?? []) : [list]))
}

/** Every command inside a DO block or function body, as far as it can be read, to know which relations the catalog must contain. */
export function nodesInCode(node: Node): Node[] {
  const definition =
    'CreateFunctionStmt' in node ? node.CreateFunctionStmt.options : 'DoStmt' in node ? node.DoStmt.args : undefined
  if (!definition) return []
  const body = optionText(definition, 'as') ?? ''
  try {
    if ('CreateFunctionStmt' in node && languageOf(node.CreateFunctionStmt) !== 'plpgsql') {
      return parseSql(body).statements.flatMap((statement) => statement.node ?? [])
    }
    const code = codeStatements('DoStmt' in node ? `DO ${dollarQuoted(body)}` : print(node))
    return code.flatMap((statement) => {
      if (statement.kind === 'ends') return []
      const text = statement.kind === 'static' ? statement.sql : constantText(statement.sql)
      return text === null ? [] : parseSql(text).statements.flatMap((inner) => inner.node ?? [])
    })
  } catch {
    // Code that does not parse is reported where it is analyzed.
    return []
  }
}

/** A function may be called thousands of times: it is read once. */
const codeOf = new WeakMap<CreateFunctionStmt, CodeStatement[]>()

function runCode(statement: string, context: StatementContext): void {
  for (const item of readCode(statement)) runCodeStatement(item, context, false)
}

function readCode(statement: string): CodeStatement[] {
  try {
    return codeStatements(statement)
  } catch (error) {
    throw syntaxError(error instanceof Error ? error.message : String(error))
  }
}

function runCodeStatement(statement: CodeStatement, context: StatementContext, inFunction: boolean): void {
  if (statement.kind === 'ends') {
    const certain = !statement.depends && !statement.guarded && !context.isConditional
    const word = statement.sql === 'COMMIT' ? 'COMMIT' : 'ROLLBACK'
    return context.recordChange({ kind: 'ends transaction', word, certain, inFunction })
  }
  const text = statement.kind === 'static' ? statement.sql : constantText(statement.sql)
  if (text === null && locksNothing(statement.sql)) return
  if (text === null)
    return context.markUnknown(`EXECUTE runs a text that only the database knows: ${statement.sql.slice(0, 80)}`)
  const run = (): void => {
    let nodes: Node[]
    try {
      nodes =
        statement.kind === 'static' ? [parseOne(text)] : parseSql(text).statements.flatMap((inner) => inner.node ?? [])
    } catch {
      return context.markUnknown(`a command inside the code does not parse by itself: ${text.slice(0, 80)}`)
    }
    for (const node of nodes) runNode(node, context)
  }
  if (!statement.depends && !statement.guarded) return run()
  // A condition may be there just because the command would fail otherwise, and a handler may catch its error.
  const undoPoint = context.catalog.undoPoint()
  try {
    if (statement.depends) context.conditionally(run)
    else run()
  } catch (error) {
    if (!(error instanceof StatementFails)) throw error
    context.catalog.rollback(undoPoint)
  }
}

/** The constant beginning of the text shows a command that locks no relation, whatever follows. */
function locksNothing(expression: string): boolean {
  const start = constantStart(expression)
  return (
    start !== null &&
    !start.includes(';') &&
    /^\s*(grant|revoke|(create|alter|drop)\s+(role|user|group)\s|set\s|reset\s|notify\s|listen\s|(alter|create)\s+(database|default\s+privileges)\s)/i.test(
      start,
    )
  )
}

function runNode(node: Node, context: StatementContext): void {
  context.withVariables(() => {
    if (!context.runStatement(node)) context.markUnknown(`${Object.keys(node)[0]} inside the code is not modelled`)
  })
}

/** The body of a function made in this review, for the case that a later statement calls it. */
export function optionText(options: CreateFunctionStmt['options'], name: string): string | null {
  for (const option of options ?? []) {
    if (!('DefElem' in option) || option.DefElem.defname !== name || !option.DefElem.arg) continue
    const { arg } = option.DefElem
    if ('String' in arg) return arg.String.sval ?? null
    if ('List' in arg) return strings(arg.List.items)[0] ?? null
  }
  return null
}

function dollarQuoted(text: string): string {
  let tag = '$code$'
  for (let i = 0; text.includes(tag); i++) tag = `$code${i}$`
  return `${tag}${text}${tag}`
}
