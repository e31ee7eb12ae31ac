import { styleText } from 'node:util'
import stringWidth from 'string-width'
import wrapAnsi from 'wrap-ansi'

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

/** Breaks at spaces; words may be painted. `first` and `rest` are put before the lines. */
export function wrapped(text: string, width: number, first = '', rest = first): string[] {
  const room = width - Math.max(stringWidth(first), stringWidth(rest))
  return wrapAnsi(text.trim().replace(/\s+/g, ' '), room)
    .split('\n')
    .map((line, at) => (at === 0 ? first : rest) + line)
}

/** Columns as wide as their widest cell; the last one takes the remaining width and wraps. */
export function table(rows: string[][], width: number, right: number[] = []): string[] {
  const count = Math.max(...rows.map((row) => row.length))
  const widths = Array.from({ length: count - 1 }, (_, at) =>
    Math.max(...rows.map((row) => stringWidth(row[at] ?? ''))),
  )
  return rows.flatMap((row) => {
    const cells = widths.map((size, at) => {
      const padding = ' '.repeat(size - stringWidth(row[at] ?? ''))
      return right.includes(at) ? padding + (row[at] ?? '') : (row[at] ?? '') + padding
    })
    const before = `${cells.join('  ')}${cells.length > 0 ? '  ' : ''}`
    return wrapped(row[count - 1] ?? '', width, before, ' '.repeat(stringWidth(before)))
  })
}
