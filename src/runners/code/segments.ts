import type { Migration } from '../runner.ts'
import type { SentCall } from './sent-call.ts'

/**
 * The migrations of a file that leaves its transaction for some calls: one for each run of calls inside or outside, in
 * their order. A part of which nothing is read does not make the whole file unreadable.
 */
export function inSegments<Call extends SentCall>(
  calls: Call[],
  isOutside: (call: Call) => boolean,
  migrationsOf: (calls: Call[], outside: boolean) => Migration[],
): Migration[] {
  return (['up', 'down'] as const).flatMap((direction) => {
    const own = calls.filter((call) => call.direction === direction)
    const segments: Call[][] = []
    for (const call of own) {
      const last = segments.at(-1)
      if (last?.[0] && isOutside(last[0]) === isOutside(call)) last.push(call)
      else segments.push([call])
    }
    if (segments.length === 0)
      return direction === 'up' ? migrationsOf([], false).filter((migration) => migration.direction === 'up') : []
    const parts = segments.flatMap((segment) => {
      const [first] = segment
      const migrations = migrationsOf(segment, first !== undefined && isOutside(first))
      return migrations.filter((migration) => migration.direction === direction)
    })
    if (parts.length === 1 || parts.every(({ unreadable }) => unreadable !== null))
      return parts.slice(0, Math.max(1, parts.length))
    return parts.map((part) => ({ ...part, unreadable: null }))
  })
}
