import { createHash } from 'node:crypto'
import { blocksMerge } from '../../hazards/severity.ts'
import type { Policy } from '../../policy/policy.ts'
import { inlineComment, type PullReport, summaryComment } from '../../report/github-texts.ts'
import { bySeverity, type Disclosure } from '../../report/markdown.ts'
import type { Finding, Review } from '../../review/result.ts'
import type { SourceFile } from '../../runners/runner.ts'
import { createOnce } from '../client/calls.ts'
import { unless } from '../client/failure.ts'
import type { ChangedFile, Comment, NewComment, PullRequest, RepositoryClient, ReviewComment } from '../client/port.ts'
import { anchor, type Hunk, hunksOf } from './hunks.ts'
import { hiddenBlock, readReported, reportedNow } from './reported.ts'

/** Comments in one review; more trips GitHub's secondary limit and no reader's patience. */
const mostInline = 30

/** Comments only on what is worth a click: where conversations must be resolved, each one blocks the merge. */
const commentFrom = 'medium' satisfies Policy['fail_on']

/** A comment that could stand on a line, with the name of its findings that its marker bears. */
export interface Placed {
  marker: string
  comment: NewComment
}

/** Whose comments are written and edited. What someone else wrote is never touched, whatever marker it bears. */
export interface Speaker {
  /** Login of the account that writes. */
  login: string
  /** The first word of its markers: the app's, or that of a review started by a person or a workflow. */
  marks: 'lockcast' | 'lockcast-pr'
}

/** The comments that the findings at hand ask for on lines, at most thirty, the worst first. */
export function wantedComments(
  review: Review | null,
  sources: { files: SourceFile[]; changed: ChangedFile[] },
  disclosure: Disclosure,
  marks: Speaker['marks'],
): Placed[] {
  return review ? placeable(review, sources, disclosure, marks) : []
}

/**
 * Makes the speaker's inline comments tell exactly the findings at hand: keeps those that hold, posts the new ones in one
 * review, deletes its outdated ones unless someone replied. Returns what the reader should know.
 */
export async function syncInlineComments(
  client: RepositoryClient,
  speaker: Speaker,
  pull: PullRequest,
  wanted: Placed[],
): Promise<string[]> {
  const missingFrom = (comments: ReviewComment[]) => {
    const standing = new Set(
      comments.flatMap((comment) => (comment.line === null ? [] : (markOf(comment, speaker) ?? []))),
    )
    return wanted.filter(({ marker }) => !standing.has(marker))
  }
  const existing = pull.hasReviewComments ? await client.reviewComments(pull.number) : []
  const fresh = missingFrom(existing)
  const notes: string[] = []
  if (fresh.length > 0) {
    const post = async (comments: Placed[]): Promise<true> => {
      const bodies = comments.map(({ comment }) => comment)
      await client.createReview(pull.number, pull.head.sha, bodies)
      return true
    }
    const posted = async () => (missingFrom(await client.reviewComments(pull.number)).length === 0 ? true : null)
    const taken = await unless(['refused'], () => createOnce(posted, () => post(fresh)))
    // The head moved between reading and writing; the findings stand in the check in any case.
    if (taken === null) notes.push('GitHub did not take the comments on the changed lines, so they stand here only.')
  }
  await deleteOutdated(client, speaker, existing, wanted)
  return notes
}

/** The new text of the summary comment, given the old one; null when there is nothing to say. */
export function wantedSummary(
  report: PullReport,
  before: Comment | null,
  speaker: Speaker,
  details: string | null,
): string | null {
  const told = reportedNow(report, before === null ? null : readReported(before.body), (finding) =>
    blocksMerge(finding, commentFrom),
  )
  if (told.standing.length === 0 && before === null) return null
  const hidden = marker('summary', speaker.marks) + hiddenBlock(told)
  return summaryComment(report, { hidden, fixed: told.fixed, details })
}

/**
 * The one summary comment: made with the first finding worth a comment, then edited in place, also to say that all is
 * fixed.
 */
export async function syncSummaryComment(
  client: RepositoryClient,
  speaker: Speaker,
  pull: PullRequest,
  report: PullReport,
  details: string | null,
): Promise<void> {
  const existing = await ownSummary(client, speaker, pull)
  const body = wantedSummary(report, existing, speaker, details)
  if (body === null) return
  if (existing === null)
    await createOnce<unknown>(
      async () => (await client.comments(pull.number)).find((known) => isOwn(known, speaker, 'summary')) ?? null,
      () => client.createComment(pull.number, body),
    )
  else if (existing.body !== body) await client.updateComment(existing.id, body)
}

/** The speaker's current summary comment. */
async function ownSummary(client: RepositoryClient, speaker: Speaker, pull: PullRequest): Promise<Comment | null> {
  if (!pull.hasComments) return null
  return (await client.comments(pull.number)).find((known) => isOwn(known, speaker, 'summary')) ?? null
}

/** Says something once: a second call with the same name does nothing. */
export async function commentOnce(
  client: RepositoryClient,
  speaker: Speaker,
  number: number,
  name: string,
  body: string,
): Promise<void> {
  const find = async () => (await client.comments(number)).find((known) => isOwn(known, speaker, name)) ?? null
  if (await find()) return
  await createOnce<unknown>(find, () => client.createComment(number, body))
}

/** A marker is a line of its own: Markdown does not read what follows an HTML comment on its line. */
export function marker(name: string, marks: Speaker['marks']): string {
  return `<!-- ${marks}:${name} -->\n`
}

/** Names the findings of one comment and how bad they are, whatever their order: one that grew worse is said anew. */
function nameOf(findings: Finding[]): string {
  const parts = findings.map(({ fingerprint, severity }) => `${fingerprint} ${severity}`).sort()
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 24)
}

interface Place {
  path: string
  at: NonNullable<ReturnType<typeof anchor>>
  findings: Finding[]
}

/** One comment for each line that a finding ends on, the worst first. */
function placeable(
  review: Review,
  sources: { files: SourceFile[]; changed: ChangedFile[] },
  disclosure: Disclosure,
  marks: Speaker['marks'],
): Placed[] {
  const hunks = new Map<string, Hunk[]>(sources.changed.map(({ path, patch }) => [path, hunksOf(patch)]))
  const places = new Map<string, Place>()
  for (const finding of bySeverity(review.findings)) {
    if (!blocksMerge(finding, commentFrom)) continue
    const { path } = finding
    const at = anchor(hunks.get(path) ?? [], finding.line, finding.endLine)
    if (!at) continue
    const key = JSON.stringify([path, at.line])
    const known = places.get(key)
    if (known) known.findings.push(finding)
    else places.set(key, { path, at, findings: [finding] })
  }
  const lines = new Map(sources.files.map(({ path, text }) => [path, (text ?? '').split('\n')]))
  return [...places.values()].slice(0, mostInline).map(({ path, at, findings }): Placed => {
    const original = (lines.get(path) ?? []).slice((at.startLine ?? at.line) - 1, at.line).join('\n')
    const name = nameOf(findings)
    const body = inlineComment(findings, review, disclosure, original, marker(name, marks))
    return { marker: name, comment: { path, body, ...at } }
  })
}

async function deleteOutdated(
  client: RepositoryClient,
  speaker: Speaker,
  existing: ReviewComment[],
  wanted: Placed[],
): Promise<void> {
  const answered = new Set(existing.map((comment) => comment.inReplyTo))
  const holding = new Set(wanted.map((placed) => placed.marker))
  for (const comment of existing) {
    const mark = markOf(comment, speaker)
    if (mark === null || comment.inReplyTo !== null) continue
    // The first that holds stays; a second one of the same name is a double.
    if (comment.line !== null && holding.delete(mark)) continue
    if (!answered.has(comment.id)) await unless(['not found'], () => client.deleteReviewComment(comment.id))
  }
}

/** Whether the speaker wrote this comment as one of its own. */
export function isSpeakers(comment: { author: string; body: string }, speaker: Speaker): boolean {
  return markOf(comment, speaker) !== null
}

function isOwn(comment: Comment, speaker: Speaker, name: string): boolean {
  return markOf(comment, speaker) === name
}

/** The name in the marker that a comment of the speaker's begins with; null for anything else. */
function markOf(comment: { author: string; body: string }, { login, marks }: Speaker): string | null {
  if (comment.author !== login || !comment.body.startsWith(`<!-- ${marks}:`)) return null
  return /^<!-- [a-z-]+:(\S+) -->/.exec(comment.body)?.[1] ?? null
}
