import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Logger } from 'pino'

/** What GitHub sends, after its signature was checked. */
interface Received {
  id: string
  event: string
  payload: unknown
}

interface HttpDeps {
  webhookPath: string
  /** True when the signature fits the body. */
  verify(body: string, signature: string): Promise<boolean>
  /** Resolves when the event's jobs are in the queue. */
  receive(received: Received): Promise<void>
  log: Logger
}

/** GitHub sends at most 25 MB. */
const mostBodyBytes = 25 * 1024 * 1024

/**
 * The HTTP server in front of Probot, whose own one reads bodies of any size before it looks at the signature, answers
 * with its handlers' errors and hears on localhost only.
 */
export function createHttpServer(deps: HttpDeps): Server {
  const server = createServer((request, response) => {
    answer(request, response, deps).catch((error: unknown) => {
      deps.log.error({ err: error }, 'request failed')
      reply(response, 500, 'error')
    })
  })
  server.headersTimeout = 10_000
  server.requestTimeout = 60_000
  return server
}

async function answer(request: IncomingMessage, response: ServerResponse, deps: HttpDeps): Promise<void> {
  const path = (request.url ?? '').split('?')[0]
  if (path === '/healthz') {
    if (request.method === 'GET' || request.method === 'HEAD') return reply(response, 200, 'ok')
    return reply(response, 405, 'method not allowed')
  }
  if (path !== deps.webhookPath) return reply(response, 404, 'not found')
  if (request.method !== 'POST') return reply(response, 405, 'method not allowed')

  const { 'x-hub-signature-256': signature, 'x-github-event': event, 'x-github-delivery': id } = request.headers
  const about = { event: word(event), delivery: word(id) }
  const refuse = (status: number, reason: string): void => {
    deps.log.warn({ ...about, status }, reason)
    reply(response, status, reason)
  }
  if (typeof signature !== 'string' || !/^sha256=[0-9a-f]{64}$/.test(signature)) return refuse(401, 'not signed')
  if (about.event === null || about.delivery === null) return refuse(400, 'not an event of GitHub')
  if (Number(request.headers['content-length'] ?? 0) > mostBodyBytes) return refuse(413, 'too large')
  const body = await readBody(request)
  if (body === null) return refuse(413, 'too large')
  if (!(await deps.verify(body, signature))) return refuse(401, 'wrong signature')
  const payload = parsed(body)
  if (payload === undefined) return refuse(400, 'not JSON')
  try {
    await deps.receive({ id: about.delivery, event: about.event, payload })
  } catch (error) {
    // GitHub keeps it in its log, from where it is asked for again.
    deps.log.error({ ...about, status: 503, err: error }, 'the event could not be kept')
    return reply(response, 503, 'not kept')
  }
  deps.log.info({ ...about, status: 202 }, 'event')
  reply(response, 202, 'accepted')
}

/** Header values are foreign text until the signature is checked; only plain words go into the log. */
function word(value: string | string[] | undefined): string | null {
  return typeof value === 'string' && /^[\w-]{1,64}$/.test(value) ? value : null
}

/** The body's text; null as soon as it grows beyond the limit. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = []
  let bytes = 0
  // Without destroying the request on the way out, or the refusal could not be answered any more.
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > mostBodyBytes) return null
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function reply(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent) return
  const body = JSON.stringify({ message })
  // What is left of a body that was not read must not be read either.
  const close = status >= 400 ? { connection: 'close' } : {}
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...close,
  })
  response.end(body)
}
