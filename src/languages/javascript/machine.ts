import type { ArrowFunctionExpression, Function as FunctionNode } from 'oxc-parser'
import { bind } from './bindings.ts'
import { evaluate } from './javascript-expressions.ts'
import { type Completion, execute, hoist, joinedReturns } from './javascript-statements.ts'
import {
  absent,
  type Closure,
  each,
  either,
  type Host,
  list,
  Undetermined,
  unknown,
  type Value,
} from './javascript-values.ts'
import { Journal, type Scope } from './scope.ts'

/** Where the code is, as a call in the migration's own file. */
export interface Site {
  start: number
  end: number
  /** `depends`: a condition that is not decided leads here. */
  when: 'always' | 'depends'
  /** In a loop over rows of the database. */
  overRows: boolean
}

/** Code that is followed longer than this is not read: a loop may be meant to run for ever. */
const mostSteps = 400_000
const deepest = 60

/** Thrown where code is too long to be followed. */
export class TooLong extends Error {}

/** The values of code, found by following it as far as that is decided before it runs. Nothing is run. */
export class Machine {
  readonly journal = new Journal()
  /** The migration's file: places are of it. */
  readonly path: string
  /** Undecided conditions around the code that is followed. */
  depends = 0
  /** Loops over rows around it. */
  rows = 0
  /** Called for code that the machine cannot follow and that was handed something that sends SQL. */
  onLost: (reason: string) => void = () => {}
  /** The exports of an imported file or package; its first argument is the importing file. */
  readonly importOf: (from: string, specifier: string) => Value
  readonly globals: ReadonlyMap<string, Value>
  readonly #text: (path: string) => string
  readonly #calls: { file: string; start: number; end: number }[] = []
  #steps = 0

  constructor(given: {
    path: string
    importOf: (machine: Machine, from: string, specifier: string) => Value
    globals: (machine: Machine) => ReadonlyMap<string, Value>
    text: (path: string) => string
  }) {
    this.path = given.path
    this.importOf = (from, specifier) => given.importOf(this, from, specifier)
    this.globals = given.globals(this)
    this.#text = given.text
  }

  /** Counts work; throws {@link TooLong}. */
  step(): void {
    if (++this.#steps > mostSteps) throw new TooLong()
  }

  /** The innermost call of the migration's own file that is under way. */
  get site(): Site {
    const call = this.#calls.findLast(({ file }) => file === this.path)
    return {
      start: call?.start ?? 0,
      end: call?.end ?? 0,
      when: this.depends > 0 ? 'depends' : 'always',
      overRows: this.rows > 0,
    }
  }

  /** The file's text between two offsets. */
  slice(scope: Scope, start: number, end: number): string {
    return this.#text(scope.file).slice(start, end)
  }

  /** The text of a node for a reason, shortened to one line. */
  shown(scope: Scope, { start, end }: { start: number; end: number }): string {
    const words = this.#text(scope.file).slice(start, end).replace(/\s+/g, ' ').replaceAll('`', "'")
    return words.length > 60 ? `${words.slice(0, 57)}…` : words
  }

  /** Runs what a condition decides that is not known: all of it may happen. */
  maybe<T>(run: () => T): T {
    const before = this.depends
    this.depends++
    try {
      return run()
    } finally {
      this.depends = before
    }
  }

  /** In a handler of errors: code that undoes, which does not run when all goes well. */
  isHandling = false

  handling<T>(run: () => T): T {
    const before = this.isHandling
    this.isHandling = true
    try {
      return run()
    } finally {
      this.isHandling = before
    }
  }

  /** At a place of the file. */
  at<T>(file: string, node: { start: number; end: number }, run: () => T): T {
    this.#calls.push({ file, start: node.start, end: node.end })
    try {
      return run()
    } finally {
      this.#calls.pop()
    }
  }

  /** Calls a function of the code or a host. */
  call(callee: Value, args: Value[], self: Value = absent): Value {
    this.step()
    switch (callee.kind) {
      case 'closure':
        return this.#callClosure(callee, args, self)
      case 'host':
        return this.#callHost(callee, args, self)
      case 'choice':
        return callee.values.map((value) => this.maybe(() => this.call(value, args, self))).reduce(either)
      default:
        return this.lost(
          callee.kind === 'unknown' ? callee : unknown('it calls something that is no function'),
          args,
          self,
        )
    }
  }

  construct(callee: Value, args: Value[]): Value {
    if (callee.kind === 'host' && callee.construct) return determined(() => callee.construct?.(args) ?? absent)
    if (callee.kind === 'class') return this.instance(callee, args)
    if (callee.kind === 'choice') return each(callee, (value) => this.construct(value, args))
    const reason = callee.kind === 'unknown' ? callee.reason : 'it makes an object of something that is no class'
    return this.lost(unknown(reason), args, absent)
  }

  /** An object of a class of the code, with its fields. */
  instance(made: Extract<Value, { kind: 'class' }>, args: Value[]): Value {
    const self: Value = { kind: 'fields', fields: new Map(), open: null, class: made }
    for (let item: Value | null = made; item; item = item.kind === 'class' ? item.base : null) {
      if (item.kind !== 'class') {
        if (item.kind === 'unknown') self.open = item
        if (item.kind === 'host') {
          const base = item.construct?.(args)
          if (base?.kind === 'fields')
            for (const [key, value] of base.fields) if (!self.fields.has(key)) self.fields.set(key, value)
        }
        break
      }
      for (const element of item.node.body.body) {
        if (element.type !== 'PropertyDefinition' || element.static) continue
        const key = 'name' in element.key ? String(element.key.name) : null
        if (key === null || self.fields.has(key)) continue
        const scope = item.scope.inner(self)
        self.fields.set(key, element.value ? evaluate(this, element.value, scope) : absent)
      }
      const maker = item.node.body.body.find(
        (element) => element.type === 'MethodDefinition' && element.kind === 'constructor',
      )
      if (maker?.type === 'MethodDefinition' && maker.value.body)
        this.call({ kind: 'closure', node: maker.value, scope: item.scope, self }, args, self)
      if (maker) break
    }
    return self
  }

  /** The result of `await`: a builder sends its SQL then. */
  settle(value: Value): Value {
    if (value.kind === 'host' && value.settle) return value.settle()
    return value.kind === 'choice'
      ? each(value, (item) => (item.kind === 'choice' ? item : this.maybe(() => this.settle(item))))
      : value
  }

  /**
   * A call that cannot be followed. Functions handed to it may be called; when something that sends SQL is handed to it,
   * so may SQL that is not seen.
   */
  lost(reason: Extract<Value, { kind: 'unknown' }>, args: Value[], self: Value): Value {
    if ([self, ...args].some((value) => sends(value, 2))) this.onLost(reason.reason)
    const before = this.rows
    if (reason.isData) this.rows++
    for (const value of args) {
      if (value.kind !== 'closure') continue
      const element = unknown(reason.reason, reason)
      this.maybe(() =>
        this.journal.branches([
          () => this.settle(this.call(value, [element, unknown(reason.reason, reason)])),
          () => absent,
        ]),
      )
    }
    this.rows = before
    return reason
  }

  #callHost(host: Host, args: Value[], self: Value): Value {
    if (!host.call) return this.lost(unknown(`it calls \`${host.name}\`, which is no function`), args, self)
    const call = host.call.bind(host)
    const at = args.findIndex((value) => value.kind === 'choice')
    const choice = args[at]
    if (choice?.kind !== 'choice') return determined(() => call(args, self))
    return choice.values
      .map((value) => this.maybe(() => this.#callHost(host, args.with(at, value), self)))
      .reduce((all, next) => either(all, next))
  }

  #callClosure({ node, scope: outer, self: bound }: Closure, args: Value[], self: Value): Value {
    if (!node.body || node.generator) return unknown('it calls a generator')
    if (this.#depth >= deepest) return unknown('functions call each other without end')
    const isArrow = node.type === 'ArrowFunctionExpression'
    const scope = outer.inner(isArrow ? null : self.kind === 'undefined' ? bound : self)
    if (!isArrow) scope.declare('arguments', list(args))
    const before = this.depends
    this.#depth++
    try {
      this.#bindParameters(node, args, scope)
      const value = this.#run(node, scope)
      return node.async ? this.settle(value) : value
    } finally {
      this.#depth--
      this.depends = before
    }
  }

  #depth = 0

  #bindParameters(node: FunctionNode | ArrowFunctionExpression, args: Value[], scope: Scope): void {
    node.params.forEach((parameter, at) => {
      if (parameter.type === 'RestElement') bind(this, parameter.argument, list(args.slice(at)), scope)
      else if (parameter.type === 'TSParameterProperty') {
        const value = args[at] ?? absent
        bind(this, parameter.parameter, value, scope)
        const { self } = scope
        if (self?.kind === 'fields' && parameter.parameter.type === 'Identifier')
          self.fields.set(parameter.parameter.name, value)
      } else bind(this, parameter, args[at] ?? absent, scope)
    })
  }

  #run(node: FunctionNode | ArrowFunctionExpression, scope: Scope): Value {
    const { body } = node
    if (!body) return absent
    if (body.type !== 'BlockStatement') return evaluate(this, body as Parameters<typeof evaluate>[1], scope)
    hoist(this, body.body, scope)
    const frame: Value[] = []
    const completion: Completion = execute(this, body, scope, frame)
    return joinedReturns(frame, completion)
  }
}

/** The value that a host gives; unknown where it cannot say. */
function determined(give: () => Value): Value {
  try {
    return give()
  } catch (error) {
    if (error instanceof Undetermined) return unknown(error.message, { isData: error.isData })
    throw error
  }
}

/** True for what sends SQL, and for objects and lists that hold it. */
function sends(value: Value, depth: number): boolean {
  if (value.kind === 'host') return value.sends
  if (depth === 0) return false
  if (value.kind === 'list') return value.items.some((item) => sends(item, depth - 1))
  if (value.kind === 'fields') return [...value.fields.values()].some((item) => sends(item, depth - 1))
  return value.kind === 'choice' && value.values.some((item) => sends(item, depth))
}
