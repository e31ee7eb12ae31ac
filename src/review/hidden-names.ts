import { builtInFunctions } from '../catalog/server-facts/built-in-functions.ts'
import { builtInType, printedType } from '../catalog/server-facts/built-in-types.ts'
import { newestMajor } from '../catalog/server-facts/versions.ts'

/** A letter that hardly any name contains, so that hidden names are recognised in texts. */
export const marker = 'ꙮ'

/** A hidden name, or one that a plan makes of it (`<hidden>_new`). */
const hiddenName = new RegExp(`${marker}[\\p{L}\\p{M}\\p{N}_$]*`, 'gu')

/** Code in backticks or a name in the server's double quotes that contains a hidden name, or the name alone. */
const hiddenInSentence = new RegExp(`\`[^\`]*${marker}[^\`]*\`|"[^"]*${marker}[^"]*"|${hiddenName.source}`, 'gu')

export function isHidden(name: string): boolean {
  return name.includes(marker)
}

/** Replaces each hidden name of a sentence by words that say so. */
export function withoutHiddenNames(sentence: string): string {
  return sentence.replace(hiddenInSentence, (_, at: number) =>
    at === 0 || /[.?!] $/.test(sentence.slice(0, at)) ? `A${notShown}` : `a${notShown}`,
  )
}

const notShown = ' name that is not shown here'

/** Replaces each hidden name of a statement by `…`: its shape is worth reading without the names. */
export function sqlWithoutHiddenNames(sql: string): string {
  return sql.replace(hiddenInSql, '…')
}

const hiddenInSql = new RegExp(`"[^"]*${marker}[^"]*"|${hiddenName.source}`, 'gu')

/**
 * Renames in SQL as the server prints it: keywords in capitals, a name that is none in quotes, a sequence in a text constant
 * that is cast to regclass. What is built in keeps its name: types behind `::`, access methods, functions without a schema.
 */
export function withNames(sql: string, hidden: ReadonlyMap<string, string>): string {
  return sql.replace(partsOfSql, (part: string, regclass?: string, type?: string, called?: string) => {
    if (regclass !== undefined) return `'${withNames(regclass, hidden)}'::regclass`
    if (type !== undefined) return `::${withTypeName(type, hidden)}`
    if (called !== undefined && builtInFunctions(called).length > 0) return part
    return renamed(part, hidden)
  })
}

const name = String.raw`"(?:[^"]|"")+"|[\p{Ll}\p{Lo}_][\p{L}\p{M}\p{N}_$]*`
const typeName = String.raw`(?:(?:${name})\.)?(?:"(?:[^"]|"")+"|[a-z_][a-z0-9_]*(?:\(\d+\))?(?: (?:with|without) time zone| varying| precision)?)`
const partsOfSql = new RegExp(
  String.raw`'((?:[^']|'')*)'::regclass|'(?:[^']|'')*'|::(${typeName})|USING \w+|(?<![."\p{L}\p{N}_])([a-z_][a-z0-9_]*)(?=\()|${name}`,
  'gu',
)

/** Renames in a type as `format_type` prints it. */
export function withTypeName(type: string, hidden: ReadonlyMap<string, string>): string {
  const [bare = ''] = type.split(/[([]/)
  const isBuiltIn = builtInType(bare, newestMajor) ?? printedType(bare, newestMajor)
  return isBuiltIn ? type : type.replace(new RegExp(name, 'gu'), (part) => renamed(part, hidden))
}

function renamed(name: string, hidden: ReadonlyMap<string, string>): string {
  return hidden.get(name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name) ?? name
}
