/**
 * Text from pull requests in Markdown: identifiers, paths and SQL are chosen by whoever opens the pull request, so
 * nothing of them may become a link, a mention, a marker of ours or the end of a code block.
 */

/** Controls, zero-width and bidirectional changes (Unicode categories C, Zl, Zp): they reorder, hide or break text. */
const unseen = /(?![\n\t])[\p{C}\p{Zl}\p{Zp}]/gu

/** Parentheses and exclamation changes mean something only beside brackets, which are escaped. */
const markup = /[\\`*_[\]|~$]/g

/** Without the characters that reorder or hide text. */
export function visible(text: string): string {
  if (!/[^\n\t\x20-\x7e]/.test(text)) return text
  return text.replace(/\r\n?/g, '\n').replace(unseen, '')
}

/** Foreign text where a line break would begin something new. */
export function oneLine(text: string): string {
  return visible(text).replace(/\s+/g, ' ').trim()
}

/**
 * A sentence of ours that quotes foreign names. Pairs of backticks stay code; everything outside them is literal.
 */
export function prose(text: string): string {
  return (
    oneLine(text)
      .split(/(`[^`]+`)/)
      // Every second part was inside backticks.
      .map((part, at) => (at % 2 === 1 ? code(part.slice(1, -1)) : literal(part)))
      .join('')
      // Characters that would make a heading, a list or a rule at the start of a line.
      .replace(/^(\d*)([#+=.)-])/, '$1\\$2')
  )
}

/** Inline code that no backtick inside can end. */
export function code(text: string): string {
  const line = visible(text).replace(/\s+/g, ' ')
  if (line.trim() === '') return '` `'
  const fence = '`'.repeat(longestRun(line) + 1)
  const space = line.startsWith('`') || line.endsWith('`') ? ' ' : ''
  return `${fence}${space}${line}${space}${fence}`
}

/** A fenced block whose fence is longer than any run of backticks inside. */
export function fenced(language: string, text: string): string {
  const body = visible(text).replace(/\s+$/, '')
  const fence = '`'.repeat(Math.max(3, longestRun(body) + 1))
  return `${fence}${language}\n${body}\n${fence}`
}

/**
 * The text cut to so many bytes of UTF-8 at a line's end, with `ending` after it; whole when it fits. GitHub counts
 * bytes although its description says characters.
 */
export function cutToBytes(text: string, bytes: number, ending: string): string {
  if (Buffer.byteLength(text) <= bytes) return text
  const room = bytes - Buffer.byteLength(ending)
  const kept: string[] = []
  let used = 0
  let fence: string | null = null
  for (const line of text.split('\n')) {
    const size = Buffer.byteLength(line) + 1
    // An open code block has to be closed again after the cut.
    const closing = fence === null ? 0 : fence.length + 1
    if (used + size + closing > room) break
    kept.push(line)
    used += size
    // Backticks after it make it inline code and no fence.
    const change = /^(`{3,})[^`]*$/.exec(line)?.[1] ?? null
    if (change !== null) fence = fence === null ? change : change === fence ? null : fence
  }
  if (fence !== null) kept.push(fence)
  return `${kept.join('\n')}\n${ending}`
}

/**
 * Whole parts with an empty line between them, as many as fit into so many bytes of UTF-8, and what `more` says of the
 * number left out. Only a first part that is too long by itself is cut.
 */
export function fitted(parts: (() => string)[], bytes: number, more: (left: number) => string): string {
  const room = bytes - Buffer.byteLength(more(parts.length)) - 2
  const kept: string[] = []
  let used = 0
  for (const part of parts) {
    const text = part()
    const size = Buffer.byteLength(text) + 2
    if (used + size > room) {
      // Without a rest to speak of there is more room.
      if (kept.length === parts.length - 1 && used + size - 2 <= bytes) return [...kept, text].join('\n\n')
      if (kept.length === 0) kept.push(cutToBytes(text, room, '\n…'))
      break
    }
    kept.push(text)
    used += size
  }
  const left = parts.length - kept.length
  return left > 0 ? [...kept, more(left)].join('\n\n') : kept.join('\n\n')
}

function literal(text: string): string {
  return (
    text
      .replace(markup, '\\$&')
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      // A zero-width space keeps GitHub from making mentions, issue references and links.
      .replace(/@/g, '@\u200b')
      .replace(/#(?=\d)/g, '#\u200b')
      .replace(/:\/\//g, ':\u200b//')
      .replace(/\b(GH-)(?=\d)/gi, '$1\u200b')
      .replace(/www\./gi, (found) => `${found.slice(0, -1)}\u200b.`)
  )
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length))
}
