import { type CodeName, formsOf, wordOf } from './named-in-code.ts'

/**
 * The words of a file as sorted 32-bit hashes, four bytes each: a quick test that a file does not contain a name.
 * Case and underscores are left out, so that one hash covers every spelling; a hit is checked in the text itself.
 */
export function wordHashes(bytes: Uint8Array): Uint32Array {
  const found = new Set<number>()
  let hash = offset
  let inWord = false
  for (let i = 0; i <= bytes.length; i++) {
    const byte = bytes[i] ?? 0
    const kind = kinds[byte] ?? 0
    if (kind === 1) {
      hash = Math.imul(hash ^ (byte >= 65 && byte <= 90 ? byte + 32 : byte), prime)
      inWord = true
    } else if (kind === 0 && inWord) {
      found.add(hash >>> 0)
      hash = offset
      inWord = false
    }
  }
  return Uint32Array.from(found).sort()
}

/** True when a file with these words may hold one of the names. */
export function mayHold(names: CodeName[]): (hashes: Uint32Array) => boolean {
  const wanted = names.map((name) => formsOf(wordOf(name)).map((form) => [...wordHashes(Buffer.from(form))]))
  const alternatives = [...new Map(wanted.flat().map((all) => [all.join(), all])).values()]
  return (hashes) => alternatives.some((all) => all.every((hash) => has(hashes, hash)))
}

function has(sorted: Uint32Array, wanted: number): boolean {
  let low = 0
  let high = sorted.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const value = sorted[middle] ?? 0
    if (value === wanted) return true
    if (value < wanted) low = middle + 1
    else high = middle - 1
  }
  return false
}

/** FNV-1a. */
const offset = 0x811c9dc5
const prime = 0x01000193

/** 1: part of a word, 2: an underscore, which is left out, 0: between words. Bytes of UTF-8 beyond ASCII are letters. */
const kinds = Uint8Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte)
  return char === '_' ? 2 : byte >= 128 || /[A-Za-z0-9]/.test(char) ? 1 : 0
})
