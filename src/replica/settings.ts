import type { CatalogSnapshot } from '../catalog/snapshot.ts'
import type { ServerFacts } from './read-server.ts'

/** Settings as SHOW prints them, the timeouts as they would be without this reading's own. */
export function sessionSettings({ settings, ownSettings }: ServerFacts): Record<string, string> {
  const timeouts = ownSettings.map(({ name, value, unit }) => [name, unit === 'ms' ? asShown(Number(value)) : value])
  return { ...settings, ...Object.fromEntries(timeouts) }
}

/** Settings of each role, or of every role (null), at login in this database; a setting for the database wins. */
export function loginSettings({ roleSettings }: ServerFacts): CatalogSnapshot['roleSettings'] {
  const byRole = Map.groupBy(roleSettings, ({ role }) => role)
  return [...byRole].map(([role, entries]) => ({
    role,
    settings: Object.fromEntries(
      entries.toSorted((a, b) => Number(a.database) - Number(b.database)).map(({ name, value }) => [name, value]),
    ),
  }))
}

/** 5000 ms is `5s`, 1500 ms is `1500ms`: guc.c takes the largest unit that leaves no rest. */
function asShown(milliseconds: number): string {
  if (milliseconds <= 0) return String(milliseconds)
  const [unit, size] = units.find(([, size]) => milliseconds % size === 0) ?? ['ms', 1]
  return `${milliseconds / size}${unit}`
}

const units: [string, number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
  ['ms', 1],
]
