import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { authenticate, callContext } from './access.ts'
import { type Change, Refusal, type Reply } from './call.ts'
import { apiDescription } from './openapi.ts'
import { routes } from './routes.ts'
import type { User, World } from './world.ts'

/** A request that the app made, and what it was answered. */
export interface SeenRequest {
  method: string
  /** Path without the query. */
  path: string
  query: string
  body: unknown
  status: number
}

interface AnswerDeps {
  world: World
  /** Of the app, PEM. */
  publicKey: string
  bot: User
  changed: (change: Change) => void
  /** Takes what GitHub's API description does not allow. */
  violations: string[]
}

/** What GitHub answers: a route's reply, with the request and the reply held to GitHub's own description. */
export function answerer({
  world,
  publicKey,
  bot,
  changed,
  violations,
}: AnswerDeps): (seen: SeenRequest, url: URL, authorization: string) => Reply {
  return (seen, url, authorization) => {
    const description = apiDescription()
    const found = description.match(seen.method, url.pathname)
    const route =
      found && routes.find((known) => known.operation === `${found.operation.method} ${found.operation.path}`)
    if (!found || !route) {
      violations.push(`${seen.method} ${seen.path} is not an operation in use`)
      return { status: 404, body: { message: 'Not Found' } }
    }
    try {
      const { installation, user } = authenticate(world, route, authorization, publicKey)
      const wrong = description.requestProblems(found.operation, url.searchParams, seen.body)
      if (wrong.length > 0) {
        violations.push(`${seen.method} ${seen.path}: ${wrong.join('; ')}`)
        throw new Refusal(422, `Invalid request. ${wrong.join('; ')}`)
      }
      const reply = route.handle({
        ...callContext(world, installation, { ...found.parameters, url: url.pathname }),
        query: url.searchParams,
        body: (seen.body ?? {}) as Record<string, unknown>,
        bot: user ?? bot,
        changed,
      })
      const odd = description.responseProblems(found.operation, reply.status, reply.body)
      violations.push(...odd.map((problem) => `answer to ${seen.method} ${seen.path}: ${problem}`))
      return reply
    } catch (error) {
      if (error instanceof Refusal) return { status: error.status, body: error.body, headers: error.headers }
      violations.push(`the fake failed at ${seen.method} ${seen.path}: ${String(error)}`)
      return { status: 500, body: { message: 'Server Error' } }
    }
  }
}

/** With a tag of the content; 304 for who has it already. */
export function unlessKnown(reply: Reply, { method, headers }: IncomingMessage): Reply {
  if (method !== 'GET' || reply.status !== 200) return reply
  const etag = `W/"${createHash('sha1').update(JSON.stringify(reply.body)).digest('hex')}"`
  if (headers['if-none-match'] === etag) return { status: 304, headers: { etag } }
  return { ...reply, headers: { ...reply.headers, etag } }
}
