import { commentableLines } from './anchors.ts'
import { type Call, page, Refusal, type Route } from './call.ts'
import { commentShape, reviewCommentShape, reviewShape } from './shapes-activity.ts'
import { pullFiles } from './shapes-pulls.ts'
import { type Comment, headSha, now, type Pull, type Review, type ReviewComment } from './world.ts'

const mostBodyBytes = 65_535

interface DraftComment {
  path: string
  body: string
  line?: number
  side?: string
  start_line?: number
  start_side?: string
}

export const commentRoutes: Route[] = [
  {
    operation: 'get /repos/{owner}/{repo}/pulls/{pull_number}/comments',
    needs: ['pull_requests:read'],
    handle(call) {
      const pull = call.pull()
      return page(call, pull.reviewComments, (part) =>
        part.map((comment) => reviewCommentShape(call.world, pull, comment)),
      )
    },
  },
  {
    operation: 'get /repos/{owner}/{repo}/pulls/{pull_number}/reviews',
    needs: ['pull_requests:read'],
    handle(call) {
      const pull = call.pull()
      return page(call, pull.reviews, (part) => part.map((review) => reviewShape(call.world, pull, review)))
    },
  },
  {
    operation: 'post /repos/{owner}/{repo}/pulls/{pull_number}/reviews',
    needs: ['pull_requests:write'],
    handle(call) {
      const pull = call.pull()
      const body = call.body as { body?: string; event?: string; commit_id?: string; comments?: DraftComment[] }
      const comments = body.comments ?? []
      if (body.event === 'COMMENT' && !body.body && comments.length === 0) throw unprocessable('Body is too short')
      checkLength(body.body ?? '')
      for (const comment of comments) checkLength(comment.body)
      const commit = body.commit_id ?? headSha(pull)
      if (!pull.base.repository.store.commits.has(commit))
        throw unprocessable('commit_id is not part of the pull request')
      // One bad anchor and nothing of the review is kept.
      for (const comment of comments) checkAnchor(pull, comment)
      const review: Review = {
        id: call.world.nextId(),
        author: call.bot,
        body: body.body ?? '',
        event: body.event ?? 'PENDING',
        commit,
        at: now(),
      }
      pull.reviews.push(review)
      pull.reviewComments.push(...comments.map((comment) => stored(call, review, comment)))
      return { status: 200, body: reviewShape(call.world, pull, review) }
    },
  },
  {
    operation: 'delete /repos/{owner}/{repo}/pulls/comments/{comment_id}',
    needs: ['pull_requests:write'],
    handle(call) {
      const id = Number(call.parameters.comment_id)
      const pull = [...call.repository().pulls.values()].find((known) =>
        known.reviewComments.some((comment) => comment.id === id),
      )
      if (!pull) throw new Refusal(404, 'Not Found')
      pull.reviewComments = pull.reviewComments.filter((comment) => comment.id !== id)
      return { status: 204 }
    },
  },
  {
    operation: 'get /repos/{owner}/{repo}/issues/{issue_number}/comments',
    needs: ['issues:read', 'pull_requests:read'],
    handle(call) {
      const pull = call.pull()
      return page(call, pull.comments, (part) => part.map((comment) => commentShape(call.world, pull, comment)))
    },
  },
  {
    operation: 'post /repos/{owner}/{repo}/issues/{issue_number}/comments',
    needs: ['issues:write', 'pull_requests:write'],
    handle(call) {
      const pull = call.pull()
      const body = String(call.body.body)
      checkLength(body)
      const at = now()
      const comment: Comment = {
        id: call.world.nextId(),
        author: call.bot,
        viaApp: true,
        body,
        createdAt: at,
        updatedAt: at,
      }
      pull.comments.push(comment)
      return { status: 201, body: commentShape(call.world, pull, comment) }
    },
  },
  {
    operation: 'patch /repos/{owner}/{repo}/issues/comments/{comment_id}',
    needs: ['issues:write', 'pull_requests:write'],
    handle(call) {
      const id = Number(call.parameters.comment_id)
      for (const pull of call.repository().pulls.values()) {
        const comment = pull.comments.find((known) => known.id === id)
        if (!comment) continue
        const body = String(call.body.body)
        checkLength(body)
        comment.body = body
        comment.updatedAt = now()
        return { status: 200, body: commentShape(call.world, pull, comment) }
      }
      throw new Refusal(404, 'Not Found')
    },
  },
  {
    operation: 'delete /repos/{owner}/{repo}/issues/comments/{comment_id}',
    needs: ['issues:write', 'pull_requests:write'],
    handle(call) {
      const id = Number(call.parameters.comment_id)
      for (const pull of call.repository().pulls.values()) {
        const kept = pull.comments.filter((known) => known.id !== id)
        if (kept.length === pull.comments.length) continue
        pull.comments = kept
        return { status: 204 }
      }
      throw new Refusal(404, 'Not Found')
    },
  },
]

function checkLength(body: string): void {
  if (Buffer.byteLength(body) > mostBodyBytes) throw unprocessable('body is too long (maximum is 65536 characters)')
}

/** A comment stands on lines of the right side that the diff shows, a range within one hunk. */
function checkAnchor(pull: Pull, comment: DraftComment): void {
  const file = pullFiles(pull).find((change) => change.filename === comment.path)
  if (!file) throw unprocessable('Path could not be resolved')
  const hunkOf = commentableLines(file.patch ?? '')
  const last = hunkOf.get(comment.line ?? 0)
  if (last === undefined) throw unprocessable('Line could not be resolved')
  if (comment.start_line === undefined) return
  const first = hunkOf.get(comment.start_line)
  if (first === undefined) throw unprocessable('Start line could not be resolved')
  if (comment.start_line >= (comment.line ?? 0)) throw unprocessable('start_line must precede the end line.')
  if (first !== last) throw unprocessable('start_line must be part of the same hunk as the line.')
}

function unprocessable(message: string): Refusal {
  return new Refusal(422, 'Unprocessable Entity', { errors: [message] })
}

function stored(call: Call, review: Review, draft: DraftComment): ReviewComment {
  return {
    id: call.world.nextId(),
    author: call.bot,
    viaApp: true,
    body: draft.body,
    createdAt: review.at,
    updatedAt: review.at,
    review: review.id,
    path: draft.path,
    startLine: draft.start_line ?? null,
    line: draft.line ?? null,
    side: 'RIGHT',
    commit: review.commit,
    hunk: '@@',
    inReplyTo: null,
  }
}
