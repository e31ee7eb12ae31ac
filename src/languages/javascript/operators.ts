import {
  asText,
  boolean,
  concatenated,
  each,
  number,
  text,
  truthy,
  unknown,
  type Value,
  variants,
} from './javascript-values.ts'

/** Whether two values are strictly equal; null where that is not known. */
export function equal(a: Value, b: Value): boolean | null {
  if (a.kind === 'choice' || b.kind === 'choice') {
    const all = new Set(variants(a).flatMap((left) => variants(b).map((right) => equal(left, right))))
    return all.size === 1 ? (all.values().next().value ?? null) : null
  }
  if (a.kind === 'unknown' || b.kind === 'unknown') return null
  if (a.kind === 'text' && b.kind === 'text') return a.holes.length + b.holes.length > 0 ? null : a.value === b.value
  if ((a.kind === 'number' || a.kind === 'boolean') && a.kind === b.kind) return a.value === b.value
  if (a.kind !== b.kind) return false
  return a.kind === 'null' || a.kind === 'undefined' ? true : a === b
}

function known(value: boolean | null, a: Value, b: Value): Value {
  if (value !== null) return boolean(value)
  const [source] = [...variants(a), ...variants(b)].filter((item) => item.kind === 'unknown')
  return source ?? unknown('conditions decide it')
}

const isEmpty = (value: Value): boolean => value.kind === 'null' || value.kind === 'undefined'

/** `a operator b`. */
export function binary(operator: string, a: Value, b: Value): Value {
  if (a.kind === 'choice') return each(a, (value) => binary(operator, value, b))
  if (b.kind === 'choice') return each(b, (value) => binary(operator, a, value))
  switch (operator) {
    case '===':
      return known(equal(a, b), a, b)
    case '!==': {
      const same = equal(a, b)
      return known(same === null ? null : !same, a, b)
    }
    case '==':
    case '!=': {
      const same = isEmpty(a) && isEmpty(b) ? true : looselyEqual(a, b)
      return known(same === null ? null : operator === '==' ? same : !same, a, b)
    }
    case '+':
      if (a.kind === 'number' && b.kind === 'number') return number(a.value + b.value)
      if (a.kind === 'unknown' && b.kind !== 'text') return a
      if (b.kind === 'unknown' && a.kind !== 'text') return b
      return concatenated([asText(a), asText(b)])
    case 'in': {
      if (b.kind !== 'fields' || a.kind !== 'text') return unknown('it looks for a key of something not known')
      return b.fields.has(a.value) ? boolean(true) : (b.open ?? boolean(false))
    }
    case 'instanceof':
      return unknown('it looks at the class of an object')
  }
  if (a.kind === 'unknown') return a
  if (b.kind === 'unknown') return b
  if (a.kind === 'text' && b.kind === 'text') {
    if (operator === '<') return boolean(a.value < b.value)
    if (operator === '>') return boolean(a.value > b.value)
    return operator === '<=' ? boolean(a.value <= b.value) : boolean(a.value >= b.value)
  }
  if (a.kind !== 'number' || b.kind !== 'number') return unknown(`\`${operator}\` has something that is no number`)
  return arithmetic(operator, a.value, b.value)
}

function looselyEqual(a: Value, b: Value): boolean | null {
  if (a.kind === 'number' && b.kind === 'text') return String(a.value) === b.value
  if (a.kind === 'text' && b.kind === 'number') return a.value === String(b.value)
  return equal(a, b)
}

function arithmetic(operator: string, a: number, b: number): Value {
  switch (operator) {
    case '-':
      return number(a - b)
    case '*':
      return number(a * b)
    case '/':
      return number(a / b)
    case '%':
      return number(a % b)
    case '**':
      return number(a ** b)
    case '<':
      return boolean(a < b)
    case '>':
      return boolean(a > b)
    case '<=':
      return boolean(a <= b)
    case '>=':
      return boolean(a >= b)
    case '|':
      return number(a | b)
    case '&':
      return number(a & b)
    case '^':
      return number(a ^ b)
    case '<<':
      return number(a << b)
    case '>>':
      return number(a >> b)
    default:
      return unknown(`\`${operator}\` is not followed`)
  }
}

/** `operator value`. */
export function unary(operator: string, value: Value): Value {
  if (value.kind === 'choice') return each(value, (item) => unary(operator, item))
  if (operator === '!') {
    const decided = truthy(value)
    return decided === null ? value : boolean(!decided)
  }
  if (operator === 'void') return { kind: 'undefined' }
  if (value.kind === 'unknown') return value
  if (operator === 'typeof') return text(typeOf(value))
  if (value.kind === 'text' && value.value.trim() !== '' && !Number.isNaN(Number(value.value)))
    return unary(operator, number(Number(value.value)))
  if (value.kind !== 'number') return unknown(`\`${operator}\` has something that is no number`)
  if (operator === '-') return number(-value.value)
  return operator === '~' ? number(~value.value) : number(value.value)
}

function typeOf(value: Value): string {
  switch (value.kind) {
    case 'text':
      return 'string'
    case 'number':
    case 'boolean':
    case 'undefined':
      return value.kind
    case 'closure':
    case 'class':
      return 'function'
    case 'host':
      return value.call && !value.get ? 'function' : 'object'
    default:
      return 'object'
  }
}
