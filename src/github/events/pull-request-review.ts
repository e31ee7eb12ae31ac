import type { PullRequestReviewEvent } from '@octokit/webhooks-types'
import { reasonIn } from '../decide/reason.ts'
import { type Job, pullJob } from '../jobs/job.ts'
import { type Installed, place } from './event-place.ts'

/** A review that gives a reason for an override. */
export function reviewJobs(payload: PullRequestReviewEvent & Installed): Job[] {
  const at = place(payload)
  if (!at || payload.action !== 'submitted') return []
  return reasonIn(payload.review.body ?? '') === null ? [] : [pullJob(at, payload.pull_request.number)]
}
