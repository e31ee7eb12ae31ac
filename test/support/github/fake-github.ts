import { generateKeyPairSync } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { answerer, type SeenRequest, unlessKnown } from './answer.ts'
import type { Change, Reply } from './call.ts'
import { addRepository, addUser, install, type RepositoryOptions } from './populate.ts'
import { FakeRepository, type Surroundings } from './repository.ts'
import { archiveOf, archivePath } from './routes-git.ts'
import type { Weather } from './storm.ts'
import { type Delivery, deliver, installationPayload, newDelivery } from './webhooks.ts'
import { fullName, now, type World } from './world.ts'

/** Something that goes wrong on GitHub's side, once. */
export interface Fault {
  method: string
  path: RegExp
  /** How many matching requests pass before; 0 hits the first. */
  after?: number
  /** `before`: nothing happened. `after`: the request was carried out and the answer lost. */
  when: 'before' | 'after'
  /** 0: the connection breaks without an answer. */
  status: number
  message?: string
  headers?: Record<string, string>
}

export interface FakeGitHub {
  /** The API's address, for the app's configuration. */
  url: string
  app: { id: number; slug: string; privateKey: string; webhookSecret: string }
  requests: SeenRequest[]
  deliveries: Delivery[]
  /** Requests or answers that GitHub's API description does not allow; a good app leaves this empty. */
  violations: string[]
  /** Conclusions of all check runs so far, each once. */
  conclusions(): string[]
  repository(name: string, options?: RepositoryOptions): FakeRepository
  /** A function is asked for each delivery: the address of one of several processes. */
  registerWebhook(url: string | (() => string)): void
  /** Resolves when every webhook sent so far has been answered. */
  delivered(): Promise<void>
  /** Sends a delivery again, with the same id. */
  redeliver(delivery: Delivery): Promise<void>
  /**
   * Installs the app on a repository that was made with `installed: false`, and tells it; as an addition to what is
   * there when the owner has the app already.
   */
  install(name: string): void
  /** Grants these too, `undefined` takes away; the app hears nothing. */
  permit(permissions: Record<string, string | undefined>): void
  /** An owner accepts other permissions for the app. */
  grant(name: string, permissions: Record<string, string>): void
  fail(fault: Fault): void
  /** A token of this person, or of a workflow: `github-actions[bot]`. */
  token(login: string, access: 'read' | 'write'): string
  /** When each event is sent, ms from now, once for each number; null: once, at once. */
  post: ((delivery: Delivery) => number[]) | null
  /** What goes wrong with requests at large; null: nothing. */
  weather: Weather | null
  /** Lets something happen on GitHub without the app hearing of it, as when its server is down. */
  unheard(happen: () => void): void
  /** Resolves when such a request has been answered. */
  next(request: { method: string; path: RegExp }): Promise<void>
  /** Lets something happen on GitHub just before the next such request is answered. */
  once(request: { method: string; path: RegExp }, happen: () => void): void
  close(): Promise<void>
}

interface FakeGitHubOptions {
  /** What the app was granted; by default what app.yml asks for is to be passed in. */
  permissions?: Record<string, string>
  events?: string[]
  /** 0: any free one. */
  port?: number
}

/** What app.yml asks for; a test holds the two together. */
export const grantedPermissions = {
  checks: 'write',
  contents: 'read',
  issues: 'read',
  merge_queues: 'read',
  metadata: 'read',
  pull_requests: 'write',
}
export const subscribedEvents = [
  'check_run',
  'check_suite',
  'installation',
  'installation_repositories',
  'issue_comment',
  'merge_group',
  'pull_request',
  'pull_request_review',
  'push',
  'repository',
]

/** GitHub over HTTP on the loopback: state, signed webhooks, and answers checked against GitHub's own description. */
export async function startFakeGitHub(options: FakeGitHubOptions = {}): Promise<FakeGitHub> {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const webhookSecret = 'a-long-enough-webhook-secret'
  let lastId = 100
  const deliveries: Delivery[] = []
  const world: World = {
    origin: '',
    app: {
      id: 4711,
      slug: 'lockcast',
      name: 'Lockcast',
      permissions: options.permissions ?? grantedPermissions,
      events: options.events ?? subscribedEvents,
    },
    users: new Map(),
    repositories: new Map(),
    installations: new Map(),
    tokens: new Map(),
    personal: new Map(),
    deliveries,
    nextId: () => ++lastId,
  }
  const bot = addUser(world, 'lockcast[bot]', 'Bot')
  const events = new EventEmitter()
  events.setMaxListeners(0)
  const requests: SeenRequest[] = []
  const violations: string[] = []
  const happenings: { method: string; path: RegExp; happen: () => void }[] = []
  const faults: { fault: Fault; left: number }[] = []
  const repositories = new Map<string, FakeRepository>()
  const pending = new Set<Promise<void>>()
  let webhookUrl: (() => string) | null = null
  let post: FakeGitHub['post'] = null
  let weather: Weather | null = null
  let isHeard = true

  const sendTo = (delivery: Delivery): Promise<void> => {
    if (!webhookUrl || !isHeard) {
      delivery.status = 0
      return Promise.resolve()
    }
    const url = webhookUrl
    const times = post?.(delivery) ?? [0]
    const attempts = times.map(async (ms) => {
      if (ms > 0) await sleep(ms)
      await deliver(url(), webhookSecret, delivery)
    })
    const sent = Promise.all(attempts).then(() => {})
    pending.add(sent)
    return sent.finally(() => pending.delete(sent))
  }
  const around: Surroundings = {
    world,
    events,
    user: (login) => world.users.get(login) ?? addUser(world, login, login.endsWith('[bot]') ? 'Bot' : 'User'),
    send(event, repository, payload) {
      if (!repository.installation || !world.app.events.includes(event)) return
      const delivery = newDelivery(world, event, payload)
      deliveries.push(delivery)
      void sendTo(delivery)
    },
  }
  const changed = (change: Change): void => {
    if (change.kind === 'check run') events.emit('check')
    else if (change.kind === 'asked again') {
      const again: Delivery = { ...change.delivery, id: world.nextId(), at: now(), status: null }
      deliveries.push(again)
      void sendTo(again)
    } else
      repositories.get(fullName(change.pull.base.repository))?.unlabeledByApp(change.pull, change.label, change.actor)
  }

  const publicKey = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const answer = answerer({ world, publicKey, bot, changed, violations })
  const server = createServer((request, response) => {
    void serve(request, response)
  })
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', world.origin)
    const text = await bodyText(request)
    const seen: SeenRequest = {
      method: request.method ?? 'GET',
      path: decodeURIComponent(url.pathname),
      query: url.search.slice(1),
      body: text === '' ? undefined : JSON.parse(text),
      status: 0,
    }
    requests.push(seen)
    const due = happenings.findIndex(({ method, path }) => method === seen.method && path.test(seen.path))
    if (due >= 0) happenings.splice(due, 1)[0]?.happen()
    if (url.pathname.startsWith(archivePath)) {
      const archive = await archiveOf(world, url.pathname)
      seen.status = archive ? 200 : 404
      response.writeHead(seen.status, { 'content-type': 'application/x-gzip' })
      response.end(archive ?? undefined)
      return
    }
    const fault =
      faults.find(
        (known) =>
          known.left >= 0 &&
          known.fault.method === seen.method &&
          known.fault.path.test(seen.path) &&
          known.left-- === 0,
      )?.fault ?? weather?.(seen)
    const lost: Reply | null = fault
      ? { status: fault.status, body: { message: fault.message ?? 'Server Error' }, headers: fault.headers ?? {} }
      : null
    const reply = lost && fault?.when === 'before' ? lost : answer(seen, url, request.headers.authorization ?? '')
    const final = lost ?? unlessKnown(reply, request)
    seen.status = final.status
    if (final.status === 0) {
      request.socket.destroy()
      events.emit('answered', seen)
      return
    }
    response.writeHead(final.status, { 'content-type': 'application/json; charset=utf-8', ...final.headers })
    response.end(final.body === undefined ? undefined : JSON.stringify(final.body))
    events.emit('answered', seen)
  }

  await listen(server, options.port ?? 0)
  world.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  return {
    url: world.origin,
    app: {
      id: world.app.id,
      slug: world.app.slug,
      privateKey: keys.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
      webhookSecret,
    },
    requests,
    deliveries,
    violations,
    conclusions() {
      const runs = [...world.repositories.values()].flatMap(({ checkRuns }) => checkRuns)
      return [...new Set(runs.flatMap(({ conclusion }) => conclusion ?? []))]
    },
    repository(name, repositoryOptions) {
      const known = repositories.get(name)
      if (known) return known
      const made = new FakeRepository(addRepository(world, name, repositoryOptions ?? {}), around)
      repositories.set(name, made)
      return made
    },
    registerWebhook(url) {
      webhookUrl = typeof url === 'string' ? () => url : url
    },
    async delivered() {
      while (pending.size > 0) await Promise.all(pending)
    },
    redeliver: sendTo,
    install(name) {
      const repository = world.repositories.get(name)
      if (!repository) throw new Error(`no repository ${name}`)
      const isFirst = ![...world.installations.values()].some((known) => known.account === repository.owner)
      install(world, repository)
      const action = isFirst ? 'created' : 'added'
      const payload = installationPayload(world, [repository], around.user('dev'), action)
      around.send(isFirst ? 'installation' : 'installation_repositories', repository, payload)
    },
    permit(permissions) {
      const all = Object.entries({ ...world.app.permissions, ...permissions })
      world.app.permissions = Object.fromEntries(all.flatMap(([name, level]) => (level ? [[name, level]] : [])))
    },
    grant(name, permissions) {
      const repository = world.repositories.get(name)
      if (!repository) throw new Error(`no repository ${name}`)
      world.app.permissions = permissions
      const payload = installationPayload(world, [repository], around.user('dev'), 'new_permissions_accepted')
      around.send('installation', repository, payload)
    },
    fail(fault) {
      faults.push({ fault, left: fault.after ?? 0 })
    },
    token(login, access) {
      const token = `ghp_fake${world.nextId()}`
      world.personal.set(token, { user: around.user(login), access })
      return token
    },
    get post() {
      return post
    },
    set post(next) {
      post = next
    },
    get weather() {
      return weather
    },
    set weather(next) {
      weather = next
    },
    unheard(happen) {
      isHeard = false
      happen()
      isHeard = true
    },
    async next({ method, path }) {
      for (;;) {
        const [seen] = (await EventEmitter.once(events, 'answered')) as [SeenRequest]
        if (seen.method === method && path.test(seen.path)) return
      }
    },
    once: (request, happen) => void happenings.push({ ...request, happen }),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function bodyText(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
}
