import { pieceOf, textValue, type Value } from './values.ts'

type TextMethod = (text: string) => string

/** Removes the common indentation of all lines that hold more than blanks. */
export function dedent(text: string): string {
  const lines = text.split('\n')
  const indents = lines.filter((line) => line.trim() !== '').map((line) => /^[ \t]*/.exec(line)?.[0].length ?? 0)
  const indent = indents.length > 0 ? Math.min(...indents) : 0
  return lines.map((line) => (line.trim() === '' ? '' : line.slice(indent))).join('\n')
}

/** Applies a method to a text; where it only trims, the text keeps its place in the file. */
export function applied(value: Value & { kind: 'text' }, method: TextMethod): Value {
  const text = method(value.text)
  const shift = value.at === null ? -1 : value.text.indexOf(text)
  return { ...textValue(text, shift < 0 || value.at === null ? null : value.at + shift), symbol: value.symbol } as Value
}

/** Python's and Ruby's `%` formatting with `%s`, `%d`, `%(name)s`, `%{name}` and `%<name>s`; null when a value is missing. */
export function percentFormat(format: string, args: Value[], named: Map<string, Value>): string | null {
  let next = 0
  let missing = false
  const text = format.replaceAll(/%(?:%|\((\w+)\)[sdrf]|\{(\w+)\}|<(\w+)>[sdf]|[sdrfip])/g, (whole, a, b, c) => {
    if (whole === '%%') return '%'
    const name = a ?? b ?? c
    const value = name === undefined ? args[next++] : named.get(name)
    const piece = value === undefined ? null : pieceOf(value)
    if (piece === null) missing = true
    return piece ?? ''
  })
  return missing ? null : text
}

/** The text that interpolation makes of a value; null when it is not known. */
export function printed(value: Value): string | null {
  if (value.kind === 'text' || value.kind === 'number') return value.text
  if (value.kind === 'constant') return value.value === null ? '' : String(value.value)
  return null
}
