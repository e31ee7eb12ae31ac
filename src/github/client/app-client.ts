import { type Probot, ProbotOctokit } from 'probot'
import type { Clock } from '../clock.ts'
import { type Budget, type BudgetSettings, createBudget, type Urgency } from './budget.ts'
import { budgeted } from './budgeted.ts'
import { once, reading } from './calls.ts'
import { conditional, createAnswerCache } from './conditional.ts'
import type { RepositoryClient } from './port.ts'
import { createRecentAnswers } from './recent-answers.ts'
import { createRepositoryClient } from './repository-client.ts'

/** GitHub as the app itself, and the way to its installations. */
export interface AppClient {
  /** Login of the app's bot. */
  bot(): Promise<string>
  installations(): Promise<number[]>
  repositories(installationId: number): Promise<{ owner: string; repo: string }[]>
  /** Attempts to deliver events to the app, since then (ISO 8601), the newest first. */
  deliveries(since: string): Promise<DeliveryAttempt[]>
  /** Has GitHub send the event of this attempt again. */
  redeliver(id: number): Promise<void>
  repository(installationId: number, owner: string, repo: string, how?: RepositoryUse): Promise<RepositoryClient>
  /** When the installation's budget lets the next comment be written, ms since 1970. */
  commentsDueAt(installationId: number): number
  /** No request waits any more, and none is sent: the server stops. */
  stop(): void
}

/** The purpose of a repository's client. */
interface RepositoryUse {
  urgency: Urgency
  /** When the job was asked for, ms since 1970: shared answers are not older. Null: nothing is shared. */
  askedAt: number | null
  /** The job came because a policy changed. */
  policyChanged: boolean
}

export interface DeliveryAttempt {
  id: number
  /** Of the event: all attempts of one have the same. */
  guid: string
  /** ISO 8601. */
  at: string
  /** The app answered with success. */
  taken: boolean
}

/** How old the organisation's policy may be when no event told of a change, ms. */
const policyAgeMs = 60_000

/** A request that GitHub does not answer within this time, ms, counts as unanswered. */
const requestTimeoutMs = 30_000

/**
 * Octokit without its throttle (one for all installations, writes 1 to 3 s apart) and without its retries (they repeat
 * POSTs): budget.ts and calls.ts do both by what is known of each call.
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

/** One budget for each installation, one cache of answers for all. */
export function createAppClient(probot: Probot, appId: number, clock: Clock, settings: BudgetSettings): AppClient {
  const budgets = new Map<number, Budget>()
  const answers = createAnswerCache()
  const recent = createRecentAnswers(clock.now)
  let bot: Promise<string> | null = null
  const budgetOf = (installationId: number): Budget => {
    const budget = budgets.get(installationId) ?? createBudget(clock, settings)
    budgets.set(installationId, budget)
    return budget
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
    deliveries: (since) =>
      reading(clock, 'list deliveries', async () => {
        const octokit = await probot.auth()
        const found: DeliveryAttempt[] = []
        for await (const { data } of octokit.paginate.iterator(octokit.rest.apps.listWebhookDeliveries, {
          per_page: 100,
        })) {
          for (const { id, guid, delivered_at: at, status_code: code } of data) {
            if (at < since) return found
            found.push({ id, guid, at, taken: code >= 200 && code < 300 })
          }
        }
        return found
      }),
    redeliver: (id) =>
      once(clock, 'redeliver', async () => {
        const octokit = await probot.auth()
        await octokit.rest.apps.redeliverWebhookDelivery({ delivery_id: id })
      }),
    async repository(installationId, owner, repo, { urgency, askedAt, policyChanged } = unshared) {
      const budget = budgetOf(installationId)
      // The innermost first: what the cache knows costs no points.
      const octokit = budgeted(await probot.auth(installationId), { budget, urgency, clock })
      conditional(octokit, answers, installationId)
      const notBefore = askedAt ?? clock.now()
      const policyNotBefore = policyChanged || askedAt === null ? notBefore : clock.now() - policyAgeMs
      return createRepositoryClient(
        octokit,
        { owner, repo, appId },
        { clock, budget },
        { answers: recent, notBefore, policyNotBefore },
      )
    },
    commentsDueAt: (installationId) => budgetOf(installationId).commentsDueAt(),
    stop() {
      for (const budget of budgets.values()) budget.stop()
    },
  }
}

const unshared: RepositoryUse = { urgency: 'review', askedAt: null, policyChanged: false }
