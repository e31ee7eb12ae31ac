import type { CheckSuiteEvent } from '@octokit/webhooks-types'
import type { Job } from '../jobs/job.ts'
import { type Installed, place } from './event-place.ts'

/** "Re-run all checks" sends `rerequested` only; `requested` comes with every push, in case the push itself was missed. */
export function checkSuiteJobs(payload: CheckSuiteEvent & Installed): Job[] {
  const at = place(payload)
  if (!at || (payload.action !== 'rerequested' && payload.action !== 'requested')) return []
  const ifMissed = payload.action === 'requested'
  return [{ kind: 'head', ...at, sha: payload.check_suite.head_sha, ifMissed, cause: ifMissed ? 'event' : 'asked' }]
}
