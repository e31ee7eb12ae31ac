/**
 * Answers that several reviews may share: the tree of a base branch, the organisation's policy. An answer serves a job
 * when it was asked for after the job was: whatever the job's event told has happened before.
 */
export interface RecentAnswers {
  /** The answer asked for at `from` (ms since 1970) or later; asks when there is none. */
  get<T>(key: string, from: number, ask: () => Promise<T>): Promise<T>
}

/** Answers kept, the newest. A tree of a large repository takes some 10 MB. */
const mostKept = 16

/** Nothing is known yet. `now`: ms since 1970. */
export function createRecentAnswers(now: () => number): RecentAnswers {
  const kept = new Map<string, { at: number; answer: Promise<unknown> }>()
  return {
    get<T>(key: string, from: number, ask: () => Promise<T>): Promise<T> {
      const known = kept.get(key)
      if (known && known.at >= from) return known.answer as Promise<T>
      const entry = { at: now(), answer: ask() }
      kept.delete(key)
      kept.set(key, entry)
      entry.answer.catch(() => {
        if (kept.get(key) === entry) kept.delete(key)
      })
      for (const oldest of kept.keys()) {
        if (kept.size <= mostKept) break
        kept.delete(oldest)
      }
      return entry.answer
    },
  }
}
