import { bind, parameters } from './binding.ts'
import { Journal } from './journal.ts'
import type { CallCode, Code, FunctionCode, Place } from './tree.ts'
import {
  type FunctionValue,
  listValue,
  lookUp,
  nothing,
  pieceOf,
  type Scope,
  sameValue,
  textOf,
  textValue,
  truthOf,
  unknown,
  type Value,
} from './values.ts'

/** A call with its arguments evaluated. */
export interface Call extends Place {
  /** Null for a call by bare name. */
  target: Value | null
  name: string
  args: Value[]
  named: Map<string, Value>
  block: FunctionValue | null
  /** The call is a statement: its result is not used. */
  statement: boolean
  scope: Scope
}

/** The calls and operators that a language brings along; null for those that it does not know. */
export interface Language {
  /** Empty strings, empty lists and zero count as false. */
  falsy: boolean
  /** A loop over a dict goes over its keys (Python) or its pairs. */
  dictItems: 'keys' | 'pairs'
  call(call: Call, run: Run): Value | null
  operate(operator: string, left: Value, right: Value): Value | null
}

/** The files of a repository, by the names that code imports. */
export interface Modules {
  /** A name as the whole repository knows it; `file` is the one that imports it, null for the migration's own. */
  absolute(path: string, file: string | null): string
  /** The value that a file of the repository gives a name; null when none does. */
  value(path: string, run: Run): Value | null
  /** Every name that a file gives away; null when it is not in the repository. */
  all(path: string, run: Run): Map<string, Value> | null
}

/** The calls that a migration tool knows; null leaves a call to the language. */
export interface ToolCalls {
  call(call: Call, run: Run): Value | null
  /** Called for calls by bare name in a file that the migration imports, which send nothing. */
  declare?(call: Call, run: Run): void
  /** Called around the body of Python's `with`; gives the value that it binds. */
  enter?(value: Value, run: Run): Value
  leave?(value: Value, run: Run): void
}

interface Flow {
  ended: 'no' | 'maybe' | 'return' | 'raise' | 'loop'
  value: Value
}

/** More steps than any migration needs; stops a file that is built to loop. */
const stepLimit = 400_000
const depthLimit = 40

/**
 * Evaluates the constant parts of a program. Nothing is run: calls of unknown code give unknown values, both branches of
 * an unknown condition are followed, and calls in them are marked as depending on it.
 */
export class Run {
  /** Above zero: the place that is evaluated may not be reached. */
  uncertain = 0
  /** Instance variables and module attributes, by name with `@`. */
  readonly fields: Scope = { names: new Map(), outer: null, closed: true }
  private readonly language: Language
  private readonly tool: ToolCalls
  private readonly journal = new Journal()
  private readonly modules: Modules | null
  private steps = 0
  private depth = 0
  /** Above zero: a file is loaded that the migration imports; its calls send nothing. */
  private loading = 0
  /** The call of the migration's own file that led into another one. */
  private outside: Place | null = null

  constructor(language: Language, tool: ToolCalls, modules: Modules | null = null) {
    this.language = language
    this.tool = tool
    this.modules = modules
  }

  /** Runs what a file or class body defines and assigns; its calls reach the tool too. */
  load(body: Code[], scope: Scope): void {
    this.execute(body, scope)
  }

  /** Runs what another file of the repository defines and assigns. */
  loadModule(body: Code[], scope: Scope): void {
    const before = this.uncertain
    this.uncertain = 0
    this.loading++
    try {
      this.journal.aside(() => this.execute(body, scope))
    } finally {
      this.loading--
      this.uncertain = before
    }
  }

  /** Every name that a file of the repository gives away, by the words that ask for it; null for any other file. */
  namesOf(path: string): Map<string, Value> | null {
    return this.modules?.all(path, this) ?? null
  }

  /** The value of a name that another file of the repository defines; the name itself where none does. */
  resolved(value: Value): Value {
    if (value.kind !== 'path' || !this.modules) return value
    return this.modules.value(value.path, this) ?? value
  }

  /** Evaluates a function's body with these arguments and gives what it returns. */
  invoke(fn: FunctionValue, args: Value[], named: Map<string, Value>, block: FunctionValue | null): Value {
    if (this.depth >= depthLimit) return unknown('functions call each other too deeply')
    const before = this.uncertain
    this.depth++
    try {
      return this.invokeClauses(fn, args, named, block)
    } finally {
      this.depth--
      this.uncertain = before
    }
  }

  /** Evaluates a block for each item; calls in it are uncertain unless the items are known. */
  invokeMaybe(fn: FunctionValue, args: Value[]): Value {
    this.uncertain++
    try {
      return this.invoke(fn, args, new Map(), null)
    } finally {
      this.uncertain--
    }
  }

  evaluate(code: Code, scope: Scope, statement = false): Value {
    if (++this.steps > stepLimit) return unknown('the file computes too much')
    switch (code.kind) {
      case 'text':
        return { kind: 'text', text: code.text, at: scope.file === undefined ? code.at : null, symbol: code.symbol }
      case 'number':
        return { kind: 'number', text: code.text }
      case 'constant':
        return { kind: 'constant', value: code.value }
      case 'joined':
        return this.joined(code.parts, scope)
      case 'list':
        return this.list(code.items, scope)
      case 'dict':
        return this.dict(code.entries, scope)
      case 'name':
        return this.name(code.name, scope)
      case 'member':
        return this.member(this.evaluate(code.target, scope), code.name, code, scope)
      case 'index':
        return this.index(this.evaluate(code.target, scope), this.evaluate(code.key, scope))
      case 'call':
        return this.call(code, scope, statement)
      case 'operation':
        return this.operation(code.operator, code.left, code.right, scope)
      case 'not': {
        const truth = truthOf(this.evaluate(code.value, scope), this.language.falsy)
        return truth === null ? unknown('depends on a condition') : { kind: 'constant', value: !truth }
      }
      case 'function':
        return this.define(code, scope)
      case 'spread':
        return this.evaluate(code.value, scope)
      case 'other':
        return unknown(code.words)
      default:
        return this.step(code, scope).value
    }
  }

  /** Evaluates statements in order; its value is the last one's. */
  execute(body: Code[], scope: Scope): Flow {
    let flow: Flow = { ended: 'no', value: nothing }
    let ended: Flow['ended'] = 'no'
    for (const code of body) {
      flow = this.step(code, scope)
      if (flow.ended === 'return' || flow.ended === 'raise' || flow.ended === 'loop') return flow
      if (flow.ended === 'maybe' && ended === 'no') {
        ended = 'maybe'
        this.uncertain++
      }
    }
    return { ended, value: flow.value }
  }

  private step(code: Code, scope: Scope): Flow {
    switch (code.kind) {
      case 'choice':
        return this.choice(code, scope)
      case 'loop':
        return this.loop(code, scope)
      case 'repeat':
        this.uncertain++
        this.execute(code.body, scope)
        this.uncertain--
        return { ended: 'no', value: nothing }
      case 'assign': {
        const value = this.evaluate(code.value, scope)
        this.assign(code.pattern, value, scope)
        return { ended: 'no', value }
      }
      case 'class':
        return { ended: 'no', value: this.defineClass(code, scope) }
      case 'import':
        for (const { local, path } of code.names) this.import(local, path, scope)
        return { ended: 'no', value: nothing }
      case 'return':
        return { ended: 'return', value: code.value ? this.evaluate(code.value, scope, true) : nothing }
      case 'leave':
        return { ended: code.how, value: nothing }
      case 'body':
        return this.execute(code.body, scope)
      case 'within':
        return this.within(code, scope)
      case 'guarded':
        return this.guarded(code, scope)
      default:
        return { ended: 'no', value: this.evaluate(code, scope, true) }
    }
  }

  private import(local: string, path: string, scope: Scope): void {
    const whole = this.modules?.absolute(path, scope.file ?? null) ?? path
    if (local !== '*') return this.set(local, { kind: 'path', path: whole }, scope)
    for (const [name, value] of this.modules?.all(whole.replace(/\.?\*$/, ''), this) ?? []) this.set(name, value, scope)
  }

  private choice(code: Code & { kind: 'choice' }, scope: Scope): Flow {
    const truth = truthOf(this.evaluate(code.condition, scope), this.language.falsy)
    if (truth !== null) return this.execute(truth ? code.whenTrue : code.otherwise, scope)
    // A branch that only raises is none: the migration that succeeds took the other.
    if (raises(code.whenTrue)) return this.execute(code.otherwise, scope)
    if (raises(code.otherwise) && code.otherwise.length > 0) return this.execute(code.whenTrue, scope)
    const before = this.uncertain
    const flows = this.journal.branches([code.whenTrue, code.otherwise], (body) => {
      this.uncertain = before + 1
      return this.execute(body, scope)
    })
    this.uncertain = before
    const [then, otherwise] = flows as [Flow, Flow]
    const same = sameValue(then.value, otherwise.value) === true
    const value = same ? then.value : unknown('depends on a condition')
    const leaves = flows.some(({ ended }) => ended === 'return' || ended === 'loop' || ended === 'maybe')
    return { ended: leaves ? 'maybe' : 'no', value }
  }

  private loop(code: Code & { kind: 'loop' }, scope: Scope): Flow {
    const given = this.evaluate(code.items, scope)
    const keys = given.kind === 'dict' && this.language.dictItems === 'keys'
    const items = keys ? [...given.entries.keys()].map((key) => textValue(key)) : (itemsOf(given) ?? membersOf(given))
    const missing = given.kind === 'unknown' ? given.reason : 'a loop over items that are not known'
    const results: Value[] = []
    const before = this.uncertain
    let ended: Flow['ended'] = 'no'
    for (const item of items ?? [unknown(missing)]) {
      if (items === null) this.uncertain++
      if (!this.assign(code.pattern, item, scope)) continue
      const flow = this.execute(code.body, scope)
      this.uncertain = before
      results.push(flow.value)
      if (flow.ended === 'return') return items === null ? { ended: 'maybe', value: nothing } : flow
      if (flow.ended === 'maybe') ended = 'maybe'
    }
    this.uncertain = before
    const known = items !== null && code.collects
    if (!known) return { ended, value: unknown(missing) }
    if (!code.joins) return { ended, value: listValue(results) }
    const lost = results.find(({ kind }) => kind !== 'list')
    const joined = results.flatMap((result) => (result.kind === 'list' ? result.items : []))
    return { ended, value: lost ? unknown(lost.kind === 'unknown' ? lost.reason : missing) : listValue(joined) }
  }

  private within(code: Code & { kind: 'within' }, scope: Scope): Flow {
    const value = this.evaluate(code.value, scope)
    const entered = this.tool.enter?.(value, this) ?? value
    if (code.pattern) this.assign(code.pattern, entered, scope)
    const flow = this.execute(code.body, scope)
    this.tool.leave?.(entered, this)
    return flow
  }

  private guarded(code: Code & { kind: 'guarded' }, scope: Scope): Flow {
    const flow = this.execute(code.body, scope)
    for (const handler of code.handlers) {
      this.uncertain++
      this.execute(handler, scope)
      this.uncertain--
    }
    this.execute(code.always, scope)
    return flow
  }

  private define(code: FunctionCode, scope: Scope): Value {
    const earlier = code.name === '' ? undefined : scope.names.get(code.name)
    const clauses = code.method && earlier?.kind === 'function' ? earlier.clauses : []
    const value: Value = { kind: 'function', code, scope, clauses: [...clauses, code] }
    if (code.name !== '') this.set(code.name, value, scope)
    return value
  }

  private defineClass(code: Code & { kind: 'class' }, scope: Scope): Value {
    const superclass = code.superclass ? this.evaluate(code.superclass, scope) : null
    const inherited = superclass?.kind === 'class' ? superclass.scope.names : []
    const inner: Scope = { names: new Map(inherited), outer: scope, closed: true, file: scope.file }
    const value: Value = { kind: 'class', name: code.name, superclass, scope: inner }
    this.set(code.name, value, scope)
    this.execute(code.body, inner)
    return value
  }

  private invokeClauses(
    fn: FunctionValue,
    args: Value[],
    named: Map<string, Value>,
    block: FunctionValue | null,
  ): Value {
    const clauses = fn.clauses.length > 1 ? fn.clauses : [fn.code]
    for (const code of clauses) {
      const scope: Scope = { names: new Map(), outer: fn.scope, closed: code.name !== '', file: fn.scope.file }
      if (block) scope.names.set('&', block)
      const fits = parameters(
        code.params,
        args,
        named,
        (pattern, value) => this.assign(pattern, value, scope, true),
        (fallback) => this.evaluate(fallback, scope),
      )
      if (!fits) continue
      return this.execute(code.body, scope).value
    }
    return unknown(`no definition of ${fn.code.name} fits its arguments`)
  }

  private call(code: CallCode, scope: Scope, statement: boolean): Value {
    const bare = code.target === null && code.args.length === 0 && code.named.length === 0 && code.block === null
    const variable = bare ? lookUp(scope, code.name) : undefined
    if (variable && !/^(?:function|path|class)$/.test(variable.kind)) return variable
    const imported = code.target === null ? importedName(lookUp(scope, code.name)) : null
    const target = code.target === null ? (imported?.from ?? null) : this.evaluate(code.target, scope)
    const args = this.arguments(code.args, scope)
    const named = this.namedArguments(code.named, scope)
    const block = code.block ? (this.evaluate(code.block, scope) as FunctionValue) : null
    const { start, end } = scope.file === undefined ? code : (this.outside ?? code)
    const call: Call = { target, name: imported?.name ?? code.name, args, named, block, statement, scope, start, end }
    const own = ownFunction(call, (value) => this.resolved(value))
    if (own) return this.into(own, call, () => this.invoke(own, args, named, block))
    if (this.loading > 0 && call.target === null) this.tool.declare?.(call, this)
    const known = (this.loading > 0 ? null : this.tool.call(call, this)) ?? this.language.call(call, this)
    return (
      known ??
      made(call, target === null ? lookUp(scope, call.name) : this.resolved(memberOf(target, call.name) ?? nothing))
    )
  }

  /** Follows a function; in another file, its calls are at the call that led there. */
  private into(fn: FunctionValue, { scope, start, end }: Call, follow: () => Value): Value {
    if (fn.scope.file === undefined || scope.file !== undefined) return follow()
    const before = this.outside
    this.outside = { start, end }
    try {
      return follow()
    } finally {
      this.outside = before
    }
  }

  private arguments(codes: Code[], scope: Scope): Value[] {
    return codes.flatMap((code) => {
      const value = this.evaluate(code, scope)
      if (code.kind !== 'spread') return [value]
      return itemsOf(value) ?? [unknown('arguments that are not known')]
    })
  }

  private namedArguments(codes: CallCode['named'], scope: Scope): Map<string, Value> {
    const named = new Map<string, Value>()
    for (const { name, value } of codes) {
      const evaluated = this.evaluate(value, scope)
      if (name !== null) named.set(name, evaluated)
      else if (evaluated.kind === 'dict') for (const [key, item] of evaluated.entries) named.set(key, item)
      else named.set('**', unknown('options that are not known'))
    }
    return named
  }

  private name(name: string, scope: Scope): Value {
    const value = name.startsWith('@') ? this.fields.names.get(name) : lookUp(scope, name)
    return this.resolved(value ?? { kind: 'path', path: name })
  }

  private member(target: Value, name: string, place: Place, scope: Scope): Value {
    if (target.kind === 'class')
      return target.scope.names.get(name) ?? unknown(`${target.name}.${name} is not in this file`)
    if (target.kind === 'path') return this.resolved({ kind: 'path', path: `${target.path}.${name}` })
    if (target.kind === 'unknown') return target
    const call: Call = {
      target,
      name,
      args: [],
      named: new Map(),
      block: null,
      statement: false,
      scope,
      start: place.start,
      end: place.end,
    }
    return this.tool.call(call, this) ?? this.language.call(call, this) ?? made(call)
  }

  private index(target: Value, key: Value): Value {
    // `Migration[7.1]` is a class too.
    if (target.kind === 'class' && key.kind === 'number') return target
    const text = textOf(key)
    if (target.kind === 'dict' && text !== null) return target.entries.get(text) ?? nothing
    if (target.kind === 'list' && key.kind === 'number') return target.items.at(Number(key.text)) ?? nothing
    return target.kind === 'unknown' ? target : unknown('an element that is not known')
  }

  private operation(operator: string, leftCode: Code, rightCode: Code, scope: Scope): Value {
    const left = this.evaluate(leftCode, scope)
    const truth = truthOf(left, this.language.falsy)
    if (operator === 'and')
      return truth === null ? this.both(rightCode, scope, false) : truth ? this.evaluate(rightCode, scope) : left
    if (operator === 'or')
      return truth === null ? this.both(rightCode, scope, true) : truth ? left : this.evaluate(rightCode, scope)
    const right = this.evaluate(rightCode, scope)
    if (operator === '==' || operator === '!=') {
      const same = sameValue(left, right)
      if (same === null) return this.language.operate(operator, left, right) ?? unknown('depends on a condition')
      return { kind: 'constant', value: same === (operator === '==') }
    }
    if (operator === '+' && left.kind === 'text' && right.kind === 'text') return textValue(left.text + right.text)
    if (operator === '+' && (left.kind === 'text' || right.kind === 'text')) {
      const pieces = [pieceOf(left), pieceOf(right)]
      if (!pieces.includes(null)) return textValue(pieces.join(''))
    }
    if (operator === '+' && left.kind === 'list' && right.kind === 'list')
      return listValue([...left.items, ...right.items])
    const answer = this.language.operate(operator, left, right)
    if (answer) return answer
    const reason =
      left.kind === 'unknown' ? left.reason : right.kind === 'unknown' ? right.reason : `the operator ${operator}`
    return unknown(reason)
  }

  /** The right side of `and` or `or` decides alone when it gives this truth. */
  private both(code: Code, scope: Scope, decisive: boolean): Value {
    this.uncertain++
    const right = this.evaluate(code, scope)
    this.uncertain--
    return truthOf(right, this.language.falsy) === decisive ? right : unknown('depends on a condition')
  }

  private joined(parts: Code[], scope: Scope): Value {
    let text = ''
    for (const part of parts) {
      const value = this.evaluate(part, scope)
      const piece = pieceOf(value)
      if (piece === null)
        return unknown(value.kind === 'unknown' ? value.reason : 'a text with a part that is not known')
      text += piece
    }
    return textValue(text)
  }

  private list(items: Code[], scope: Scope): Value {
    return listValue(this.arguments(items, scope))
  }

  private dict(entries: { key: Code; value: Code }[], scope: Scope): Value {
    const values = new Map<string, Value>()
    for (const { key, value } of entries) {
      const evaluated = this.evaluate(value, scope)
      if (key.kind === 'spread') {
        if (evaluated.kind !== 'dict') return unknown('a part of a dict that is not known')
        for (const [name, item] of evaluated.entries) values.set(name, item)
        continue
      }
      const evaluatedKey = this.evaluate(key, scope)
      const name = textOf(evaluatedKey) ?? (evaluatedKey.kind === 'constant' ? String(evaluatedKey.value) : null)
      if (name === null) return unknown('a dict with a key that is not known')
      values.set(name, evaluated)
    }
    return { kind: 'dict', entries: values }
  }

  /** Gives false when the value cannot fit the pattern. */
  private assign(pattern: Parameters<typeof bind>[0], value: Value, scope: Scope, fresh = false): boolean {
    return bind(
      pattern,
      value,
      (name, bound) => (fresh ? scope.names.set(name, bound) : this.set(name, bound, scope)),
      (code) => this.evaluate(code, scope),
    )
  }

  private set(name: string, value: Value, scope: Scope): void {
    const names = name.startsWith('@') ? this.fields.names : holder(scope, name)
    this.journal.note(names, name)
    names.set(name, value)
  }
}

/** The items that a loop goes over; null when they are not known. */
export function itemsOf(value: Value): Value[] | null {
  if (value.kind === 'list') return value.items
  if (value.kind === 'dict') return [...value.entries].map(([key, item]) => listValue([textValue(key), item]))
  return null
}

/** The constants of a class of enums; null for other values. */
function membersOf(value: Value): Value[] | null {
  if (value.kind !== 'class') return null
  const own = [...value.scope.names].filter(([name, item]) => !name.startsWith('_') && item.kind !== 'function')
  return own.length === 0 ? null : own.map(([, item]) => item)
}

function holder(scope: Scope, name: string): Map<string, Value> {
  for (let at: Scope | null = scope; at !== null; at = at.closed ? null : at.outer) {
    if (at.names.has(name)) return at.names
  }
  return scope.names
}

/** The function of the file that a call reaches, as a bare name or as a method of a class of the file. */
function ownFunction({ target, name, scope }: Call, resolved: (value: Value) => Value): FunctionValue | null {
  const found = target === null ? lookUp(scope, name) : memberOf(target, name)
  const value = found && resolved(found)
  return value?.kind === 'function' ? value : null
}

function memberOf(target: Value, name: string): Value | undefined {
  if (target.kind === 'class') return target.scope.names.get(name)
  return target.kind === 'path' ? { kind: 'path', path: `${target.path}.${name}` } : undefined
}

/** A function that the file imports by name, as a member of the module that has it. */
function importedName(value: Value | undefined): { from: Value; name: string } | null {
  if (value?.kind !== 'path') return null
  const dot = value.path.lastIndexOf('.')
  return dot <= 0 ? null : { from: { kind: 'path', path: value.path.slice(0, dot) }, name: value.path.slice(dot + 1) }
}

function raises(body: Code[]): boolean {
  const last = body.at(-1)
  return last?.kind === 'leave' && last.how === 'raise'
}

function made(call: Call, callee: Value | undefined = undefined): Value {
  const { target, name, args, named, start, end } = call
  if (target?.kind === 'unknown') return target
  const of = callee?.kind === 'class' ? { of: callee } : {}
  const path =
    target === null ? name : target.kind === 'path' || target.kind === 'made' ? `${target.path}.${name}` : name
  return { kind: 'made', path, ...of, target, args, named, start, end }
}
