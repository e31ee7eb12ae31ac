import type { RepositoryEvent } from '@octokit/webhooks-types'
import type { Job } from '../jobs/job.ts'
import { type Installed, place } from './event-place.ts'

/** A repository became public: what was said in it before is read by everybody. */
export function repositoryJobs(payload: RepositoryEvent & Installed): Job[] {
  const at = place(payload)
  return at && payload.action === 'publicized' ? [{ kind: 'publicized', ...at }] : []
}
