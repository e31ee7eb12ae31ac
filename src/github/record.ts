import { z } from 'zod'

/**
 * What the app remembers of a head: hidden at the start of its check's text, which nobody but the app can write.
 * Comments can be edited by anyone with write access, so nothing there ever grants.
 */

const seen = z.strictObject({
  /** When these findings were first shown on this head, by GitHub's clock. */
  at: z.string(),
  /** Blob SHA by path of each changed migration. */
  blobs: z.record(z.string(), z.string()),
  fingerprints: z.array(z.string()),
})

const override = z.strictObject({
  actor: z.string(),
  role: z.string(),
  /** When the label was set. */
  at: z.string(),
  /** Id of the `labeled` event. */
  event: z.number(),
})

const pullRecord = z.strictObject({
  base: z.string(),
  seen: seen.nullable(),
  override: override.nullable(),
})

const headRecord = z.strictObject({ version: z.literal(1), pulls: z.record(z.string(), pullRecord) })

export type Seen = z.infer<typeof seen>
export type OverrideRecord = z.infer<typeof override>
export type PullRecord = z.infer<typeof pullRecord>
/** Several pull requests can have one head; each has its own entry, by number. */
export type HeadRecord = z.infer<typeof headRecord>

/** Room that is left for the findings in the 65,535 bytes of a check's text. */
const mostRecordBytes = 40_000

const opening = '<!-- lockcast:record '

/** The hidden block. A record too large for the check is cut down to verdicts: such a review cannot be overridden. */
export function recordBlock(record: HeadRecord): string {
  const whole = block(record)
  if (whole.length <= mostRecordBytes) return whole
  const pulls = Object.entries(record.pulls).map(([number, pull]) => [number, { ...pull, seen: null, override: null }])
  return block({ version: 1, pulls: Object.fromEntries(pulls) })
}

/** The record in a check's text; an empty one when there is none. Only the very start is looked at. */
export function readRecord(text: string): HeadRecord {
  const none: HeadRecord = { version: 1, pulls: {} }
  if (!text.startsWith(opening)) return none
  const encoded = text.slice(opening.length, text.indexOf(' -->'))
  try {
    const result = headRecord.safeParse(JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8')))
    return result.success ? result.data : none
  } catch {
    // Cut or written by an older version: the same as no record, which grants nothing.
    return none
  }
}

/** True when nothing of `now` is new to who saw `then`. */
export function covers(then: Seen, now: { blobs: Record<string, string>; fingerprints: string[] }): boolean {
  return newSince(then, now).length === 0
}

/** What is there now and was not when the findings were seen; sentences for the reader. */
export function newSince(then: Seen, now: { blobs: Record<string, string>; fingerprints: string[] }): string[] {
  const files = Object.entries(now.blobs).filter(([path, sha]) => then.blobs[path] !== sha)
  const findings = now.fingerprints.filter((fingerprint) => !then.fingerprints.includes(fingerprint))
  const lines = files.map(([path]) => `\`${path}\` ${path in then.blobs ? 'was changed' : 'is new'}`)
  if (findings.length > 0) lines.push(`${findings.length} ${findings.length === 1 ? 'finding is' : 'findings are'} new`)
  return lines
}

function block(record: HeadRecord): string {
  return `${opening}${Buffer.from(JSON.stringify(record)).toString('base64url')} -->`
}
