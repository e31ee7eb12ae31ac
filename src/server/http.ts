import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'

/** A delivery of GitHub whose signature was checked. */
interface Received {
  id: string
  event: string
  payload: unknown
}

interface HttpDeps {
  webhookPath: string
  /** Secrets with which an event may be signed: the one in force, and the one before while it is replaced. */
  secrets: string[]
  /** Hears of each delivery's answer. */
  answered(event: string, status: number): void
  /** Each thing that the server needs, by name; null: it is as it should be. */
  readiness(): Promise<Record<string, string | null>>
  /** Resolves when the event's jobs are in the queue. */
  receive(received: Received): Promise<void>
  log: Logger
}

/** GitHub sends at most 25 MB. */
const mostBodyBytes = 25 * 1024 * 1024

/**
 * Bytes of bodies whose signature is not checked yet, over all connections. Who has no room waits for it, its bytes left
 * with the sender; the usual body of some 30 KB is never the one that has to.
 */
const mostUnverifiedBytes = 56 * 1024 * 1024
const smallBodyBytes = 256 * 1024
const mostConnections = 256

/** How long a body waits for room, ms. GitHub gives up after 10 s. */
const roomWaitMs = 5_000

/**
 * The HTTP server in front of Probot, whose own one reads bodies of any size before it looks at the signature, answers
 * with its handlers' errors and hears on localhost only.
 */
export function createHttpServer(deps: HttpDeps): Server {
  const room = createRoom()
  const server = createServer((request, response) => {
    answer(request, response, deps, room).catch((error: unknown) => {
      deps.log.error({ err: error }, 'request failed')
      reply(response, 500, 'error')
    })
  })
  server.headersTimeout = 10_000
  server.requestTimeout = 30_000
  server.maxConnections = mostConnections
  return server
}

async function answer(request: IncomingMessage, response: ServerResponse, deps: HttpDeps, room: Room): Promise<void> {
  const path = (request.url ?? '').split('?')[0]
  if (path === '/healthz') {
    if (request.method === 'GET' || request.method === 'HEAD') return reply(response, 200, 'ok')
    return reply(response, 405, 'method not allowed')
  }
  if (path === '/readyz' && request.method === 'GET') return replyReadiness(response, await deps.readiness())
  if (path !== deps.webhookPath) return reply(response, 404, 'not found')
  if (request.method !== 'POST') return reply(response, 405, 'method not allowed')

  const { 'x-hub-signature-256': signature, 'x-github-event': event, 'x-github-delivery': id } = request.headers
  const about = { event: word(event), delivery: word(id) }
  const refuse = (status: number, reason: string): void => {
    deps.answered(about.event ?? 'unknown', status)
    deps.log.warn({ ...about, status }, reason)
    reply(response, status, reason)
  }
  if (typeof signature !== 'string' || !/^sha256=[0-9a-f]{64}$/.test(signature)) return refuse(401, 'not signed')
  if (about.event === null || about.delivery === null) return refuse(400, 'not an event of GitHub')
  if (Number(request.headers['content-length'] ?? 0) > mostBodyBytes) return refuse(413, 'too large')
  const read = await readBody(request, deps.secrets, room)
  if (read.kind === 'too large') return refuse(413, 'too large')
  if (read.kind === 'no room') return refuse(503, 'busy')
  if (!read.signatures.some((known) => isSame(known, signature))) return refuse(401, 'wrong signature')
  const { body } = read
  const payload = parsed(body)
  if (payload === undefined) return refuse(400, 'not JSON')
  try {
    await deps.receive({ id: about.delivery, event: about.event, payload })
  } catch (error) {
    // GitHub keeps it in its log, from where it is asked for again.
    deps.log.error({ ...about, status: 503, err: error }, 'the event could not be kept')
    return reply(response, 503, 'not kept')
  }
  deps.answered(about.event, 202)
  deps.log.info({ ...about, status: 202 }, 'event')
  reply(response, 202, 'accepted')
}

/** Header values are foreign text until the signature is checked; only plain words go into the log. */
function word(value: string | string[] | undefined): string | null {
  return typeof value === 'string' && /^[\w-]{1,64}$/.test(value) ? value : null
}

type BodyRead = { kind: 'body'; body: string; signatures: string[] } | { kind: 'too large' } | { kind: 'no room' }

/** Reads the body; its signatures by each secret are computed as it comes. */
async function readBody(request: IncomingMessage, secrets: string[], room: Room): Promise<BodyRead> {
  const hashes = secrets.map((secret) => createHmac('sha256', secret))
  const parts: Buffer[] = []
  let bytes = 0
  try {
    // Without destroying the request on the way out, or the refusal could not be answered any more.
    for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      if (bytes + part.length > mostBodyBytes) return { kind: 'too large' }
      if (!(await room.take(part.length, bytes + part.length > smallBodyBytes))) return { kind: 'no room' }
      bytes += part.length
      for (const hash of hashes) hash.update(part)
      parts.push(part)
    }
    const signatures = hashes.map((hash) => `sha256=${hash.digest('hex')}`)
    return { kind: 'body', body: Buffer.concat(parts).toString('utf8'), signatures }
  } finally {
    room.give(bytes)
  }
}

function isSame(known: string, given: string): boolean {
  return known.length === given.length && timingSafeEqual(Buffer.from(known), Buffer.from(given))
}

/** Memory for bodies whose signature is not checked yet. */
interface Room {
  /** False when there is none within the time. A small body has half of the room to itself. */
  take(bytes: number, large: boolean): Promise<boolean>
  give(bytes: number): void
}

function createRoom(): Room {
  let taken = 0
  return {
    async take(bytes, large) {
      const most = large ? mostUnverifiedBytes / 2 : mostUnverifiedBytes
      for (let waited = 0; taken + bytes > most; waited += 50) {
        if (waited >= roomWaitMs) return false
        await sleep(50)
      }
      taken += bytes
      return true
    },
    give(bytes) {
      taken -= bytes
    },
  }
}

/** 200 when everything is there; else 503 with each thing that is not. */
function replyReadiness(response: ServerResponse, parts: Record<string, string | null>): void {
  const isReady = Object.values(parts).every((problem) => problem === null)
  const body = JSON.stringify({ ready: isReady, parts })
  response.writeHead(isReady ? 200 : 503, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
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
  // The rest of a refused body must not be read.
  const close = status >= 400 ? { connection: 'close' } : {}
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...close,
  })
  response.end(body)
}
