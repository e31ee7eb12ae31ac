import { type Terminal, table, wrapped } from './terminal.ts'

/**
 * Markdown as Lockcast writes it on GitHub, for a terminal: paragraphs, lists, tables, code blocks, small print. What
 * GitHub hides is left out.
 */
export function renderMarkdown(markdown: string, terminal: Terminal, width: number): string[] {
  const lines: string[] = []
  let code: string | null = null
  let rows: string[][] = []
  const endTable = (): void => {
    if (rows.length > 0) lines.push(...table(rows, width))
    rows = []
  }
  for (const line of markdown.replace(/<!--.*?-->\n?/gs, '').split('\n')) {
    const fence = /^`{3,}(\w*)/.exec(line)
    if (fence) {
      if (code === null && fence[1] === 'suggestion') lines.push(terminal.paint('dim', 'Suggested change'))
      code = code === null ? (fence[1] ?? '') : null
    } else if (code !== null) {
      lines.push(...codeLine(line, terminal, width))
    } else if (line.startsWith('|')) {
      if (!/^[|: -]+$/.test(line)) rows.push(cells(line).map((cell) => inline(cell, terminal)))
    } else {
      endTable()
      lines.push(...paragraph(line, terminal, width))
    }
  }
  endTable()
  return lines.join('\n').trim().split('\n')
}

function paragraph(line: string, terminal: Terminal, width: number): string[] {
  if (line.trim() === '') return ['']
  if (line === '---') return [terminal.paint('dim', '─'.repeat(Math.min(width, 40)))]
  const small = /^<sub>(.*)<\/sub>$/s.exec(line)?.[1]
  if (small !== undefined) return wrapped(inline(small, terminal, 'dim'), width)
  if (line.startsWith('- ')) return wrapped(inline(line.slice(2), terminal), width, '• ', '  ')
  const heading = /^#+ (.*)$/.exec(line)?.[1]
  return wrapped(inline(heading ?? line, terminal, heading === undefined ? null : 'bold'), width)
}

/** A line of SQL keeps its own shape; one that is too long goes on below. */
function codeLine(line: string, terminal: Terminal, width: number): string[] {
  const indent = /^\s*/.exec(line)?.[0] ?? ''
  return wrapped(line.trim(), width - 2, indent, `${indent}    `).map((part) => `  ${terminal.paint('green', part)}`)
}

function cells(line: string): string[] {
  return line
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.replaceAll('\\|', '|').trim())
}

/** Bold, code and links; escapes undone. Each word is painted by itself, so that lines can be broken between them. */
function inline(text: string, terminal: Terminal, base: 'dim' | 'bold' | null = null): string {
  const paint = (style: 'dim' | 'bold' | 'cyan' | null, words: string): string =>
    style === null ? words : words.replace(/\S+/g, (word) => terminal.paint(style, word))
  return text
    .replace(/\[((?:[^\]\\]|\\.)+)\]\([^)]*\)/g, '$1')
    .split(/(`+[^`]+`+|\*\*(?:[^*\\]|\\.)+?\*\*)/)
    .map((part) => {
      if (part.startsWith('`')) return paint(base ?? 'cyan', part.replace(/^`+ ?| ?`+$/g, ''))
      if (/^\*\*.+\*\*$/s.test(part)) return inline(part.slice(2, -2), terminal, 'bold')
      return paint(base, literal(part))
    })
    .join('')
}

function literal(text: string): string {
  return text
    .replace(/\\([\\`*_[\]|~$#+=.)-])/g, '$1')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
    .replaceAll('\u200b', '')
}
