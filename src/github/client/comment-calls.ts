import type { RepositoryClient } from './port.ts'
import { all, type Requests } from './requests.ts'

/** Calls for comments on a pull request. */
export function commentCalls({ here, read, write, rest, paginate }: Requests) {
  return {
    async reviewComments(number) {
      const comments = await read('list review comments', () =>
        paginate(rest.pulls.listReviewComments, { ...here, ...all, pull_number: number }),
      )
      return comments.map((comment) => ({
        id: comment.id,
        author: comment.user?.login ?? '',
        body: comment.body,
        line: comment.line ?? null,
        inReplyTo: comment.in_reply_to_id ?? null,
      }))
    },
    async reviews(number) {
      const reviews = await read('list reviews', () =>
        paginate(rest.pulls.listReviews, { ...here, ...all, pull_number: number }),
      )
      return reviews.map((review) => ({
        author: review.user?.login ?? '',
        body: review.body,
        at: review.submitted_at ?? '',
      }))
    },
    async createReview(number, commit, comments) {
      await write('create review', () =>
        rest.pulls.createReview({
          ...here,
          pull_number: number,
          commit_id: commit,
          event: 'COMMENT',
          comments: comments.map(({ path, body, line, startLine }) => ({
            path,
            body,
            line,
            side: 'RIGHT',
            ...(startLine === null ? {} : { start_line: startLine, start_side: 'RIGHT' }),
          })),
        }),
      )
    },
    async deleteReviewComment(id) {
      await write('delete review comment', () => rest.pulls.deleteReviewComment({ ...here, comment_id: id }))
    },
    async comments(number) {
      const comments = await read('list comments', () =>
        paginate(rest.issues.listComments, { ...here, ...all, issue_number: number }),
      )
      return comments.map((comment) => ({
        id: comment.id,
        author: comment.user?.login ?? '',
        body: comment.body ?? '',
        at: comment.created_at,
      }))
    },
    async createComment(number, body) {
      await write('create comment', () => rest.issues.createComment({ ...here, issue_number: number, body }))
    },
    async updateComment(id, body) {
      await write('update comment', () => rest.issues.updateComment({ ...here, comment_id: id, body }))
    },
    async deleteComment(id) {
      await write('delete comment', () => rest.issues.deleteComment({ ...here, comment_id: id }))
    },
  } satisfies Partial<RepositoryClient>
}
