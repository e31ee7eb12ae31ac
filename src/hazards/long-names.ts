/** Names of a statement that are longer than PostgreSQL keeps: 63 bytes (NAMEDATALEN - 1). The parser has cut them already. */
export function longNames(sql: string): string[] {
  return [...sql.matchAll(token)].flatMap(({ groups }) => {
    const name = groups?.quoted?.replaceAll('""', '"') ?? groups?.plain
    return name !== undefined && Buffer.byteLength(name) > 63 ? [name] : []
  })
}

/** Comments, strings and dollar quotes first, so that what stands in them is no name. */
const token =
  /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|(?<dollar>\$\w*\$)[\s\S]*?\k<dollar>|"(?<quoted>(?:[^"]|"")+)"|(?<plain>[\p{L}_][\p{L}\p{N}_$]*)/gu
