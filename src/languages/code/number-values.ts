import type { Value } from './values.ts'

/** Arithmetic and comparisons of known numbers. */
export function numeric(operator: string, left: Value, right: Value): Value | null {
  if (left.kind !== 'number' || right.kind !== 'number') return null
  const [a, b] = [Number(left.text), Number(right.text)]
  const results: Record<string, number | boolean> = {
    '+': a + b,
    '-': a - b,
    '*': a * b,
    '<': a < b,
    '>': a > b,
    '<=': a <= b,
    '>=': a >= b,
  }
  const result = results[operator]
  if (result === undefined) return null
  return typeof result === 'boolean' ? { kind: 'constant', value: result } : { kind: 'number', text: String(result) }
}
