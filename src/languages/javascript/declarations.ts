import type { Class, TSEnumDeclaration } from 'oxc-parser'
import { evaluate } from './javascript-expressions.ts'
import { absent, type ClassValue, fields, number, text, type Value } from './javascript-values.ts'
import type { Machine } from './machine.ts'
import type { Scope } from './scope.ts'

/** A class with its static members, and its name where it has one. */
export function declareClass(machine: Machine, node: Class, outer: Scope): ClassValue {
  const scope = outer.inner()
  const made: ClassValue = {
    kind: 'class',
    node,
    scope,
    statics: new Map(),
    base: node.superClass ? evaluate(machine, node.superClass, outer) : null,
  }
  if (node.id) {
    outer.declare(node.id.name, made)
    scope.declare(node.id.name, made)
  }
  for (const element of node.body.body) {
    if (!('static' in element) || !element.static || !('key' in element) || !('name' in element.key)) continue
    const key = String(element.key.name)
    if (element.type === 'MethodDefinition')
      made.statics.set(key, { kind: 'closure', node: element.value, scope, self: made })
    else if (element.type === 'PropertyDefinition')
      made.statics.set(key, element.value ? evaluate(machine, element.value, scope.inner(made)) : absent)
  }
  return made
}

/** A method of a class or of those it extends; null when there is none. */
export function methodOf(made: ClassValue, key: string, self: Value): Value | null {
  for (let item: Value | null = made; item?.kind === 'class'; item = item.base) {
    for (const element of item.node.body.body) {
      if (element.type !== 'MethodDefinition' || element.static || !('name' in element.key)) continue
      if (String(element.key.name) !== key || element.kind === 'constructor' || element.kind === 'set') continue
      return { kind: 'closure', node: element.value, scope: item.scope, self }
    }
  }
  return null
}

/** True for a getter, whose value is that of a call. */
export function isGetter(made: ClassValue, key: string): boolean {
  return made.node.body.body.some(
    (element) =>
      element.type === 'MethodDefinition' &&
      element.kind === 'get' &&
      'name' in element.key &&
      String(element.key.name) === key,
  )
}

/** An enum as an object: texts by name; numbers both ways. */
export function declareEnum(machine: Machine, node: TSEnumDeclaration, scope: Scope): void {
  const made = fields()
  scope.declare(node.id.name, made)
  const inner = scope.inner()
  let following: number | null = 0
  for (const { id, initializer } of node.body.members) {
    const key = id.type === 'Identifier' ? id.name : id.type === 'Literal' ? String(id.value) : null
    if (key === null) continue
    const value: Value = initializer
      ? evaluate(machine, initializer, inner)
      : following === null
        ? absent
        : number(following)
    made.fields.set(key, value)
    inner.declare(key, value)
    following = value.kind === 'number' ? value.value + 1 : null
    if (value.kind === 'number') made.fields.set(String(value.value), text(key))
  }
}
