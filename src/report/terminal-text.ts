import { stripVTControlCharacters, styleText } from 'node:util'
import wrapAnsi from 'wrap-ansi'
import { visible } from './hostile.ts'

type Style = Parameters<typeof styleText>[0]

/** How a text is shown on a terminal. */
export interface Look {
  colour: boolean
  /** Columns to wrap at. */
  width: number
}

export type Paint = (style: Style, value: string) => string

/** Styles for a terminal; without colour the text as it is. */
export function painter(colour: boolean): Paint {
  return colour ? (style, value) => styleText(style, value, { validateStream: false }) : (_style, value) => value
}

/**
 * Text from a migration must not steer the terminal, nor, in a log of GitHub Actions, the runner: it takes a line that
 * begins with two colons, or has `##[` anywhere, for a command.
 */
export function clean(value: string): string {
  return visible(stripVTControlCharacters(value))
    .replace(/^(\s*):(?=:)/gm, '$1:\u200b')
    .replace(/##(?=\[)/g, '##\u200b')
}

/** The same in one line. */
export function cleanLine(value: string): string {
  return clean(value).replace(/\s+/g, ' ')
}

/** Breaks a text at spaces, all lines behind `indent` columns, those after the first behind `hanging` more. */
export function wrapped(value: string, width: number, indent = 0, hanging = 0): string {
  const room = Math.max(20, width - indent - hanging)
  const [first = '', ...rest] = wrapAnsi(value.replace(/\s+/g, ' ').trim(), room).split('\n')
  // Wrapping may put characters at the start of a line that were inside one before.
  return [first, ...rest.map((line) => ' '.repeat(hanging) + clean(line))]
    .map((line) => ' '.repeat(indent) + line)
    .join('\n')
}
