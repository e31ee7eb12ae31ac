import type { IssueCommentEvent, PullRequestEvent, PullRequestReviewEvent } from '@octokit/webhooks-types'
import { reasonIn } from '../decide/reason.ts'
import type { EventNews, PullSighting } from '../records.ts'
import { type Installed, place } from './event-place.ts'

/**
 * What a signed event says that GitHub's later answers cannot be trusted with: who set which label under which name,
 * and which reason was given in the first text of a comment.
 */
export function newsOf(guid: string, event: string, payload: object): EventNews {
  const at = place(payload as Installed)
  const news: EventNews = { guid, event, repository: null, labels: [], reasons: [], pulls: [] }
  if (!at) return news
  const found = { ...news, repository: `${at.owner}/${at.repo}` }
  switch (event) {
    case 'pull_request':
      return { ...found, ...pullNews(payload as PullRequestEvent, at.installationId) }
    case 'issue_comment':
      return { ...found, reasons: commentReasons(payload as IssueCommentEvent) }
    case 'pull_request_review':
      return { ...found, reasons: reviewReasons(payload as PullRequestReviewEvent) }
    default:
      return found
  }
}

function pullNews(payload: PullRequestEvent, installationId: number): Pick<EventNews, 'labels' | 'pulls'> {
  const { number, pull_request: pull, sender } = payload
  const sighting: PullSighting = {
    number,
    installationId,
    open: pull.state === 'open',
    head: pull.head.sha,
    base: pull.base.ref,
    changedAt: pull.updated_at,
  }
  if (payload.action !== 'labeled' && payload.action !== 'unlabeled') return { labels: [], pulls: [sighting] }
  // GitHub leaves the label out when it does not exist any more.
  const label = payload.label as { name: string } | undefined
  const { action } = payload
  const event = { number, action, label: label?.name ?? '', actor: sender.login, changedAt: pull.updated_at }
  return { labels: [event], pulls: [sighting] }
}

/** Only of the comment as it was created: anyone with write access may edit it later. */
function commentReasons({ action, issue, comment }: IssueCommentEvent): EventNews['reasons'] {
  const reason = action === 'created' && issue.pull_request ? reasonIn(comment.body) : null
  return reason === null ? [] : [{ number: issue.number, actor: comment.user.login, reason, at: comment.created_at }]
}

function reviewReasons({ action, review, pull_request: pull }: PullRequestReviewEvent): EventNews['reasons'] {
  const reason = action === 'submitted' ? reasonIn(review.body ?? '') : null
  return reason === null || !review.submitted_at
    ? []
    : [{ number: pull.number, actor: review.user.login, reason, at: review.submitted_at }]
}
