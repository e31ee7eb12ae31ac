import type { InstallationEvent, InstallationRepositoriesEvent } from '@octokit/webhooks-types'
import type { Job } from '../jobs/job.ts'

/** The app was installed, given more repositories or permissions, or woken up: open pull requests wait for a check. */
export function installationJobs(payload: InstallationEvent | InstallationRepositoriesEvent): Job[] {
  const installationId = payload.installation.id
  switch (payload.action) {
    case 'created':
    case 'new_permissions_accepted':
      return [{ kind: 'sweep', installationId, added: true, everything: false }]
    case 'unsuspend':
      return [{ kind: 'sweep', installationId, added: false, everything: false }]
    case 'added':
      return payload.repositories_added.flatMap(({ full_name }): Job[] => {
        const [owner, repo] = full_name.split('/')
        return owner && repo
          ? [{ kind: 'repository', installationId, owner, repo, added: true, everything: false }]
          : []
      })
    default:
      return []
  }
}
