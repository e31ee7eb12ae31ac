/** NAMEDATALEN - 1. */
const longest = 63

/**
 * The name the server makes up for an index, constraint or sequence (makeObjectName in indexcmds.c): table, columns and
 * label joined by underscores, the longer of the first two cut until all fits.
 */
export function objectName(table: string, columns: string, label: string): string {
  const room = longest - label.length - 1 - (columns ? 1 : 0)
  let first = Buffer.byteLength(table)
  let second = Buffer.byteLength(columns)
  while (first + second > room) {
    if (first > second) first--
    else second--
  }
  const parts = [clip(table, first), ...(columns ? [clip(columns, second)] : []), label]
  return parts.join('_')
}

/** The first made-up name that `taken` does not know: a number is added to the label until one is free. */
export function freeName(table: string, columns: string[], label: string, taken: (name: string) => boolean): string {
  for (let i = 0; ; i++) {
    const name = objectName(table, columnPart(columns), i === 0 ? label : `${label}${i}`)
    if (!taken(name)) return name
  }
}

/** Column names joined until they would not fit anyway (ChooseIndexNameAddition). */
function columnPart(columns: string[]): string {
  let joined = ''
  for (const column of columns) {
    joined += `${joined ? '_' : ''}${column}`
    if (joined.length >= longest + 1) break
  }
  return joined
}

function clip(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text
  let used = 0
  let out = ''
  for (const char of text) {
    used += Buffer.byteLength(char)
    if (used > bytes) break
    out += char
  }
  return out
}

/** A name as the server stores it: cut to 63 bytes. */
export function storedName(name: string): string {
  return clip(name, longest)
}
