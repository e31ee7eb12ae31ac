import { createHash } from 'node:crypto'
import { blocksMerge } from '../hazards/severity.ts'
import type { Policy } from '../policy/policy.ts'
import { inlineComment, type PullReport, summaryComment } from '../report/github-texts.ts'
import { bySeverity, type Disclosure } from '../report/markdown.ts'
import type { Finding, Review } from '../review/result.ts'
import type { SourceFile } from '../runners/runner.ts'
import { createOnce } from './calls.ts'
import { GitHubError } from './failure.ts'
import { anchor, hunksOf } from './hunks.ts'
import type { ChangedFile, NewComment, PullRequest, RepositoryClient, ReviewComment } from './port.ts'

/** Comments in one review; more trips GitHub's secondary limit and no reader's patience. */
const mostInline = 30

/** Comments only on what is worth a click: where conversations must be resolved, each one blocks the merge. */
const commentFrom = 'medium' satisfies Policy['fail_on']

/** A comment that could stand on a line, with the marker that names its findings. */
interface Placed {
  marker: string
  comment: NewComment
}

/**
 * Makes the app's inline comments tell exactly the findings at hand: keeps those that hold, posts the new ones in one
 * review, deletes its outdated ones unless someone replied. Returns what the reader should know.
 */
export async function syncInlineComments(
  client: RepositoryClient,
  bot: string,
  pull: PullRequest,
  review: Review | null,
  sources: { files: SourceFile[]; changed: ChangedFile[] },
  disclosure: Disclosure,
): Promise<string[]> {
  const wanted = review ? placeable(review, sources, disclosure).slice(0, mostInline) : []
  const list = async () => (pull.hasReviewComments || wanted.length > 0 ? client.reviewComments(pull.number) : [])
  const existing = await list()
  const fresh = wanted.filter(({ marker }) => !existing.some((comment) => stands(comment, bot, marker)))
  const notes: string[] = []
  if (fresh.length > 0) {
    const post = (comments: Placed[]) =>
      client.createReview(
        pull.number,
        pull.head.sha,
        comments.map(({ comment }) => comment),
      )
    const posted = async () => {
      const after = await list()
      return fresh.every(({ marker }) => after.some((comment) => stands(comment, bot, marker))) ? true : null
    }
    try {
      await createOnce<unknown>(posted, () => post(fresh))
    } catch (error) {
      if (!(error instanceof GitHubError) || error.failure.kind !== 'refused') throw error
      // The head moved between reading and writing; the findings stand in the check in any case.
      notes.push('GitHub did not take the comments on the changed lines, so they stand here only.')
    }
  }
  await deleteOutdated(client, bot, existing, wanted)
  return notes
}

/**
 * The one summary comment: made with the first finding worth a comment, then edited in place, also to say that all is
 * fixed.
 */
export async function syncSummaryComment(
  client: RepositoryClient,
  bot: string,
  pull: PullRequest,
  report: PullReport,
  checkUrl: string | null,
): Promise<void> {
  const worth = report.review?.findings.some((finding) => blocksMerge(finding, commentFrom)) ?? false
  if (!worth && !pull.hasComments) return
  const body = summaryComment(report, summaryMarker, checkUrl)
  const find = async () =>
    (await client.comments(pull.number)).find((known) => isOwn(known, bot, summaryMarker)) ?? null
  const existing = await find()
  if (existing) {
    if (existing.body !== body) await client.updateComment(existing.id, body)
  } else if (worth) {
    await createOnce<unknown>(find, () => client.createComment(pull.number, body))
  }
}

/** Says something once: a second call with the same marker does nothing. */
export async function sayOnce(
  client: RepositoryClient,
  bot: string,
  number: number,
  marker: string,
  body: string,
): Promise<void> {
  const find = async () => (await client.comments(number)).find((known) => isOwn(known, bot, marker)) ?? null
  if (await find()) return
  await createOnce<unknown>(find, () => client.createComment(number, body))
}

/** A marker is a line of its own: Markdown does not read what follows an HTML comment on its line. */
export function marker(name: string): string {
  return `<!-- lockcast:${name} -->\n`
}

const summaryMarker = marker('summary')

/** Names the findings of one comment, whatever their order. */
function findingsMarker(findings: Finding[]): string {
  const fingerprints = findings.map(({ fingerprint }) => fingerprint).sort()
  return marker(createHash('sha256').update(fingerprints.join('\n')).digest('hex').slice(0, 24))
}

/** One comment for each line that a finding ends on, the worst first. */
function placeable(
  review: Review,
  sources: { files: SourceFile[]; changed: ChangedFile[] },
  disclosure: Disclosure,
): Placed[] {
  const places = new Map<string, { path: string; at: NonNullable<ReturnType<typeof anchor>>; findings: Finding[] }>()
  for (const finding of bySeverity(review.findings)) {
    if (!blocksMerge(finding, commentFrom)) continue
    const { path } = finding
    const patch = sources.changed.find((file) => file.path === path)?.patch ?? null
    const at = anchor(hunksOf(patch), finding.line, finding.endLine)
    if (!at) continue
    const key = JSON.stringify([path, at.line])
    const known = places.get(key)
    if (known) known.findings.push(finding)
    else places.set(key, { path, at, findings: [finding] })
  }
  return [...places.values()].map(({ path, at, findings }): Placed => {
    const lines = sources.files.find((file) => file.path === path)?.text?.split('\n') ?? []
    const original = lines.slice((at.startLine ?? at.line) - 1, at.line).join('\n')
    const marked = findingsMarker(findings)
    const body = inlineComment(findings, review, disclosure, original, marked)
    return { marker: marked, comment: { path, body, ...at } }
  })
}

async function deleteOutdated(
  client: RepositoryClient,
  bot: string,
  existing: ReviewComment[],
  wanted: Placed[],
): Promise<void> {
  const kept = new Set<string>()
  for (const comment of existing) {
    const [, name] = /^<!-- lockcast:([0-9a-f]+) -->/.exec(comment.body) ?? []
    const mark = name === undefined ? undefined : marker(name)
    if (comment.author !== bot || comment.inReplyTo !== null || mark === undefined) continue
    const holds = comment.line !== null && !kept.has(mark) && wanted.some((placed) => placed.marker === mark)
    if (holds) kept.add(mark)
    else if (!existing.some((reply) => reply.inReplyTo === comment.id)) await removed(client, comment.id)
  }
}

async function removed(client: RepositoryClient, id: number): Promise<void> {
  try {
    await client.deleteReviewComment(id)
  } catch (error) {
    if (!(error instanceof GitHubError) || error.failure.kind !== 'not found') throw error
  }
}

function stands(comment: ReviewComment, bot: string, marked: string): boolean {
  return comment.line !== null && isOwn(comment, bot, marked)
}

function isOwn(comment: { author: string; body: string }, bot: string, marked: string): boolean {
  // Without the line break: an editor may have made it another one.
  return comment.author === bot && comment.body.startsWith(marked.trimEnd())
}
