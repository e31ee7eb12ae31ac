import { parseSql } from '../sql/parse.ts'
import type { Migration, SqlFile } from './runner.ts'

/** A migration whose statements are the SQL of a whole file. */
export function sqlMigration(
  file: SqlFile,
  how: Pick<Migration, 'runner' | 'direction' | 'wrapping' | 'batch' | 'optOut'>,
): Migration {
  const { statements, notes } = parseSql(file.text)
  return { path: file.path, ...how, statements, notes, unreadable: null }
}

/** A part of a file as text of the whole file's length: everything else is blank, so that places stay true. */
interface Section {
  direction: 'up' | 'down'
  text: string
  /** The marker lines that opened it. */
  markers: string[]
}

/**
 * The up and the down part of a file that changes them with comment lines.
 *
 * `marker` matches a whole line and shows which part begins there; a part may begin several times. Text before the first
 * marker belongs to none.
 */
export function sections(text: string, marker: RegExp, directionOf: (line: string) => 'up' | 'down'): Section[] {
  const parts: Section[] = []
  const starts = [...text.matchAll(marker)].map((match) => ({ at: match.index, line: match[0] }))
  for (const direction of ['up', 'down'] as const) {
    let blanked = ''
    const markers: string[] = []
    starts.forEach(({ at, line }, i) => {
      if (directionOf(line) !== direction) return
      markers.push(line)
      const end = starts[i + 1]?.at ?? text.length
      blanked += blank(text.slice(blanked.length, at)) + text.slice(at, end)
    })
    if (markers.length > 0) parts.push({ direction, text: blanked + blank(text.slice(blanked.length)), markers })
  }
  return parts
}

function blank(text: string): string {
  return text.replace(/[^\r\n]/g, ' ')
}

/**
 * Orders by runs of digits as numbers, the rest as text: V2 before V10. A down file comes right after its up file, since
 * it undoes what that did.
 */
export function naturalOrder(a: string, b: string): number {
  return compareNumbered(withoutDirection(a), withoutDirection(b)) || (a < b ? 1 : a > b ? -1 : 0)
}

const direction = /(^|[./_-])(?:up|down)(?=\.sql$)/

function withoutDirection(path: string): string {
  return path.replace(direction, '$1')
}

function compareNumbered(a: string, b: string): number {
  const [left, right] = [a.match(/\d+|\D+/g) ?? [], b.match(/\d+|\D+/g) ?? []]
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [x, y] = [left[i] ?? '', right[i] ?? '']
    if (x === y) continue
    if (!/^\d/.test(x) || !/^\d/.test(y)) return x < y ? -1 : 1
    const difference = BigInt(x) - BigInt(y)
    if (difference !== 0n) return difference < 0n ? -1 : 1
  }
  return 0
}

/** Orders by the names of files and folders as text, as a tool does that sorts them so: `10_x` before `9_x`. */
export function textOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The number in front of a file's name, without leading zeros; null when it has none. */
export function leadingVersion(path: string): string | null {
  const digits = /^\d+/.exec(baseName(path))?.[0]
  return digits === undefined ? null : digits.replace(/^0+(?=\d)/, '')
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** A path without its last part; empty at the root. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

/** `sibling('a/b.sql', 'meta/x')` is `a/meta/x`. */
export function sibling(path: string, name: string): string {
  const folder = folderOf(path)
  return folder ? `${folder}/${name}` : name
}
