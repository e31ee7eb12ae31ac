import { createHash } from 'node:crypto'
import { z } from 'zod'

/**
 * What the app remembers of a head: hidden at the start of its check's text, which only the app can write.
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
  /** `waiting`: only the reason is missing. */
  outcome: z.enum(['granted', 'refused', 'void', 'waiting']),
  /** Why it was refused or ended, in a word. */
  why: z.string().nullable(),
  /** The reason that the actor gave. */
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
  /** The same of a look at which facts were missing, such as the database: it neither replaces nor ends the other. */
  seenWithout: seen.nullable().default(null),
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
  // Before 4 fingerprints were not sealed: they fit none of now.
  version: z.literal(4),
  pulls: z.record(z.string(), pullRecord),
  /** Set when the head is a merge group's. */
  group: group.optional(),
})

/** The migrations and the blocking findings that were shown. */
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
export const emptyRecord: HeadRecord = { version: 4, pulls: {} }

/**
 * The hidden block. Where it would grow beyond its room, what was shown is kept as a digest, and of many decisions the
 * newest; `note` says so.
 */
export function recordBlock(record: HeadRecord): { block: string; note: string | null } {
  const whole = block(record)
  if (whole.length <= mostRecordBytes) return { block: whole, note: null }
  const digests = withPulls(record, (pull) => ({
    ...pull,
    seen: pull.seen && digested(pull.seen),
    seenWithout: pull.seenWithout && digested(pull.seenWithout),
  }))
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

/** The record in a check's text. */
type RecordRead =
  | { kind: 'record'; record: HeadRecord }
  | { kind: 'none' }
  /** Written by another version of Lockcast, or damaged. */
  | { kind: 'unreadable'; version: number | null }

/** Reads the record in a check's text. Only the very start is looked at. */
export function parseRecord(text: string): RecordRead {
  if (!text.startsWith(opening)) return { kind: 'none' }
  const encoded = text.slice(opening.length, text.indexOf(' -->'))
  try {
    const value: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'))
    const result = headRecord.safeParse(value)
    if (result.success) return { kind: 'record', record: result.data }
    const { version } = value as { version?: unknown }
    return { kind: 'unreadable', version: typeof version === 'number' ? version : null }
  } catch {
    return { kind: 'unreadable', version: null }
  }
}

/** The record in a check's text; an empty one, which grants nothing, when there is none that can be read. */
export function readRecord(text: string): HeadRecord {
  const read = parseRecord(text)
  return read.kind === 'record' ? read.record : emptyRecord
}

/** Findings that are in none of the earlier reviews, one sentence each. */
export function newSinceAll(looks: Seen[], now: Shown): string[] {
  const news = looks.map((look) => newSince(look, now))
  if (news.some((lines) => lines.length === 0)) return []
  const whole = looks.flatMap((look) => ('digest' in look ? [] : [look]))
  const [first] = whole
  if (!first) return news[0] ?? []
  // Looks at the same files: their findings count together.
  const fingerprints = whole.filter((look) => sameBlobs(look.blobs, first.blobs)).flatMap((look) => look.fingerprints)
  return newSince({ ...first, fingerprints }, now)
}

function sameBlobs(first: Record<string, string>, second: Record<string, string>): boolean {
  const paths = new Set([...Object.keys(first), ...Object.keys(second)])
  return [...paths].every((path) => first[path] === second[path])
}

/** True when nothing of `now` is new to who saw `then`. */
export function covers(then: Seen, now: Shown): boolean {
  return newSince(then, now).length === 0
}

/** Findings that are new since the override was set, one sentence each. */
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
