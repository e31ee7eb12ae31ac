/** The other word that differs from this one in the fewest letters; null when all differ in more than a third. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  let limit = Math.min(word.length - 1, Math.max(2, Math.floor(word.length / 3)))
  let best: string | null = null
  for (const candidate of candidates) {
    if (candidate === word || Math.abs(candidate.length - word.length) > limit) continue
    const distance = editDistance(word, candidate, limit)
    if (distance === null) continue
    best = candidate
    limit = distance - 1
    if (limit < 1) break
  }
  return best
}

/** How many letters are to be changed, added or taken away; null when more than `limit`. */
function editDistance(a: string, b: string, limit: number): number | null {
  let row = new Uint16Array(b.length + 1).map((_, i) => i)
  let next = new Uint16Array(b.length + 1)
  for (let i = 1; i <= a.length; i++) {
    next[0] = i
    let least = i
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const distance = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replaced)
      next[j] = distance
      if (distance < least) least = distance
    }
    if (least > limit) return null
    ;[row, next] = [next, row]
  }
  const distance = row[b.length] ?? 0
  return distance > limit ? null : distance
}
