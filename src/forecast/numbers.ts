/** How rows, bytes and times are written, everywhere: one significant style, no false precision. */

const magnitudes: [number, string][] = [
  [1e12, ' T'],
  [1e9, ' G'],
  [1e6, ' M'],
  [1e3, ' k'],
]

function short(value: number, names: [number, string][]): string {
  for (const [size, name] of names) {
    // 999,500 reads better as 1 M than as 1,000 k.
    if (value >= size * 0.9995) return `${significant(value / size)}${name}`
  }
  return `${Math.round(value)}`
}

function significant(value: number): string {
  if (value >= 9.95) return `${Math.round(value)}`
  return `${Number(value.toFixed(1))}`
}

const english = new Intl.NumberFormat('en-US')

/** `no rows`, `120 rows`, `1.6 M rows`, `80 M rows`. */
export function rowsText(rows: number): string {
  if (rows === 0) return 'no rows'
  const text = rows < 10_000 ? english.format(Math.round(rows)) : short(rows, magnitudes)
  return `${text} ${Math.round(rows) === 1 ? 'row' : 'rows'}`
}

const byteUnits: [number, string][] = [
  [1024 ** 4, ' TB'],
  [1024 ** 3, ' GB'],
  [1024 ** 2, ' MB'],
  [1024, ' kB'],
]

/** `8 kB`, `41 GB`; factors of 1,024, as pg_size_pretty. */
export function bytesText(bytes: number): string {
  return bytes < 1024 ? `${Math.round(bytes)} bytes` : short(bytes, byteUnits)
}

const timeUnits: [number, string][] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
  [0, 'ms'],
]

/** One duration: `12 ms`, `4 s`, `9 min`. */
export function durationText(ms: number): string {
  const [value, unit] = inUnit(ms, ms)
  return `${value} ${unit}`
}

/** A time to come, rounded down: `5 days`, `9 weeks`, `7 months`, `3 years`. */
export function spanText(seconds: number): string {
  const days = seconds / 86_400
  if (days < 1) return 'less than a day'
  const [size, unit]: [number, string] =
    days < 14 ? [1, 'day'] : days < 90 ? [7, 'week'] : days < 730 ? [30.4, 'month'] : [365, 'year']
  const count = Math.floor(days / size)
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

/** A range: `4–9 min`, `40 s–2 min`, `under 1 s`. */
export function rangeText(lowMs: number, highMs: number): string {
  if (highMs < 1_000) return 'under 1 s'
  const [high, highUnit] = inUnit(highMs, highMs)
  const [low, lowUnit] = inUnit(lowMs, Math.max(lowMs, 1_000))
  if (lowMs < 1_000) return `up to ${high} ${highUnit}`
  if (lowUnit === highUnit) return low === high ? `${high} ${highUnit}` : `${low}–${high} ${highUnit}`
  return `${low} ${lowUnit}–${high} ${highUnit}`
}

function inUnit(ms: number, by: number): [string, string] {
  for (const [size, unit] of timeUnits) {
    if (size === 0 || by >= size * 1.5 || (by >= size && unit === 's')) {
      return [significant(ms / (size || 1)), unit]
    }
  }
  return [`${ms}`, 'ms']
}

/** Formats numbers: exact, or in buckets for readers who may not know them. */
export interface NumberFormat {
  rows(rows: number): string
  bytes(bytes: number): string
  time(lowMs: number, highMs: number): string
  /** How many statements wait, with two digits since it comes from a rate. Empty when it may not be said. */
  many(count: number): string
  /** For the machine-readable fields. */
  count(rows: number | null): number | null
}

const exactly: NumberFormat = {
  rows: rowsText,
  bytes: bytesText,
  time: rangeText,
  many: (count) =>
    `about ${count < 999_500 ? Number(count.toPrecision(2)).toLocaleString('en-US') : short(count, magnitudes)}`,
  count: (rows) => rows,
}

/** From and to, ms. */
type TimeBucket = readonly [number, number]

const hours: TimeBucket = [3_600_000, 86_400_000]
const timeBuckets: readonly TimeBucket[] = [[0, 1_000], [1_000, 60_000], [60_000, 3_600_000], hours]

/** The bucket that a time lies in, ms; longer than a day is in the last. */
export function timeBucket(ms: number): TimeBucket {
  return timeBuckets.find(([, to]) => ms < to) ?? hours
}

/** Powers of ten, and units of time: production facts stay out of public comments. */
const inBuckets: NumberFormat = {
  rows: (rows) => (rows < 10_000 ? 'under 10 k rows' : `over ${rowsText(floorToTen(rows))}`),
  bytes: (bytes) =>
    bytes < 1024 ** 2 ? 'under 1 MB' : `over ${bytesText(1024 ** Math.floor(Math.log(bytes) / Math.log(1024)))}`,
  time: (_low, high) => ['under 1 s', 'seconds', 'minutes', 'hours'][timeBuckets.indexOf(timeBucket(high))] ?? 'hours',
  many: (count) => (count < 10_000 ? 'under 10 k' : `over ${short(floorToTen(count), magnitudes)}`),
  count: (rows) => (rows === null ? null : rows < 10_000 ? 0 : floorToTen(rows)),
}

const nothing: NumberFormat = {
  rows: () => 'a number of rows that is not shown',
  bytes: () => 'a size that is not shown',
  time: () => 'a time that is not shown',
  many: () => '',
  count: () => null,
}

/** The words for numbers that these readers may see. */
export function numberFormat(disclosure: 'exact' | 'buckets' | 'none'): NumberFormat {
  return disclosure === 'exact' ? exactly : disclosure === 'buckets' ? inBuckets : nothing
}

function floorToTen(value: number): number {
  return 10 ** Math.floor(Math.log10(value))
}
