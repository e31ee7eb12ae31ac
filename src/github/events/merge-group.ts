import type { MergeGroupEvent } from '@octokit/webhooks-types'
import type { Job } from '../jobs/job.ts'
import { type Installed, place } from './event-place.ts'

/** The merge queue waits for the check of a group's commit, or does not any more. */
export function mergeGroupJobs(payload: MergeGroupEvent & Installed & { repository?: { private: boolean } }): Job[] {
  const at = place(payload)
  if (!at) return []
  const { head_ref, head_sha, base_ref, base_sha } = payload.merge_group
  const group = {
    ref: head_ref,
    head: head_sha,
    base: base_ref.replace(/^refs\/heads\//, ''),
    baseCommit: base_sha,
    public: payload.repository?.private === false,
  }
  return [{ kind: 'group', ...at, group, dissolved: payload.action === 'destroyed' }]
}
