import type { PullRequestEvent } from '@octokit/webhooks-types'
import type { Job } from '../job.ts'
import { type Installed, place } from './place.ts'

/**
 * What is to be looked at after a pull request changed. `edited` matters when the base changed; a closed pull request
 * may free another one that has the same head.
 */
export function pullRequestJobs(payload: PullRequestEvent & Installed): Job[] {
  const at = place(payload)
  if (!at) return []
  const job = { kind: 'pull' as const, ...at, number: payload.number, earlierHeads: [], labeled: [] }
  switch (payload.action) {
    case 'opened':
    case 'reopened':
    case 'ready_for_review':
    case 'unlabeled':
      return [job]
    case 'synchronize':
      // Another pull request may still stand on the head before, and its check told of this one.
      return [
        { ...job, earlierHeads: [payload.before] },
        { kind: 'head', ...at, sha: payload.before },
      ]
    case 'edited':
      return payload.changes.base ? [job] : []
    case 'labeled':
      return [{ ...job, labeled: [{ label: payload.label.name, actor: payload.sender.login }] }]
    case 'closed':
      return [{ kind: 'head', ...at, sha: payload.pull_request.head.sha }]
    default:
      return []
  }
}
