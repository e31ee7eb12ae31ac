import type {
  Argument,
  CallExpression,
  Expression,
  MemberExpression,
  ObjectExpression,
  TemplateLiteral,
} from 'oxc-parser'
import { assign } from './bindings.ts'
import { declareClass, isGetter, methodOf } from './declarations.ts'
import {
  absent,
  asText,
  concatenated,
  each,
  either,
  fields,
  list,
  native,
  nothing,
  number,
  type Text,
  text,
  truthy,
  unknown,
  type Value,
  variants,
} from './javascript-values.ts'
import type { Machine } from './machine.ts'
import { listMethod, textMethod } from './methods.ts'
import { binary, unary } from './operators.ts'
import type { Scope } from './scope.ts'

/** The value of an expression; follows the calls in it. */
export function evaluate(machine: Machine, node: Expression, scope: Scope): Value {
  machine.step()
  switch (node.type) {
    case 'Literal':
      return literal(machine, node, scope)
    case 'TemplateLiteral':
      return template(machine, node, scope)
    case 'Identifier':
      return variable(machine, node.name, scope)
    case 'ThisExpression':
      return scope.this
    case 'ParenthesizedExpression':
    case 'TSAsExpression':
    case 'TSNonNullExpression':
    case 'TSSatisfiesExpression':
    case 'TSTypeAssertion':
    case 'ChainExpression':
      return evaluate(machine, node.expression, scope)
    case 'AwaitExpression':
      return machine.settle(evaluate(machine, node.argument, scope))
    case 'ArrayExpression':
      return listOf(machine, node.elements, scope)
    case 'ObjectExpression':
      return objectOf(machine, node, scope)
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return { kind: 'closure', node, scope, self: absent }
    case 'ClassExpression':
      return declareClass(machine, node, scope)
    case 'UnaryExpression':
      return unary(node.operator, evaluate(machine, node.argument, scope))
    case 'BinaryExpression':
      if (node.left.type === 'PrivateIdentifier') return unknown('it looks for a private field')
      return binary(node.operator, evaluate(machine, node.left, scope), evaluate(machine, node.right, scope))
    case 'LogicalExpression':
      return logical(machine, node.operator, evaluate(machine, node.left, scope), () =>
        evaluate(machine, node.right, scope),
      )
    case 'ConditionalExpression': {
      const test = evaluate(machine, node.test, scope)
      const decided = truthy(test)
      if (decided !== null) return evaluate(machine, decided ? node.consequent : node.alternate, scope)
      const rows = machine.rows
      const [a = absent, b = absent] = machine.journal.branches(
        [node.consequent, node.alternate].map((way) => () => machine.maybe(() => evaluate(machine, way, scope))),
      )
      machine.rows = rows
      return either(a, b)
    }
    case 'AssignmentExpression': {
      const { operator, left } = node
      const value = evaluate(machine, node.right, scope)
      if (operator === '=') {
        assign(machine, left, value, scope)
        return value
      }
      const before = evaluate(machine, left as Expression, scope)
      const kind = operator.slice(0, -1)
      const made = ['||', '&&', '??'].includes(kind)
        ? logical(machine, kind, before, () => value)
        : binary(kind, before, value)
      assign(machine, left, made, scope)
      return made
    }
    case 'UpdateExpression': {
      const before = evaluate(machine, node.argument as Expression, scope)
      const after = binary(node.operator === '++' ? '+' : '-', before, number(1))
      assign(machine, node.argument, after, scope)
      return node.prefix ? after : before
    }
    case 'SequenceExpression':
      return node.expressions.map((expression) => evaluate(machine, expression, scope)).at(-1) ?? absent
    case 'MemberExpression':
      return member(machine, evaluateObject(machine, node, scope), keyOf(machine, node, scope))
    case 'CallExpression':
      return call(machine, node, scope)
    case 'NewExpression': {
      const callee = evaluate(machine, node.callee, scope)
      const args = argumentsOf(machine, node.arguments, scope)
      return machine.at(scope.file, node, () => machine.construct(named(machine, callee, node.callee, scope), args))
    }
    case 'TaggedTemplateExpression': {
      const tag = evaluate(machine, node.tag, scope)
      const parts = list(node.quasi.quasis.map((quasi) => quasiText(machine, quasi, scope)))
      const values = node.quasi.expressions.map((expression) => evaluate(machine, expression, scope))
      return machine.at(scope.file, node, () => machine.call(named(machine, tag, node.tag, scope), [parts, ...values]))
    }
    case 'ImportExpression': {
      const specifier = evaluate(machine, node.source, scope)
      return specifier.kind === 'text'
        ? machine.importOf(scope.file, specifier.value)
        : unknown('it imports by a name not known')
    }
    default:
      return unknown(`\`${machine.shown(scope, node)}\` is not followed`)
  }
}

function evaluateObject(machine: Machine, node: MemberExpression, scope: Scope): Value {
  if (node.object.type === 'Super') return scope.this
  return named(machine, evaluate(machine, node.object as Expression, scope), node.object as Expression, scope)
}

/** An unknown value without a reason of its own is told by the code that has it. */
function named(machine: Machine, value: Value, node: Expression, scope: Scope): Value {
  return value.kind === 'undefined' && node.type === 'Identifier'
    ? unknown(`\`${machine.shown(scope, node)}\` has no value here`)
    : value
}

function literal(machine: Machine, node: Extract<Expression, { type: 'Literal' }>, scope: Scope): Value {
  const { value, raw } = node
  if (typeof value === 'string') {
    const isVerbatim = scope.file === machine.path && raw !== null && raw.slice(1, -1) === value
    return text(value, isVerbatim ? [{ from: 0, length: value.length, at: node.start + 1 }] : [])
  }
  if (typeof value === 'number') return number(value)
  if (typeof value === 'boolean') return { kind: 'boolean', value }
  if (typeof value === 'bigint') return text(String(value))
  if (value instanceof RegExp) return { kind: 'regexp', value }
  if ('regex' in node) return unknown('a pattern is not followed')
  return nothing
}

function quasiText(machine: Machine, quasi: TemplateLiteral['quasis'][number], scope: Scope): Text {
  const { cooked, raw } = quasi.value
  const value = cooked ?? raw
  // Of TypeScript, the span has the backtick or brace before it too. \r\n in a template is \n in its value.
  const isAt = (at: number): boolean => raw === value && machine.slice(scope, at, at + raw.length) === raw
  const at = quasi.end - quasi.start > raw.length ? quasi.start + 1 : quasi.start
  return text(value, scope.file === machine.path && isAt(at) ? [{ from: 0, length: value.length, at }] : [])
}

function template(machine: Machine, node: TemplateLiteral, scope: Scope): Value {
  const values = node.expressions.map((expression) => ({
    node: expression,
    value: evaluate(machine, expression, scope),
  }))
  const at = values.findIndex(({ value }) => value.kind === 'choice')
  const make = (given: Value[]): Value =>
    concatenated(
      node.quasis.flatMap((quasi, i) => {
        const value = given[i]
        return value ? [quasiText(machine, quasi, scope), asText(value)] : [quasiText(machine, quasi, scope)]
      }),
    )
  const all = values.map(({ value }) => value)
  return at < 0 ? make(all) : each(all[at] ?? absent, (value) => make(all.with(at, value)))
}

function variable(machine: Machine, name: string, scope: Scope): Value {
  if (name === 'undefined') return absent
  const binding = scope.find(name)
  if (binding) return binding.resolve ? binding.resolve() : binding.value
  return machine.globals.get(name) ?? unknown(`\`${name}\` is not known here`)
}

function listOf(machine: Machine, elements: readonly (Argument | null)[], scope: Scope): Value {
  const made = list([])
  for (const element of elements) {
    if (element === null) made.items.push(absent)
    else if (element.type === 'SpreadElement') {
      const spread = evaluate(machine, element.argument, scope)
      if (spread.kind === 'list') {
        made.items.push(...spread.items)
        made.open ??= spread.open
      } else if (spread.kind !== 'undefined' && spread.kind !== 'null')
        made.open ??= spread.kind === 'unknown' ? spread : unknown('it spreads something that is no list')
    } else made.items.push(evaluate(machine, element, scope))
  }
  return made
}

function objectOf(machine: Machine, node: ObjectExpression, scope: Scope): Value {
  const made = fields()
  for (const property of node.properties) {
    if (property.type === 'SpreadElement') {
      const [spread = absent] = variants(evaluate(machine, property.argument, scope))
      if (spread.kind === 'fields') {
        for (const [key, value] of spread.fields) made.fields.set(key, value)
        made.open ??= spread.open
      } else if (spread.kind === 'unknown') made.open ??= spread
      continue
    }
    const key = keyOf(machine, { property: property.key, computed: property.computed }, scope)
    const value = evaluate(machine, property.value, scope)
    if (key.kind !== 'text') {
      made.open ??= key.kind === 'unknown' ? key : unknown('a key is not known')
    } else if (property.kind === 'init') {
      made.fields.set(key.value, value.kind === 'closure' && property.method ? { ...value, self: made } : value)
    } else if (property.kind === 'get') made.fields.set(key.value, machine.call(value, [], made))
  }
  return made
}

/** A property's key as a text. */
export function keyOf(machine: Machine, node: { property: unknown; computed: boolean }, scope: Scope): Value {
  const property = node.property as Expression | { type: 'PrivateIdentifier'; name: string }
  if (node.computed && property.type !== 'PrivateIdentifier') {
    const value = evaluate(machine, property, scope)
    return value.kind === 'number' ? value : each(value, asText)
  }
  if (property.type === 'PrivateIdentifier') return text(`#${property.name}`)
  if (property.type === 'Identifier') return text(property.name)
  return each(evaluate(machine, property, scope), asText)
}

/** `object[key]`. */
export function member(machine: Machine, object: Value, key: Value): Value {
  if (object.kind === 'choice') return each(object, (value) => member(machine, value, key))
  if (key.kind === 'choice') return each(key, (value) => member(machine, object, value))
  if (object.kind === 'unknown') return (key.kind === 'text' && promiseMethod(machine, object, key.value)) || object
  if (key.kind === 'unknown') return key
  if (key.kind === 'number') {
    if (object.kind === 'list') return object.items.at(key.value) ?? object.open ?? absent
    if (object.kind === 'text') return text(object.value[key.value] ?? '')
  }
  const name = key.kind === 'text' ? key.value : key.kind === 'number' ? String(key.value) : ''
  switch (object.kind) {
    case 'fields': {
      const own = object.fields.get(name)
      if (own) return own
      const method = object.class && methodOf(object.class, name, object)
      if (method) return object.class && isGetter(object.class, name) ? machine.call(method, [], object) : method
      return object.open ?? promiseMethod(machine, object, name) ?? absent
    }
    case 'class':
      return (
        object.statics.get(name) ??
        (object.base ? member(machine, object.base, key) : name === 'name' ? text(object.node.id?.name ?? '') : absent)
      )
    case 'host':
      return object.get?.(name) ?? callMethod(machine, object, name) ?? promiseMethod(machine, object, name) ?? absent
    case 'closure':
      return callMethod(machine, object, name) ?? absent
    case 'text':
      return textMethod(machine, object, name) ?? promiseMethod(machine, object, name) ?? absent
    case 'list':
      return listMethod(machine, object, name) ?? promiseMethod(machine, object, name) ?? absent
    case 'regexp':
      return name === 'test'
        ? native('test', ([given]) => {
            const on = given && asText(given)
            return on?.kind === 'text'
              ? { kind: 'boolean', value: object.value.test(on.value) }
              : unknown('a pattern of a text not known')
          })
        : unknown('a pattern is not followed')
    default:
      return promiseMethod(machine, object, name) ?? (name === 'toString' ? native(name, () => asText(object)) : absent)
  }
}

/** `bind`, `call` and `apply`. */
function callMethod(machine: Machine, callee: Value, name: string): Value | null {
  switch (name) {
    case 'bind':
      return native(name, ([self = absent, ...first]) =>
        native('a bound function', (rest) => machine.call(callee, [...first, ...rest], self)),
      )
    case 'call':
      return native(name, ([self = absent, ...args]) => machine.call(callee, args, self))
    case 'apply':
      return native(name, ([self = absent, args]) =>
        machine.call(callee, args?.kind === 'list' ? args.items : [], self),
      )
    default:
      return null
  }
}

/** Every value may be a promise's: what is chained to it follows. */
function promiseMethod(machine: Machine, value: Value, name: string): Value | null {
  switch (name) {
    case 'then':
      return native(name, ([then]) => {
        const settled = machine.settle(value)
        return then && then.kind !== 'undefined' && then.kind !== 'null'
          ? machine.settle(machine.call(then, [settled]))
          : settled
      })
    case 'catch':
      return native(name, () => machine.settle(value))
    case 'finally':
      return native(name, ([then]) => {
        const settled = machine.settle(value)
        if (then) machine.settle(machine.call(then, []))
        return settled
      })
    default:
      return null
  }
}

/** Writes a property of an object that the code made. */
export function setMember(object: Value, key: Value, value: Value): void {
  for (const variant of variants(object)) {
    if (variant.kind === 'fields' && key.kind === 'text') variant.fields.set(key.value, value)
    else if (variant.kind === 'fields') variant.open ??= unknown('a key is not known')
    else if (variant.kind === 'class' && key.kind === 'text') variant.statics.set(key.value, value)
    else if (variant.kind === 'list' && key.kind === 'number') variant.items[key.value] = value
  }
}

function logical(machine: Machine, operator: string, left: Value, right: () => Value): Value {
  if (operator === '??') {
    if (left.kind === 'undefined' || left.kind === 'null') return right()
    if (left.kind !== 'unknown') return left
    // A setting of the environment is taken as missing.
    return left.isSetting ? right() : either(left, machine.maybe(right))
  }
  const decided = truthy(left)
  if (operator === '||') {
    if (decided !== null) return decided ? left : right()
    const isSetting = left.kind === 'unknown' && left.isSetting
    const other = isSetting ? right() : machine.maybe(right)
    return isSetting && other.kind !== 'boolean'
      ? other
      : truthy(other) === true && other.kind === 'boolean'
        ? other
        : either(left, other)
  }
  if (decided !== null) return decided ? right() : left
  const other = machine.maybe(right)
  return truthy(other) === false ? other : either(left, other)
}

function argumentsOf(machine: Machine, nodes: readonly Argument[], scope: Scope): Value[] {
  const all = listOf(machine, nodes, scope)
  return all.kind === 'list' ? [...all.items, ...(all.open ? [all.open] : [])] : []
}

function call(machine: Machine, node: CallExpression, scope: Scope): Value {
  const { callee } = node
  if (callee.type === 'Super') {
    argumentsOf(machine, node.arguments, scope)
    return absent
  }
  if (callee.type === 'Identifier' && callee.name === 'require' && !scope.find('require')) {
    const [specifier] = argumentsOf(machine, node.arguments, scope)
    return specifier?.kind === 'text'
      ? machine.importOf(scope.file, specifier.value)
      : unknown('it requires a file by a name not known')
  }
  const target = callee.type === 'ChainExpression' ? callee.expression : callee
  if (target.type !== 'MemberExpression') {
    const fn = named(machine, evaluate(machine, callee, scope), callee, scope)
    const args = argumentsOf(machine, node.arguments, scope)
    return machine.at(scope.file, node, () => machine.call(reasoned(machine, fn, node, scope), args))
  }
  const self = evaluateObject(machine, target, scope)
  if ((self.kind === 'undefined' || self.kind === 'null') && target.optional) return absent
  const key = keyOf(machine, target, scope)
  const fn = target.object.type === 'Super' ? superMethod(scope, key) : member(machine, self, key)
  if (fn.kind === 'undefined' && node.optional) return absent
  const args = argumentsOf(machine, node.arguments, scope)
  return machine.at(scope.file, placeOf(machine, node, target, scope), () =>
    machine.call(reasoned(machine, fn, node, scope), args, self),
  )
}

/** A call of a chain that has a line to itself is there. */
function placeOf(
  machine: Machine,
  node: CallExpression,
  target: MemberExpression,
  scope: Scope,
): { start: number; end: number } {
  const { start } = target.property
  const isChained = target.object.type === 'CallExpression'
  return isChained && machine.slice(scope, target.object.end, start).includes('\n') ? { start, end: node.end } : node
}

function superMethod(scope: Scope, key: Value): Value {
  const self = scope.this
  const base = self.kind === 'fields' ? self.class?.base : null
  if (base?.kind === 'class' && key.kind === 'text') return methodOf(base, key.value, self) ?? absent
  return base?.kind === 'unknown' ? base : absent
}

/** A function that is not there is told by the call that wants it. */
function reasoned(machine: Machine, fn: Value, node: CallExpression, scope: Scope): Value {
  if (fn.kind !== 'undefined' && fn.kind !== 'null') return fn
  return unknown(`it calls \`${machine.shown(scope, node.callee)}()\`, which is not known`)
}
