import type { SyntaxNode } from '../code/syntax.ts'
import type { Code } from '../code/tree.ts'
import { unescapePython } from './python-read.ts'

/** A plain, raw or bytes literal. */
export function pythonString({ from, to }: SyntaxNode, text: string): Code {
  const opening = /^[a-zA-Z]*("""|'''|"|')/.exec(text.slice(from, from + 8))
  const start = from + (opening?.[0].length ?? 0)
  const raw = text.slice(start, to - (opening?.[1]?.length ?? 0))
  const value = /r/i.test(opening?.[0] ?? '') ? raw : unescapePython(raw)
  return { start: from, end: to, kind: 'text', text: value, at: value === raw ? start : null, symbol: false }
}
