import type { Octokit } from '@octokit/rest'
import type { Clock } from '../clock.ts'
import type { Ask, Budget, Urgency } from './budget.ts'
import { failureOf, GitHubError } from './failure.ts'

/** Request options of a write whose points were taken already. */
export const prepaid = { request: { prepaid: true } }

/**
 * Makes every request of a client wait for its turn in the installation's budget, pages of lists and repeated reads
 * too, and heeds what GitHub's answers tell of limits.
 */
export function budgeted<Client extends Pick<Octokit, 'hook'>>(
  octokit: Client,
  { budget, urgency, clock }: { budget: Budget; urgency: Urgency; clock: Clock },
): Client {
  octokit.hook.wrap('request', async (request, options) => {
    const asked = options as unknown as { method: string; url: string; request?: { prepaid?: boolean } }
    if (asked.url.includes('/access_tokens')) return request(options)
    if (!asked.request?.prepaid) await budget.turn(askOf(asked, urgency))
    try {
      const response = await request(options)
      const until = limitReset(response.headers, clock.now())
      if (until !== null) budget.pause(until)
      return response
    } catch (error) {
      const failure = error instanceof GitHubError ? error.failure : failureOf(error, clock.now())
      if (failure.kind === 'rate limited') budget.pause(failure.retryAt)
      throw error
    }
  })
  return octokit
}

function askOf({ method, url }: { method: string; url: string }, urgency: Urgency): Ask {
  if (method === 'GET') return { urgency, points: 1, content: false }
  const isCheck = /\/check-runs\b/.test(url)
  return { urgency: isCheck ? 'verdict' : 'comment', points: 5, content: !isCheck }
}

/** When the hour's limit starts again, ms since 1970, where almost nothing is left of it; null else. */
function limitReset(headers: Record<string, unknown>, now: number): number | null {
  const remaining = headers['x-ratelimit-remaining']
  const reset = Number(headers['x-ratelimit-reset']) * 1_000
  if (remaining === undefined || Number(remaining) > 0 || !Number.isFinite(reset)) return null
  return reset > now ? reset : null
}
