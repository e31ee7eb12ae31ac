import type { SyntaxNode } from '../code/syntax.ts'
import { dedent } from '../code/text-methods.ts'
import type { Code } from '../code/tree.ts'

/** A string, heredoc or sigil; `read` reads what is interpolated. */
export function elixirString(node: SyntaxNode, text: string, escapes: boolean, read: (part: SyntaxNode) => Code): Code {
  const at = { start: node.from, end: node.to }
  const heredoc = /^(?:~[a-zA-Z])?("""|''')/.test(text.slice(node.from, node.to))
  const parts: Code[] = []
  for (let part = node.firstChild; part; part = part.nextSibling) {
    if (part.name === 'Interpolation') parts.push(read(part))
    if (part.name !== 'QuotedContent' && part.name !== 'EscapeSequence') continue
    const raw = text.slice(part.from, part.to)
    const value = escapes ? unescapeElixir(raw) : raw
    const start = raw === value ? part.from : null
    parts.push({ start: part.from, end: part.to, kind: 'text', text: value, at: start, symbol: false })
  }
  if (!parts.every((part) => part.kind === 'text')) return { ...at, kind: 'joined', parts }
  const [only] = parts
  const whole = parts.map((part) => (part.kind === 'text' ? part.text : '')).join('')
  if (heredoc) return { ...at, kind: 'text', text: dedent(whole.replace(/^\r?\n/, '')), at: null, symbol: false }
  const start = parts.length === 1 && only?.kind === 'text' ? only.at : null
  return { ...at, kind: 'text', text: whole, at: start, symbol: false }
}

/** `~w(a b)a` is a list of words, `~s` and `~S` are strings. */
export function elixirSigil(node: SyntaxNode, text: string, read: (part: SyntaxNode) => Code): Code {
  const at = { start: node.from, end: node.to }
  const name = node.getChild('SigilName')
  const letter = name ? text.slice(name.from, name.to) : ''
  const string = elixirString(node, text, letter === letter.toLowerCase(), read)
  if (/^s$/i.test(letter)) return string
  if (!/^w$/i.test(letter) || string.kind !== 'text') return { ...at, kind: 'other', words: `the sigil ~${letter}` }
  const modifiers = node.getChild('SigilModifiers')
  const symbol = modifiers !== null && text.slice(modifiers.from, modifiers.to) === 'a'
  const items = string.text.split(/\s+/).filter((word) => word !== '')
  return {
    ...at,
    kind: 'list',
    items: items.map((word): Code => ({ ...at, kind: 'text', text: word, at: null, symbol })),
  }
}

function unescapeElixir(text: string): string {
  const simple: Record<string, string> = { n: '\n', t: '\t', r: '\r', s: ' ', '0': '\0' }
  return text.replaceAll(/\\(\r?\n|[\s\S])/g, (_, character: string) =>
    /^\r?\n$/.test(character) ? '' : (simple[character] ?? character),
  )
}
