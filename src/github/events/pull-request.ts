import type { PullRequestEvent } from '@octokit/webhooks-types'
import { type Job, pullJob } from '../jobs/job.ts'
import { type Installed, place } from './event-place.ts'

/**
 * What is to be looked at after a pull request changed. `edited` matters when the base changed; one that is closed or
 * moves on may free another one that has the same head.
 */
export function pullRequestJobs(payload: PullRequestEvent & Installed): Job[] {
  const at = place(payload)
  if (!at) return []
  const { sha } = payload.pull_request.head
  const { number } = payload
  switch (payload.action) {
    case 'opened':
      return [pullJob(at, number, { newHead: sha })]
    case 'reopened':
    case 'ready_for_review':
    case 'converted_to_draft':
    case 'labeled':
    case 'unlabeled':
      return [pullJob(at, number)]
    case 'synchronize':
      return [
        // An older commit that is pushed again has a check already, which may be over.
        pullJob(at, number),
        { kind: 'head', ...at, sha: payload.before, ifMissed: false, cause: 'rules' },
      ]
    case 'edited':
      return payload.changes.base ? [pullJob(at, number)] : []
    case 'closed':
      return [{ kind: 'head', ...at, sha, ifMissed: false, cause: 'rules' }]
    default:
      return []
  }
}
