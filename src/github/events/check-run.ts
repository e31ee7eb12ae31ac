import type { CheckRunEvent } from '@octokit/webhooks-types'
import type { Job } from '../jobs/job.ts'
import { type Installed, place } from './event-place.ts'

/**
 * The Re-run button of the check, and the check's own button, which does the same without a menu. `pull_requests` is
 * empty for forks, so the head is what counts.
 */
export function checkRunJobs(payload: CheckRunEvent & Installed): Job[] {
  const at = place(payload)
  if (!at || (payload.action !== 'rerequested' && payload.action !== 'requested_action')) return []
  return [{ kind: 'head', ...at, sha: payload.check_run.head_sha, ifMissed: false, cause: 'asked' }]
}
