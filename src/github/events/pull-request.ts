import type { PullRequestEvent } from '@octokit/webhooks-types'
import { type Job, pullJob } from '../jobs/job.ts'
import { type Installed, place } from './place.ts'

/**
 * What is to be looked at after a pull request changed. `edited` matters when the base changed; one that is closed or
 * moves on may free another one that has the same head.
 */
export function pullRequestJobs(payload: PullRequestEvent & Installed): Job[] {
  const at = place(payload)
  if (!at) return []
  const job = pullJob(at, payload.number)
  switch (payload.action) {
    case 'opened':
    case 'reopened':
    case 'ready_for_review':
    case 'converted_to_draft':
    case 'unlabeled':
      return [job]
    case 'synchronize':
      return [
        { ...job, earlierHeads: [payload.before] },
        { kind: 'head', ...at, sha: payload.before, ifMissed: false },
      ]
    case 'edited':
      return payload.changes.base ? [job] : []
    case 'labeled':
      return [{ ...job, labeled: [{ label: payload.label.name, actor: payload.sender.login }] }]
    case 'closed':
      return [{ kind: 'head', ...at, sha: payload.pull_request.head.sha, ifMissed: false }]
    default:
      return []
  }
}
