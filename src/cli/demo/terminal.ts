import { stripVTControlCharacters, styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/** A terminal as wide as a person reads, with colours where there are any. */
export interface Terminal {
  width: number
  paint(style: Style, text: string): string
  print(text?: string): void
  /** A line that the next one takes the place of, on a terminal; nothing elsewhere. */
  counting(text: string): void
}

const widest = 100

/** A narrower terminal cannot show comments beside lines; terminals without a viewer report 0. */
const narrowest = 60

/** Colours and width as the stream has them. */
export function createTerminal(stream: NodeJS.WriteStream): Terminal {
  const colour = stream.hasColors?.() ?? false
  let counts = false
  const clear = (): string => {
    const was = counts
    counts = false
    return was ? '\r\u001b[K' : ''
  }
  return {
    width: stream.columns >= narrowest ? Math.min(stream.columns, widest) : widest,
    paint: (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text),
    print: (text = '') => void stream.write(`${clear()}${text}\n`),
    counting(text) {
      if (!stream.isTTY) return
      stream.write(`${clear()}${text}`)
      counts = true
    },
  }
}

/** Columns that a text takes. Everything the demo prints is one column a character. */
function columns(text: string): number {
  return [...stripVTControlCharacters(text)].length
}

/** Breaks at spaces; words may be painted. `first` and `rest` are put before the lines. */
export function wrapped(text: string, width: number, first = '', rest = first): string[] {
  const lines: string[] = []
  let line = ''
  const room = (): number => width - columns(lines.length === 0 ? first : rest)
  for (const word of text.split(/\s+/)) {
    if (line !== '' && columns(line) + 1 + columns(word) > room()) {
      lines.push((lines.length === 0 ? first : rest) + line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, (lines.length === 0 ? first : rest) + line]
}

/** Columns as wide as their widest cell; the last one takes the remaining width and wraps. */
export function table(rows: string[][], width: number, right: number[] = []): string[] {
  const count = Math.max(...rows.map((row) => row.length))
  const widths = Array.from({ length: count - 1 }, (_, at) => Math.max(...rows.map((row) => columns(row[at] ?? ''))))
  return rows.flatMap((row) => {
    const cells = widths.map((size, at) => {
      const padding = ' '.repeat(size - columns(row[at] ?? ''))
      return right.includes(at) ? padding + (row[at] ?? '') : (row[at] ?? '') + padding
    })
    const before = `${cells.join('  ')}${cells.length > 0 ? '  ' : ''}`
    return wrapped(row[count - 1] ?? '', width, before, ' '.repeat(columns(before)))
  })
}
