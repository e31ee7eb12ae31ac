import type { ForInStatement, ForOfStatement, Statement, SwitchStatement, TryStatement } from 'oxc-parser'
import { assign, bind } from './bindings.ts'
import { declareClass, declareEnum } from './declarations.ts'
import { evaluate } from './javascript-expressions.ts'
import { absent, either, text, truthy, type Unknown, unknown, type Value, variants } from './javascript-values.ts'
import type { Machine } from './machine.ts'
import { equal } from './operators.ts'
import type { Scope } from './scope.ts'

/** How a statement ends. */
export type Completion =
  | { kind: 'next' }
  | { kind: 'return'; value: Value }
  | { kind: 'break' | 'continue'; label: string | null }
  | { kind: 'throw' }

const next: Completion = { kind: 'next' }
const mostTurns = 5_000

/** The value of a function: of a return in an undecided branch, or at its end. */
export function joinedReturns(frame: Value[], completion: Completion): Value {
  const last = completion.kind === 'return' ? completion.value : absent
  return frame.length === 0 || completion.kind === 'throw' ? last : frame.reduce(either, last)
}

/** Function declarations are there before the first statement. */
export function hoist(machine: Machine, body: readonly { type: string }[], scope: Scope): void {
  for (const statement of body as Statement[]) {
    const inner =
      statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration'
        ? statement.declaration
        : statement
    if (inner?.type === 'FunctionDeclaration' && inner.id && inner.body)
      scope.declare(inner.id.name, { kind: 'closure', node: inner, scope, self: absent })
    if (inner?.type === 'TSEnumDeclaration') declareEnum(machine, inner, scope)
  }
}

/** Follows a statement. `frame` collects what the function returned where a condition was not decided. */
export function execute(machine: Machine, statement: Statement, scope: Scope, frame: Value[]): Completion {
  machine.step()
  switch (statement.type) {
    case 'ExpressionStatement':
      evaluate(machine, statement.expression, scope)
      return next
    case 'VariableDeclaration':
      for (const { id, init } of statement.declarations)
        bind(machine, id, init ? evaluate(machine, init, scope) : absent, scope)
      return next
    case 'ReturnStatement':
      return { kind: 'return', value: statement.argument ? evaluate(machine, statement.argument, scope) : absent }
    case 'BlockStatement': {
      const inner = scope.inner()
      hoist(machine, statement.body, inner)
      return executeAll(machine, statement.body, inner, frame)
    }
    case 'IfStatement':
      return executeIf(machine, statement, scope, frame)
    case 'ForOfStatement':
    case 'ForInStatement':
      return executeForOf(machine, statement, scope, frame)
    case 'ForStatement': {
      const inner = scope.inner()
      if (statement.init?.type === 'VariableDeclaration') execute(machine, statement.init, inner, frame)
      else if (statement.init) evaluate(machine, statement.init, inner)
      const test = statement.test
      return executeWhile(machine, inner, frame, statement.body, {
        test: () => (test ? evaluate(machine, test, inner) : { kind: 'boolean', value: true }),
        update: () => statement.update && evaluate(machine, statement.update, inner),
      })
    }
    case 'WhileStatement':
      return executeWhile(machine, scope, frame, statement.body, {
        test: () => evaluate(machine, statement.test, scope),
        update: () => {},
      })
    case 'DoWhileStatement': {
      const first = execute(machine, statement.body, scope, frame)
      if (first.kind === 'return' || first.kind === 'throw') return first
      if (first.kind === 'break') return next
      return executeWhile(machine, scope, frame, statement.body, {
        test: () => evaluate(machine, statement.test, scope),
        update: () => {},
      })
    }
    case 'TryStatement':
      return executeTry(machine, statement, scope, frame)
    case 'SwitchStatement':
      return executeSwitch(machine, statement, scope, frame)
    case 'ThrowStatement':
      return { kind: 'throw' }
    case 'BreakStatement':
      return { kind: 'break', label: statement.label?.name ?? null }
    case 'ContinueStatement':
      return { kind: 'continue', label: statement.label?.name ?? null }
    case 'LabeledStatement': {
      const completion = execute(machine, statement.body, scope, frame)
      const isOwn = 'label' in completion && completion.label === statement.label.name
      return isOwn ? next : completion
    }
    case 'ClassDeclaration':
      declareClass(machine, statement, scope)
      return next
    case 'TSEnumDeclaration':
      declareEnum(machine, statement, scope)
      return next
    default:
      return next
  }
}

/** One after another, up to one that leaves. */
function executeAll(machine: Machine, body: readonly { type: string }[], scope: Scope, frame: Value[]): Completion {
  for (const statement of body as Statement[]) {
    const completion = execute(machine, statement, scope, frame)
    if (completion.kind !== 'next') return completion
  }
  return next
}

function executeIf(
  machine: Machine,
  statement: Extract<Statement, { type: 'IfStatement' }>,
  scope: Scope,
  frame: Value[],
): Completion {
  const test = evaluate(machine, statement.test, scope)
  const decided = truthy(test)
  const { consequent, alternate } = statement
  if (decided !== null) {
    const taken = decided ? consequent : alternate
    return taken ? execute(machine, taken, scope, frame) : next
  }
  const rows = machine.rows
  if (isOfRows(test)) machine.rows++
  const ends = machine.journal.branches([
    () => machine.maybe(() => execute(machine, consequent, scope, frame)),
    () => (alternate ? machine.maybe(() => execute(machine, alternate, scope, frame)) : next),
  ])
  machine.rows = rows
  return undecided(machine, ends, frame)
}

/** A branch whose condition looks at rows: only where rows are there is it taken. */
function isOfRows(test: Value): boolean {
  return variants(test).some((value) => value.kind === 'unknown' && value.isData)
}

/** Of several branches one is taken: code after one that leaves runs only where it was not taken. */
function undecided(machine: Machine, ends: Completion[], frame: Value[]): Completion {
  const open = ends.filter(({ kind }) => kind !== 'throw')
  const [first] = open
  if (!first) return { kind: 'throw' }
  if (open.every(({ kind }) => kind === 'next')) return next
  const returns = open.flatMap((end) => (end.kind === 'return' ? [end.value] : []))
  if (returns.length === open.length) return { kind: 'return', value: returns.reduce(either) }
  if (open.length === 1 || open.every(({ kind }) => kind === first.kind && kind !== 'return')) return first
  frame.push(...returns)
  machine.depends++
  return next
}

function executeForOf(
  machine: Machine,
  statement: ForOfStatement | ForInStatement,
  scope: Scope,
  frame: Value[],
): Completion {
  const over = evaluate(machine, statement.right, scope)
  const items = statement.type === 'ForOfStatement' ? itemsOf(over) : keysOf(over)
  const turn = (item: Value): Completion => {
    const inner = scope.inner()
    const { left } = statement
    const [declared] = left.type === 'VariableDeclaration' ? left.declarations : []
    if (declared) bind(machine, declared.id, item, inner)
    else if (left.type !== 'VariableDeclaration') assign(machine, left, item, scope)
    const before = machine.depends
    const completion = execute(machine, statement.body, inner, frame)
    machine.depends = before
    return completion
  }
  for (const item of items.items) {
    const completion = turn(item)
    if (completion.kind === 'break') return completion.label === null ? next : completion
    if (completion.kind === 'return' || completion.kind === 'throw') return completion
    if (completion.kind === 'continue' && completion.label !== null) return completion
  }
  const { open } = items
  if (!open) return next
  if (open.isData) machine.rows++
  machine.journal.branches([() => machine.maybe(() => turn(open)), () => next])
  if (open.isData) machine.rows--
  return next
}

/** The values of a loop; `open` means that there may be unknown ones. */
export function itemsOf(value: Value): { items: Value[]; open: Unknown | null } {
  switch (value.kind) {
    case 'list':
      return value
    case 'text':
      return { items: [...value.value].map((character) => text(character)), open: null }
    case 'unknown':
      return { items: [], open: value }
    case 'choice':
      return { items: [], open: unknown('conditions decide it') }
    default:
      return { items: [], open: null }
  }
}

function keysOf(value: Value): { items: Value[]; open: Unknown | null } {
  if (value.kind === 'fields') return { items: [...value.fields.keys()].map((key) => text(key)), open: value.open }
  if (value.kind === 'list') return { items: value.items.map((_, at) => text(String(at))), open: value.open }
  return { items: [], open: value.kind === 'unknown' ? value : null }
}

function executeWhile(
  machine: Machine,
  scope: Scope,
  frame: Value[],
  body: Statement,
  way: { test: () => Value; update: () => unknown },
): Completion {
  for (let turns = 0; turns < mostTurns; turns++) {
    const test = way.test()
    const decided = truthy(test)
    if (decided === false) return next
    const before = machine.depends
    const run = () => execute(machine, body, scope.inner(), frame)
    if (decided === null) {
      const isData = isOfRows(test)
      if (isData) machine.rows++
      machine.journal.branches([() => machine.maybe(run), () => next])
      if (isData) machine.rows--
      return next
    }
    const completion = run()
    const wasLeft = machine.depends > before
    machine.depends = before
    if (completion.kind === 'break') return completion.label === null ? next : completion
    if (completion.kind === 'return' || completion.kind === 'throw') return completion
    // A condition that is not decided may have left the loop: another turn would add nothing.
    if (wasLeft) return next
    way.update()
  }
  return next
}

function executeTry(
  machine: Machine,
  { block, handler, finalizer }: TryStatement,
  scope: Scope,
  frame: Value[],
): Completion {
  let completion = execute(machine, block, scope, frame)
  if (handler) {
    const caught = (): Completion => {
      const inner = scope.inner()
      if (handler.param) bind(machine, handler.param, unknown('it is an error that was caught'), inner)
      return machine.handling(() => execute(machine, handler.body, inner, frame))
    }
    if (completion.kind === 'throw') completion = caught()
    else machine.journal.branches([() => next, () => machine.maybe(caught)])
  }
  const last = finalizer ? execute(machine, finalizer, scope, frame) : next
  return last.kind === 'next' ? completion : last
}

function executeSwitch(
  machine: Machine,
  { discriminant, cases }: SwitchStatement,
  scope: Scope,
  frame: Value[],
): Completion {
  const value = evaluate(machine, discriminant, scope)
  const tests = cases.map(({ test }) => (test ? equal(value, evaluate(machine, test, scope)) : false))
  const from = (at: number): Completion => {
    const inner = scope.inner()
    for (const { consequent } of cases.slice(at)) {
      const completion = executeAll(machine, consequent, inner, frame)
      if (completion.kind === 'break' && completion.label === null) return next
      if (completion.kind !== 'next') return completion
    }
    return next
  }
  const fallback = cases.findIndex(({ test }) => test === null)
  const taken = tests.indexOf(true)
  if (tests.includes(null)) {
    const ends = machine.journal.branches(
      cases.flatMap(({ consequent }, at) =>
        tests[at] !== false || at === fallback
          ? consequent.length > 0
            ? [() => machine.maybe(() => from(at))]
            : []
          : [],
      ),
    )
    return undecided(machine, fallback < 0 ? [...ends, next] : ends, frame)
  }
  const at = taken >= 0 ? taken : fallback
  return at < 0 ? next : from(at)
}
