import type { AssignmentTarget, BindingPattern } from 'oxc-parser'
import { evaluate, keyOf, member, setMember } from './javascript-expressions.ts'
import { absent, each, type Fields, list, type Value } from './javascript-values.ts'
import type { Machine } from './machine.ts'
import type { Scope } from './scope.ts'

/** Declares the names of a pattern with the parts of a value. */
export function bind(machine: Machine, pattern: BindingPattern, value: Value, scope: Scope): void {
  take(machine, pattern, value, scope, (target, part) => {
    if (target.type === 'Identifier') scope.declare(target.name, part)
  })
}

/** Assigns a value to a variable, a member or the parts of a pattern. */
export function assign(machine: Machine, target: AssignmentTarget, value: Value, scope: Scope): void {
  take(machine, target, value, scope, (place, part) => {
    if (place.type === 'Identifier') {
      const binding = scope.find(place.name)
      if (binding) machine.journal.write(binding, part)
    } else if (place.type === 'MemberExpression') {
      setMember(evaluate(machine, place.object, scope), keyOf(machine, place, scope), part)
    }
  })
}

type Target = BindingPattern | AssignmentTarget | { type: 'AssignmentPattern' | 'RestElement' }

/** Takes a value apart as a pattern says. */
function take(
  machine: Machine,
  pattern: Target,
  value: Value,
  scope: Scope,
  give: (target: BindingPattern | AssignmentTarget, value: Value) => void,
): void {
  switch (pattern.type) {
    case 'AssignmentPattern': {
      const { left, right } = pattern as Extract<BindingPattern, { type: 'AssignmentPattern' }>
      const given = each(value, (item) => (item.kind === 'undefined' ? evaluate(machine, right, scope) : item))
      return take(machine, left, given, scope, give)
    }
    case 'ObjectPattern': {
      const taken: string[] = []
      for (const property of (pattern as Extract<BindingPattern, { type: 'ObjectPattern' }>).properties) {
        if (property.type === 'RestElement') {
          take(machine, property.argument, rest(value, taken), scope, give)
          continue
        }
        const key = keyOf(machine, { property: property.key, computed: property.computed }, scope)
        if (key.kind === 'text') taken.push(key.value)
        take(machine, property.value, member(machine, value, key), scope, give)
      }
      return
    }
    case 'ArrayPattern': {
      const { elements } = pattern as Extract<BindingPattern, { type: 'ArrayPattern' }>
      for (const [at, element] of elements.entries()) {
        if (!element) continue
        if (element.type === 'RestElement') {
          const others = value.kind === 'list' ? list(value.items.slice(at), value.open) : value
          take(machine, element.argument, others, scope, give)
        } else take(machine, element, member(machine, value, { kind: 'number', value: at }), scope, give)
      }
      return
    }
    case 'TSAsExpression':
    case 'TSNonNullExpression':
    case 'TSSatisfiesExpression':
      return take(machine, (pattern as unknown as { expression: Target }).expression, value, scope, give)
    default:
      give(pattern as BindingPattern | AssignmentTarget, value)
  }
}

function rest(value: Value, taken: string[]): Value {
  if (value.kind !== 'fields') return value.kind === 'undefined' ? absent : value
  const left: Fields = { ...value, fields: new Map(value.fields) }
  for (const key of taken) left.fields.delete(key)
  return left
}
