/**
 * The `count` version numbers that come right behind one, in its own form, and before the next that exists; null where there
 * is no room. Times count on by a second, or by the smallest unit that they show.
 */
export function versionsAfter(version: string, next: string | null, count: number): string[] | null {
  const step = stepOf(version)
  const found: string[] = []
  let at = version
  for (let i = 0; i < count; i++) {
    at = step(at)
    if (next !== null && compareVersions(at, next) >= 0) return null
    found.push(at)
  }
  return found
}

/** Orders numbers of one form: `001`, `20260101120000`, `2026-01-01-120000`, `2.1`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)]
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [x, y] = [left[i] ?? 0n, right[i] ?? 0n]
    if (x !== y) return x < y ? -1 : 1
  }
  return 0
}

function partsOf(version: string): bigint[] {
  const text = version.includes('-') ? version.replaceAll('-', '') : version
  return text
    .split(/[._]/)
    .filter((part) => part !== '')
    .map((part) => BigInt(part))
}

function stepOf(version: string): (version: string) => string {
  const digits = version.replace(/\D/g, '')
  const date = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?$/.exec(digits)
  if (date && isTime(digits)) return (text) => nextTime(text)
  return (text) => text.replace(/\d+$/, (number) => String(BigInt(number) + 1n).padStart(number.length, '0'))
}

/** Whether digits are a date with hours and minutes, as `20260131235959` is. */
function isTime(digits: string): boolean {
  return !Number.isNaN(timeOf(digits)) && digitsOf(timeOf(digits), digits.length) === digits
}

function timeOf(digits: string): number {
  const [, year, month, day, hour, minute, second = '00'] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?$/.exec(digits) ?? []
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}

function digitsOf(time: number, length: number): string {
  return new Date(time).toISOString().replace(/\D/g, '').slice(0, length)
}

/** The next second, or minute, with the separators of the text. */
function nextTime(text: string): string {
  const digits = text.replace(/\D/g, '')
  const later = digitsOf(timeOf(digits) + (digits.length === 14 ? 1_000 : 60_000), digits.length)
  let at = 0
  return text.replace(/\d/g, () => later.charAt(at++))
}
