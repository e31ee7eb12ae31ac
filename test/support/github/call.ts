import type { Delivery } from './webhooks.ts'
import type { Installation, Pull, Repository, User, World } from './world.ts'

/** What a route sees of a request that is authenticated, permitted and valid. */
export interface Call {
  world: World
  parameters: Record<string, string>
  query: URLSearchParams
  body: Record<string, unknown>
  /** Null for calls as the app itself. */
  installation: Installation | null
  /** The app's bot, who writes. */
  bot: User
  /** Throws a 404 when the installation does not cover it. */
  repository(): Repository
  pull(): Pull
  /** Told of what was changed, so that webhooks go out. */
  changed(change: Change): void
}

export type Change =
  | { kind: 'unlabeled'; pull: Pull; label: string; actor: User }
  | { kind: 'asked again'; delivery: Delivery }
  | { kind: 'check run'; repository: Repository; sha: string }

export interface Reply {
  status: number
  body?: unknown
  headers?: Record<string, string>
}

export interface Route {
  /** As in the API description: `get /repos/{owner}/{repo}/pulls`. */
  operation: string
  /** `app`: a JWT of the app; otherwise the installation permissions of which one is enough, `checks:write`. */
  needs: 'app' | string[]
  handle(call: Call): Reply
}

/** An answer other than success, as GitHub words it. */
export class Refusal extends Error {
  readonly status: number
  readonly body: object
  readonly headers: Record<string, string>

  constructor(status: number, message: string, extra: object = {}, headers: Record<string, string> = {}) {
    super(message)
    this.status = status
    this.body = { message, documentation_url: 'https://docs.github.com/rest', ...extra }
    this.headers = headers
  }
}

/** One page of a list, 30 by default and 100 at most, with the Link header that Octokit follows. */
export function page<T>(call: Call, list: T[], wrap: (part: T[]) => unknown = (part) => part): Reply {
  const size = Math.min(Number(call.query.get('per_page') ?? 30), 100)
  const number = Number(call.query.get('page') ?? 1)
  const last = Math.max(1, Math.ceil(list.length / size))
  const link = (to: number, rel: string) => {
    const query = new URLSearchParams(call.query)
    query.set('page', String(to))
    return `<${call.world.origin}${call.parameters.url}?${query}>; rel="${rel}"`
  }
  const links = number < last ? [link(number + 1, 'next'), link(last, 'last')] : []
  return {
    status: 200,
    body: wrap(list.slice((number - 1) * size, number * size)),
    headers: links.length > 0 ? { link: links.join(', ') } : {},
  }
}

/** The same for a list that GitHub pages by a cursor. */
export function cursorPage<T extends { id: number }>(call: Call, list: T[], shape: (item: T) => unknown): Reply {
  const size = Math.min(Number(call.query.get('per_page') ?? 30), 100)
  const cursor = call.query.get('cursor')
  const rest = cursor === null ? list : list.slice(list.findIndex(({ id }) => String(id) === cursor))
  const next = rest[size]
  const query = new URLSearchParams(call.query)
  if (next) query.set('cursor', String(next.id))
  const link = `<${call.world.origin}${call.parameters.url}?${query}>; rel="next"`
  return { status: 200, body: rest.slice(0, size).map(shape), headers: next ? { link } : {} }
}
