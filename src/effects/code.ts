import type { CallStmt, CreateFunctionStmt, DoStmt, FuncCall, Node, SelectStmt } from '@pgsql/types'
import { calmFunctions, volatileFunctions } from '../catalog/builtins.ts'
import { parseOne, parseSql } from '../sql/parse.ts'
import { type CodeStatement, codeStatements } from '../sql/plpgsql.ts'
import { print } from '../sql/quote.ts'
import { functionsIn, qualifiedName, strings } from '../sql/walk.ts'
import { constantText } from './constant-text.ts'
import { families, lockNoRelation, type StatementKind } from './families.ts'
import { CannotBeJudged, type Judging, StatementFails } from './judging.ts'

/** DO: static commands are judged as if they stood in the migration; what a branch decides is `depends`. */
export function doBlock(node: DoStmt, judging: Judging): void {
  const language = optionText(node.args, 'language')
  if (language !== null && language !== 'plpgsql') throw new CannotBeJudged(`DO in ${language} is not read`)
  runCode(`DO ${dollarQuoted(optionText(node.args, 'as') ?? '')}`, judging)
}

export function call(node: CallStmt, judging: Judging): void {
  runFunction(node.funccall ?? {}, judging, true)
}

/** Functions that a SELECT calls: bodies from the same review are followed, others of users are unknown. */
export function calledFunctions(node: SelectStmt, judging: Judging): void {
  for (const { schema, name } of functionsIn(node)) {
    if (name === 'set_config' || !isUnread(judging, schema, name)) continue
    runFunction(
      { funcname: [...(schema ? [{ String: { sval: schema } }] : []), { String: { sval: name } }] },
      judging,
      true,
    )
  }
}

function isUnread(judging: Judging, schema: string | null, name: string): boolean {
  const { catalog } = judging
  if (schema === 'pg_catalog' || (schema === null && (calmFunctions.has(name) || volatileFunctions.has(name))))
    return false
  const known = catalog.functions(schema, name)
  return known.length === 0 || known.some((fn) => fn.volatility === 'volatile')
}

function runFunction(node: FuncCall, judging: Judging, unknownOtherwise: boolean): void {
  const { schema, name } = qualifiedName(node.funcname)
  const made = judging.catalog.body(schema, name)
  if (!made) {
    if (unknownOtherwise) judging.cannotJudge(`it calls ${name}(), whose body is not in these migrations`)
    return
  }
  judging.nested(() => {
    const language = optionText(made.options, 'language') ?? 'sql'
    if (language === 'plpgsql') return runCode(print({ CreateFunctionStmt: made }), judging)
    if (language !== 'sql') return judging.cannotJudge(`${name}() is written in ${language}`)
    const { statements } = parseSql(optionText(made.options, 'as') ?? '')
    for (const { node: inner } of statements) if (inner) runNode(inner, judging)
  }, name)
}

/** Every command inside a DO block or function body, as far as it can be read: for what the catalog must tell of. */
export function nodesInCode(node: Node): Node[] {
  const definition =
    'CreateFunctionStmt' in node ? node.CreateFunctionStmt.options : 'DoStmt' in node ? node.DoStmt.args : undefined
  if (!definition) return []
  const body = optionText(definition, 'as') ?? ''
  try {
    if ('CreateFunctionStmt' in node && optionText(definition, 'language') !== 'plpgsql') {
      return parseSql(body).statements.flatMap((one) => one.node ?? [])
    }
    const code = codeStatements('DoStmt' in node ? `DO ${dollarQuoted(body)}` : print(node))
    return code.flatMap((one) => {
      const text = one.kind === 'static' ? one.sql : constantText(one.sql)
      return text === null ? [] : parseSql(text).statements.flatMap((inner) => inner.node ?? [])
    })
  } catch {
    // Code that does not parse is told of where it is judged.
    return []
  }
}

function runCode(statement: string, judging: Judging): void {
  let code: CodeStatement[]
  try {
    code = codeStatements(statement)
  } catch (error) {
    throw new StatementFails('42601', error instanceof Error ? error.message : String(error))
  }
  for (const one of code) runCodeStatement(one, judging)
}

function runCodeStatement(one: CodeStatement, judging: Judging): void {
  const text = one.kind === 'static' ? one.sql : constantText(one.sql)
  if (text === null)
    return judging.cannotJudge(`EXECUTE runs a text that only the database knows: ${one.sql.slice(0, 80)}`)
  const run = (): void => {
    let nodes: Node[]
    try {
      nodes = one.kind === 'static' ? [parseOne(text)] : parseSql(text).statements.flatMap((inner) => inner.node ?? [])
    } catch {
      return judging.cannotJudge(`a command inside the code does not parse by itself: ${text.slice(0, 80)}`)
    }
    for (const node of nodes) runNode(node, judging)
  }
  if (!one.depends && !one.guarded) return run()
  // A condition may be there just because the command would fail otherwise, and a handler may catch its error.
  const mark = judging.catalog.mark()
  try {
    if (one.depends) judging.depending(run)
    else run()
  } catch (error) {
    if (!(error instanceof StatementFails)) throw error
    judging.catalog.rollback(mark)
  }
}

function runNode(node: Node, judging: Judging): void {
  const kind = Object.keys(node)[0] as StatementKind
  const family = families[kind] as ((body: unknown, judging: Judging) => void) | undefined
  if (family) judging.withVariables(() => family(Object.values(node)[0], judging))
  else if (!lockNoRelation.has(kind)) judging.cannotJudge(`${kind} inside the code is not modelled`)
}

/** The body of a function made in this review, for the case that a later statement calls it. */
export function optionText(options: CreateFunctionStmt['options'], name: string): string | null {
  for (const one of options ?? []) {
    if (!('DefElem' in one) || one.DefElem.defname !== name || !one.DefElem.arg) continue
    const { arg } = one.DefElem
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
