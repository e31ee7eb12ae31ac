/**
 * Reads the facts that `npm run facts` wrote from real servers. A fact is a text, followed by `@first-last` when only some
 * versions have it: `i f text @16-` from 16 on, `@-14` up to 14. A fact that changed has several, joined by `;`.
 */

/** The versions that were asked; what is older or newer is taken for the nearest of them. */
const oldestMajor = 10
export const newestMajor = 18

/** The major versions that have a fact; 0 and Infinity when it was there before and still is. */
export interface Versions {
  since: number
  until: number
}

interface Fact extends Versions {
  /** The words of the fact, without the versions. */
  words: string[]
}

/** Every form of a fact, oldest first. */
export function formsOf(text: string): Fact[] {
  return text.split(';').map((form) => {
    const [value = '', range = ''] = form.split('@')
    const [since, until] = range.split('-')
    return {
      words: value.split(' ').filter((word) => word !== ''),
      since: Number(since ?? 0),
      until: until ? Number(until) : Number.POSITIVE_INFINITY,
    }
  })
}

/** The words of a fact on a server of this major version; null when the server does not have it. */
export function factAt(text: string | undefined, major: number): string[] | null {
  if (text === undefined) return null
  return formsOf(text).find((form) => isIn(form, major))?.words ?? null
}

/** Whether a server of this major version has the fact. */
export function isIn({ since, until }: Versions, major: number): boolean {
  const asked = Math.min(Math.max(major, oldestMajor), newestMajor)
  return since <= asked && asked <= until
}

const tables = new Map<object, Map<number, ReadonlyMap<string, string[]>>>()

/** All facts of a file as a server of this major version has them. Made once for each version. */
export function tableAt(facts: Record<string, string>, major: number): ReadonlyMap<string, string[]> {
  const byMajor = tables.get(facts) ?? new Map<number, ReadonlyMap<string, string[]>>()
  tables.set(facts, byMajor)
  const made =
    byMajor.get(major) ??
    new Map(
      Object.entries(facts).flatMap(([key, text]): [string, string[]][] => {
        const words = factAt(text, major)
        return words ? [[key, words]] : []
      }),
    )
  byMajor.set(major, made)
  return made
}
