import type { Node } from '@pgsql/types'
import { parseOne } from '../sql/parse.ts'
import { print } from '../sql/quote.ts'

/** SQL of a tree with a semicolon; null when it does not mean the same: then it must not be shown. */
export function faithful(node: Node): string | null {
  try {
    const text = print(JSON.parse(shape(node)) as Node)
    return shape(parseOne(text)) === shape(node) ? `${text};` : null
  } catch {
    return null
  }
}

const places = /^(location|stmt_location|stmt_len|list_start|list_end|rexpr_list_start|rexpr_list_end)$/

/** The tree as text without places, empty lists and false flags, which the parser leaves out and the printer misreads. */
function shape(node: unknown): string {
  return JSON.stringify(node, (key, value: unknown) => {
    if (places.test(key) || value === false || value === undefined || value === null) return undefined
    if (Array.isArray(value) && value.length === 0) return undefined
    if (typeof value !== 'object' || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
