import { cursorPage, page, Refusal, type Route } from './call.ts'
import { checkRoutes } from './routes-checks.ts'
import { commentRoutes } from './routes-comments.ts'
import { gitRoutes } from './routes-git.ts'
import { pullRoutes } from './routes-pulls.ts'
import { accountShape, appShape, labelShape, permissionShape, repositoryShape, userShape } from './shapes.ts'
import { timelineShape } from './shapes-activity.ts'
import type { Delivery } from './webhooks.ts'
import type { Installation, World } from './world.ts'

export const routes: Route[] = [
  {
    operation: 'get /app',
    needs: 'app',
    handle: ({ world }) => ({ status: 200, body: appShape(world) }),
  },
  {
    operation: 'get /user',
    needs: ['metadata:read'],
    handle({ world, bot }) {
      if (bot.type === 'Bot') throw new Refusal(403, 'Resource not accessible by integration')
      return { status: 200, body: accountShape(world, bot) }
    },
  },
  {
    operation: 'get /app/installations',
    needs: 'app',
    handle: (call) =>
      page(
        call,
        [...call.world.installations.values()].map((installation) => installationShape(call.world, installation)),
      ),
  },
  {
    operation: 'post /app/installations/{installation_id}/access_tokens',
    needs: 'app',
    handle({ world, parameters }) {
      const installation = world.installations.get(Number(parameters.installation_id))
      if (!installation) throw new Refusal(404, 'Not Found')
      const token = `ghs_fake${world.nextId()}`
      world.tokens.set(token, installation.id)
      const expires = new Date(Date.now() + 3_600_000).toISOString()
      return {
        status: 201,
        body: { token, expires_at: expires, permissions: world.app.permissions, repository_selection: 'selected' },
      }
    },
  },
  {
    operation: 'get /app/hook/deliveries',
    needs: 'app',
    handle(call) {
      const ended = call.world.deliveries.filter(({ status }) => status !== null).toReversed()
      const asked = call.query.get('status')
      const list = ended.filter(({ status }) => asked === null || (status === 202) === (asked === 'success'))
      return cursorPage(call, list, deliveryShape)
    },
  },
  {
    operation: 'post /app/hook/deliveries/{delivery_id}/attempts',
    needs: 'app',
    handle({ world, parameters, changed }) {
      const delivery = world.deliveries.find(({ id }) => id === Number(parameters.delivery_id))
      if (!delivery) throw new Refusal(404, 'Not Found')
      changed({ kind: 'asked again', delivery })
      return { status: 202, body: {} }
    },
  },
  {
    operation: 'get /installation/repositories',
    needs: ['metadata:read'],
    handle(call) {
      const list = [...(call.installation?.repositories ?? [])]
      return page(call, list, (part) => ({
        total_count: list.length,
        repositories: part.map((repository) => repositoryShape(call.world, repository)),
      }))
    },
  },
  {
    operation: 'get /repos/{owner}/{repo}/collaborators/{username}/permission',
    needs: ['metadata:read'],
    handle(call) {
      const user = call.world.users.get(call.parameters.username ?? '')
      if (!user) throw new Refusal(404, 'Not Found')
      const repository = call.repository()
      const role = repository.roles.get(user.login) ?? (repository.private ? null : 'read')
      return { status: 200, body: permissionShape(call.world, user, role) }
    },
  },
  {
    operation: 'get /repos/{owner}/{repo}/issues/{issue_number}/timeline',
    needs: ['issues:read', 'pull_requests:read'],
    handle(call) {
      const pull = call.pull()
      return page(
        call,
        pull.timeline.map((event) => timelineShape(call.world, pull, event)),
      )
    },
  },
  {
    operation: 'delete /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}',
    needs: ['issues:write', 'pull_requests:write'],
    handle(call) {
      const pull = call.pull()
      const label = pull.labels.find((known) => known.name === call.parameters.name)
      if (!label) throw new Refusal(404, 'Label does not exist')
      pull.labels = pull.labels.filter((known) => known !== label)
      call.changed({ kind: 'unlabeled', pull, label: label.name, actor: call.bot })
      const rest = pull.labels.map((known) => labelShape(call.world, pull.base.repository, known))
      return { status: 200, body: rest }
    },
  },
  {
    operation: 'post /repos/{owner}/{repo}/labels',
    needs: ['issues:write', 'pull_requests:write'],
    handle(call) {
      const repository = call.repository()
      const { name, color, description } = call.body as { name: string; color?: string; description?: string }
      const wrong = repository.labels.has(name) ? 'already_exists' : [...name].length > 50 ? 'invalid' : null
      if (wrong) {
        throw new Refusal(422, 'Validation Failed', { errors: [{ resource: 'Label', code: wrong, field: 'name' }] })
      }
      if ((description ?? '').length > 100) throw new Refusal(422, 'Validation Failed')
      const label = { id: call.world.nextId(), name, color: color ?? 'ededed', description: description ?? '' }
      repository.labels.set(name, label)
      return { status: 201, body: labelShape(call.world, repository, label) }
    },
  },
  {
    operation: 'get /orgs/{org}/teams/{team_slug}/memberships/{username}',
    needs: ['members:read'],
    handle({ world, parameters, installation }) {
      const { org, team_slug: team, username } = parameters
      const owned = [...(installation?.repositories ?? [])].filter((repository) => repository.owner.login === org)
      const members = owned.flatMap((repository) => repository.teams.get(team ?? '') ?? [])
      if (!members.includes(username ?? '')) throw new Refusal(404, 'Not Found')
      const url = `${world.origin}/orgs/${org}/teams/${team}/memberships/${username}`
      return { status: 200, body: { url, role: 'member', state: 'active' } }
    },
  },
  ...pullRoutes,
  ...gitRoutes,
  ...checkRoutes,
  ...commentRoutes,
]

function deliveryShape({ id, guid, event, at, status }: Delivery) {
  const what = { event, action: null, installation_id: null, repository_id: null }
  const told = status === 202 ? 'OK' : 'failed to connect to host'
  return { id, guid, delivered_at: at, redelivery: false, duration: 0.1, status: told, status_code: status, ...what }
}

function installationShape(world: World, installation: Installation) {
  const url = `${world.origin}/app/installations/${installation.id}`
  return {
    id: installation.id,
    account: userShape(world, installation.account),
    access_tokens_url: `${url}/access_tokens`,
    repositories_url: `${world.origin}/installation/repositories`,
    html_url: `${world.origin}/settings/installations/${installation.id}`,
    app_id: world.app.id,
    target_id: installation.account.id,
    target_type: installation.account.type,
    permissions: world.app.permissions,
    events: world.app.events,
    single_file_name: null,
    repository_selection: 'selected',
    created_at: '2024-01-01T00:00:00Z',
    updated_at: '2024-01-01T00:00:00Z',
    app_slug: world.app.slug,
    suspended_at: null,
    suspended_by: null,
  }
}
