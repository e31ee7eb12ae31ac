/** Names of a statement that are longer than PostgreSQL keeps: 63 bytes (NAMEDATALEN - 1). The parser has cut them already. */
export function longNames(sql: string): string[] {
  // Nearly no statement has one: the tokens are looked at only where so long a run stands at all.
  if (!mayBeLong.test(sql)) return []
  return [...sql.matchAll(token)].flatMap(({ groups }) => {
    const name = groups?.quoted?.replaceAll('""', '"') ?? groups?.plain
    return name !== undefined && Buffer.byteLength(name) > 63 ? [name] : []
  })
}

/** A letter beyond ASCII takes up to four bytes. */
const mayBeLong = /(?<![\w$])[\w$]{64}|"[^"]{64}|[^\0-\x7f]/

/** Comments, strings and dollar quotes first, so that what stands in them is no name. */
const token =
  /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|(?<dollar>\$\w*\$)[\s\S]*?\k<dollar>|"(?<quoted>(?:[^"]|"")+)"|(?<plain>[\p{L}_][\p{L}\p{N}_$]*)/gu
