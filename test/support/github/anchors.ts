import type { GitStore } from './git.ts'
import type { ReviewComment } from './world.ts'

/** Right-side lines that a unified diff shows, with the number of their hunk. Written apart from the app's own reading. */
export function commentableLines(patch: string): Map<number, number> {
  const lines = new Map<number, number>()
  let hunk = -1
  let next = 0
  for (const line of patch.split('\n')) {
    const start = /^@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line)
    if (start) {
      hunk++
      next = Number(start[1])
    } else if (line.startsWith('+') || line.startsWith(' ')) {
      lines.set(next, hunk)
      next++
    }
  }
  return lines
}

/** A comment follows its lines when the file changes around them, and is outdated (no line) when they change. */
export function followLines(store: GitStore, comment: ReviewComment, head: string): void {
  if (comment.line === null) return
  const textAt = (sha: string): string[] => {
    const blob = store.commits.get(sha)?.files.get(comment.path)
    return (blob ? store.blobs.get(blob)?.toString('utf8') : undefined)?.split('\n') ?? []
  }
  const before = textAt(comment.commit)
  const after = textAt(head)
  const first = comment.startLine ?? comment.line
  const wanted = before.slice(first - 1, comment.line)
  const at = after.findIndex((_, start) => wanted.every((line, offset) => after[start + offset] === line))
  if (at < 0) {
    comment.line = null
    comment.startLine = null
    return
  }
  comment.commit = head
  comment.line = at + wanted.length
  comment.startLine = wanted.length > 1 ? at + 1 : null
}
