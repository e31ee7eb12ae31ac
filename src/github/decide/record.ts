import { createHash } from 'node:crypto'
import { z } from 'zod'

/**
 * What the app remembers of a head: hidden at the start of its check's text, which nobody but the app can write.
 * Comments can be edited by anyone with write access, so nothing there ever grants.
 */

const seen = z.union([
  z.strictObject({
    /** When these findings were first shown on this head, by GitHub's clock. */
    at: z.string(),
    /** Blob SHA by path of each changed migration. */
    blobs: z.record(z.string(), z.string()),
    /** Of the findings that block. */
    fingerprints: z.array(z.string()),
  }),
  /** The same where the lists were too long to keep. */
  z.strictObject({ at: z.string(), digest: z.string() }),
])

const decision = z.strictObject({
  /** Id of the `labeled` event. */
  event: z.number(),
  label: z.string(),
  actor: z.string(),
  role: z.string().nullable(),
  /** When the label was set. */
  at: z.string(),
  outcome: z.enum(['granted', 'refused', 'void']),
  /** Why it was refused or ended, in a word. */
  why: z.string().nullable(),
  /** What the actor gave as reason. */
  reason: z.string().nullable(),
  /** How many findings it was about, by hazard. */
  hazards: z.record(z.string(), z.number()),
  /** The head it was decided on. */
  head: z.string(),
  /** The signed event with the label's name was received. */
  confirmed: z.boolean(),
})

const pullRecord = z.strictObject({
  base: z.string(),
  seen: seen.nullable(),
  /** About the override labels, oldest first. */
  decisions: z.array(decision),
})

const group = z.strictObject({
  ref: z.string(),
  head: z.string(),
  base: z.string(),
  baseCommit: z.string(),
  public: z.boolean(),
})

const headRecord = z.strictObject({
  version: z.literal(2),
  pulls: z.record(z.string(), pullRecord),
  /** Set when the head is a merge group's. */
  group: group.optional(),
})

/** What was shown: the migrations as they are and the findings that block. */
export interface Shown {
  blobs: Record<string, string>
  fingerprints: string[]
}

export type Seen = z.infer<typeof seen>
export type Decision = z.infer<typeof decision>
export type PullRecord = z.infer<typeof pullRecord>
/** Several pull requests can have one head; each has its own entry, by number. */
export type HeadRecord = z.infer<typeof headRecord>

/** Room that is left for the findings in the 65,535 bytes of a check's text. */
const mostRecordBytes = 24_000

/** Decisions of a pull request that are kept when there is not room for all. */
const newestDecisions = 10

const opening = '<!-- lockcast:record '

/** The record of a head without anything on it. */
export const emptyRecord: HeadRecord = { version: 2, pulls: {} }

/**
 * The hidden block. Where it would grow beyond its room, what was shown is kept as a digest, and of many decisions the
 * newest; `note` says so.
 */
export function recordBlock(record: HeadRecord): { block: string; note: string | null } {
  const whole = block(record)
  if (whole.length <= mostRecordBytes) return { block: whole, note: null }
  const digests = withPulls(record, (pull) => ({ ...pull, seen: pull.seen && digested(pull.seen) }))
  const shorter = block(digests)
  const note =
    'The findings are too many to keep a list of them with the check: an override covers them together, and ends with any change of a migration.'
  if (shorter.length <= mostRecordBytes) return { block: shorter, note }
  const newest = withPulls(digests, (pull) => ({ ...pull, decisions: pull.decisions.slice(-newestDecisions) }))
  return {
    block: block(newest),
    note: `${note} Of earlier overrides only the newest ${newestDecisions} are kept here.`,
  }
}

/** The record in a check's text; an empty one when there is none. Only the very start is looked at. */
export function readRecord(text: string): HeadRecord {
  if (!text.startsWith(opening)) return emptyRecord
  const encoded = text.slice(opening.length, text.indexOf(' -->'))
  try {
    const result = headRecord.safeParse(JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8')))
    return result.success ? result.data : emptyRecord
  } catch {
    // Cut or written by an older version: the same as no record, which grants nothing.
    return emptyRecord
  }
}

/** True when nothing of `now` is new to who saw `then`. */
export function covers(then: Seen, now: Shown): boolean {
  return newSince(then, now).length === 0
}

/** What is there now and was not when the findings were seen; sentences for the reader. */
export function newSince(then: Seen, now: Shown): string[] {
  if ('digest' in then) {
    return then.digest === digestOf(now) ? [] : ['the migrations or the findings are not the same any more']
  }
  const files = Object.entries(now.blobs).filter(([path, sha]) => then.blobs[path] !== sha)
  const findings = now.fingerprints.filter((fingerprint) => !then.fingerprints.includes(fingerprint))
  const lines = files.map(([path]) => `\`${path}\` ${path in then.blobs ? 'was changed' : 'is new'}`)
  if (findings.length > 0) lines.push(`${findings.length} ${findings.length === 1 ? 'finding is' : 'findings are'} new`)
  return lines
}

function digested(known: Seen): Seen {
  return 'digest' in known ? known : { at: known.at, digest: digestOf(known) }
}

function digestOf({ blobs, fingerprints }: Shown): string {
  const parts = [Object.entries(blobs).sort(), fingerprints.toSorted()]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

function withPulls(record: HeadRecord, change: (pull: PullRecord) => PullRecord): HeadRecord {
  const pulls = Object.entries(record.pulls).map(([number, pull]) => [number, change(pull)])
  return { ...record, pulls: Object.fromEntries(pulls) }
}

function block(record: HeadRecord): string {
  return `${opening}${Buffer.from(JSON.stringify(record)).toString('base64url')} -->`
}
