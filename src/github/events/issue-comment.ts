import type { IssueCommentEvent } from '@octokit/webhooks-types'
import { reasonIn } from '../decide/reason.ts'
import { type Job, pullJob } from '../jobs/job.ts'
import { type Installed, place } from './event-place.ts'

/** A comment that gives a reason for an override, on a pull request. */
export function commentJobs(payload: IssueCommentEvent & Installed): Job[] {
  const at = place(payload)
  if (!at || payload.action !== 'created' || !payload.issue.pull_request) return []
  return reasonIn(payload.comment.body) === null ? [] : [pullJob(at, payload.issue.number)]
}
