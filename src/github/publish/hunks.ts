/** One hunk of a unified diff: the lines of the new file that it shows, inclusive. */
export interface Hunk {
  from: number
  to: number
}

/** The hunks of a `patch` as GitHub gives it. Comments may stand on their lines and nowhere else. */
export function hunksOf(patch: string | null): Hunk[] {
  return (patch ?? '').split('\n').flatMap((line): Hunk[] => {
    const [, start, count] = /^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@/.exec(line) ?? []
    if (start === undefined) return []
    const length = count === undefined ? 1 : Number(count)
    return length === 0 ? [] : [{ from: Number(start), to: Number(start) + length - 1 }]
  })
}

/**
 * Where a comment on these lines can stand: the part of them that lies in one hunk; null when no line does. One anchor
 * outside loses the whole review.
 */
export function anchor(
  hunks: Hunk[],
  line: number,
  endLine: number,
): { startLine: number | null; line: number } | null {
  const hunk = hunks.find(({ from, to }) => from <= endLine && line <= to)
  if (!hunk) return null
  const first = Math.max(line, hunk.from)
  const last = Math.min(endLine, hunk.to)
  return { startLine: first < last ? first : null, line: last }
}
