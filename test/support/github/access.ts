import { createVerify } from 'node:crypto'
import { type Call, Refusal, type Route } from './call.ts'
import type { Installation, PersonalToken, Repository, User, World } from './world.ts'

/** The installation that calls, null for the app itself, or the person; refuses what GitHub would refuse. */
export function authenticate(
  world: World,
  route: Route,
  authorization: string,
  publicKey: string,
): { installation: Installation | null; user: User | null } {
  const [, scheme, credential] = /^(\w+) (.+)$/.exec(authorization) ?? []
  if (!scheme || !credential) throw new Refusal(401, 'Requires authentication')
  if (route.needs === 'app') {
    const [head, claims, signature] = credential.split('.')
    const good = createVerify('RSA-SHA256')
      .update(`${head}.${claims}`)
      .verify(publicKey, signature ?? '', 'base64url')
    if (!good) throw new Refusal(401, 'A JSON web token could not be decoded')
    const { iss } = JSON.parse(Buffer.from(claims ?? '', 'base64url').toString('utf8')) as { iss: unknown }
    if (Number(iss) !== world.app.id) throw new Refusal(404, 'Integration not found')
    return { installation: null, user: null }
  }
  const person = world.personal.get(credential)
  if (person) return personal(world, route, person)
  const installation = world.installations.get(world.tokens.get(credential) ?? 0)
  if (!installation) throw new Refusal(401, 'Bad credentials')
  const granted = route.needs.some((need) => {
    const [name, level] = need.split(':')
    const has = world.app.permissions[name ?? '']
    return has === 'write' || (has === 'read' && level === 'read')
  })
  if (!granted) {
    const accepted = route.needs.map((need) => need.replace(':', '=')).join('; ')
    throw new Refusal(403, 'Resource not accessible by integration', {}, { 'x-accepted-github-permissions': accepted })
  }
  return { installation, user: null }
}

/** A token of a person sees everything here; the app's checks are not for it to write. */
function personal(world: World, route: Route, { user, access }: PersonalToken): ReturnType<typeof authenticate> {
  const writes = !route.operation.startsWith('get ')
  const refused = access === 'read' ? writes : writes && route.operation.includes('/check-runs')
  if (refused) throw new Refusal(403, 'Resource not accessible by personal access token')
  const installation = { id: 0, account: user, repositories: new Set(world.repositories.values()) }
  return { installation, user }
}

/** What of the world a call may see: the repositories of its installation. */
export function callContext(
  world: World,
  installation: Installation | null,
  parameters: Record<string, string>,
): Pick<Call, 'world' | 'parameters' | 'installation' | 'repository' | 'pull'> {
  const repository = (): Repository => {
    const found = world.repositories.get(`${parameters.owner}/${parameters.repo}`)
    if (!found || !installation?.repositories.has(found)) throw new Refusal(404, 'Not Found')
    return found
  }
  return {
    world,
    installation,
    parameters,
    repository,
    pull() {
      const number = Number(parameters.pull_number ?? parameters.issue_number)
      const pull = repository().pulls.get(number)
      if (!pull) throw new Refusal(404, 'Not Found')
      return pull
    },
  }
}
