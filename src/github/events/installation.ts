import type { InstallationEvent, InstallationRepositoriesEvent } from '@octokit/webhooks-types'
import type { Job } from '../job.ts'

/** The app was installed, or given more repositories: their open pull requests wait for a check. */
export function installationJobs(payload: InstallationEvent | InstallationRepositoriesEvent): Job[] {
  switch (payload.action) {
    case 'created':
    case 'unsuspend':
    case 'new_permissions_accepted':
    case 'added':
      return [{ kind: 'sweep', installationId: payload.installation.id }]
    default:
      return []
  }
}
