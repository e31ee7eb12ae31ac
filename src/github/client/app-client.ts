import { type Probot, ProbotOctokit } from 'probot'
import type { Clock } from '../clock.ts'
import { once, reading } from './calls.ts'
import { conditional, createAnswerCache } from './conditional.ts'
import type { RepositoryClient } from './port.ts'
import { createRepositoryClient } from './repository-client.ts'
import { createThrottle, type Throttle } from './throttle.ts'

/** GitHub as the app itself, and the way to its installations. */
export interface AppClient {
  /** Login of the app's bot. */
  bot(): Promise<string>
  installations(): Promise<number[]>
  repositories(installationId: number): Promise<{ owner: string; repo: string }[]>
  /** Attempts to tell the app of an event, since then (ISO 8601), the newest first. */
  deliveries(status: 'success' | 'failure', since: string): Promise<DeliveryAttempt[]>
  /** Has GitHub send the event of this attempt again. */
  redeliver(id: number): Promise<void>
  repository(installationId: number, owner: string, repo: string): Promise<RepositoryClient>
}

export interface DeliveryAttempt {
  id: number
  /** Of the event: all attempts of one have the same. */
  guid: string
  /** ISO 8601. */
  at: string
}

/** A request that GitHub does not answer within this time, ms, counts as unanswered. */
const requestTimeoutMs = 30_000

/**
 * Octokit without its throttle (one for all installations, writes 1 to 3 s apart) and without its retries (they repeat
 * POSTs): throttle.ts and calls.ts do both by what is known of each call.
 */
export const Octokit: typeof ProbotOctokit = ProbotOctokit.defaults((options: object) => ({
  // A function, since Probot puts its own throttle options over plain defaults.
  ...options,
  throttle: { enabled: false },
  retry: { enabled: false },
}))

export const requestOptions = {
  fetch: (url: string, init: RequestInit) => fetch(url, { ...init, signal: AbortSignal.timeout(requestTimeoutMs) }),
}

/** One throttle for each installation, one cache of answers for all. */
export function createAppClient(probot: Probot, appId: number, clock: Clock): AppClient {
  const throttles = new Map<number, Throttle>()
  const answers = createAnswerCache()
  let bot: Promise<string> | null = null
  const throttleOf = (installationId: number): Throttle => {
    const throttle = throttles.get(installationId) ?? createThrottle(clock)
    throttles.set(installationId, throttle)
    return throttle
  }
  return {
    bot() {
      bot ??= reading(clock, 'read app', async () => {
        const octokit = await probot.auth()
        const { data } = await octokit.rest.apps.getAuthenticated()
        return `${data?.slug}[bot]`
      }).catch((error) => {
        bot = null
        throw error
      })
      return bot
    },
    installations: () =>
      reading(clock, 'list installations', async () => {
        const octokit = await probot.auth()
        const list = await octokit.paginate(octokit.rest.apps.listInstallations, { per_page: 100 })
        return list.filter((installation) => !installation.suspended_at).map((installation) => installation.id)
      }),
    repositories: (installationId) =>
      reading(clock, 'list repositories', async () => {
        const octokit = await probot.auth(installationId)
        const list = await octokit.paginate(octokit.rest.apps.listReposAccessibleToInstallation, { per_page: 100 })
        return list.map((repository) => ({ owner: repository.owner.login, repo: repository.name }))
      }),
    deliveries: (status, since) =>
      reading(clock, 'list deliveries', async () => {
        const octokit = await probot.auth()
        const asked = { per_page: 100, status }
        const found: DeliveryAttempt[] = []
        for await (const { data } of octokit.paginate.iterator(octokit.rest.apps.listWebhookDeliveries, asked)) {
          for (const { id, guid, delivered_at: at, status_code: code } of data) {
            if (at < since) return found
            // An older GitHub Enterprise Server does not know the filter.
            if ((code >= 200 && code < 300) === (status === 'success')) found.push({ id, guid, at })
          }
        }
        return found
      }),
    redeliver: (id) =>
      once(clock, 'redeliver', async () => {
        const octokit = await probot.auth()
        await octokit.rest.apps.redeliverWebhookDelivery({ delivery_id: id })
      }),
    async repository(installationId, owner, repo) {
      const octokit = conditional(await probot.auth(installationId), answers, installationId)
      return createRepositoryClient(octokit, { owner, repo, appId }, { clock, throttle: throttleOf(installationId) })
    },
  }
}
