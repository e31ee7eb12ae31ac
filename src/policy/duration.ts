/** Factors to ms, with PostgreSQL's units for time settings; a bare number is ms, as in `SET lock_timeout = 3000`. */
const units: Record<string, number> = {
  us: 0.001,
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  '': 1,
}

/** A duration as PostgreSQL's settings write it (`500ms`, `3s`, `10min`, `3000`), in ms; null when it is none. */
export function milliseconds(text: string): number | null {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/.exec(text)
  const unit = match && units[match[2] ?? '']
  return match && unit !== undefined && unit !== null ? Number(match[1]) * unit : null
}

/** A number of ms as one would write it: `7d`, `30s`, `1500ms`. */
export function durationWritten(ms: number): string {
  if (ms === 0) return '0'
  const [unit, size] = fromLargest.find(([, one]) => ms >= one && ms % one === 0) ?? ['us', 0.001]
  return `${Math.round(ms / size)}${unit}`
}

const fromLargest = Object.entries(units)
  .filter(([name]) => name !== '')
  .sort(([, a], [, b]) => b - a)
