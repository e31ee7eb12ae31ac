import { unless } from './failure.ts'
import type { RepositoryClient } from './port.ts'
import { all, type Requests } from './requests.ts'

/** Labels, and what the people may who set them. */
export function labelCalls({ here, read, write, rest, paginate }: Requests) {
  return {
    async labelEvents(number) {
      const events = await read('read timeline', () =>
        paginate(rest.issues.listEventsForTimeline, { ...here, ...all, issue_number: number }),
      )
      return events.flatMap((event) => {
        const action = event.event
        if ((action !== 'labeled' && action !== 'unlabeled') || !('label' in event) || !event.label) return []
        return [
          {
            id: event.id ?? 0,
            action,
            label: event.label.name ?? '',
            actor: event.actor?.login ?? '',
            person: event.actor?.type === 'User' && !event.performed_via_github_app,
            at: event.created_at ?? '',
          },
        ]
      })
    },
    async role(login) {
      const { data } = await read('read role', () =>
        rest.repos.getCollaboratorPermissionLevel({ ...here, username: login }),
      )
      // The old `permission` field says write for maintain; a custom role shows only in the booleans.
      const may = data.user?.permissions
      const named = data.role_name === 'maintain' || data.role_name === 'admin'
      const mayOverride = named || may?.maintain === true || may?.admin === true
      return {
        name: data.role_name,
        mayOverride,
        mayWrite: mayOverride || data.role_name === 'write' || may?.push === true,
      }
    },
    async isTeamMember(team, login) {
      const membership = { org: here.owner, team_slug: team, username: login }
      const found = await unless(['not found'], () =>
        read('read team membership', () => rest.teams.getMembershipForUserInOrg(membership)),
      )
      return found?.data.state === 'active'
    },
    async createLabel(label) {
      await unless(['refused'], () => write('create label', () => rest.issues.createLabel({ ...here, ...label })))
    },
    async removeLabel(number, label) {
      await write('remove label', () => rest.issues.removeLabel({ ...here, issue_number: number, name: label }))
    },
  } satisfies Partial<RepositoryClient>
}
