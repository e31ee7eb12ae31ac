import { Octokit } from '@octokit/rest'
import { waitingClock } from '../clock.ts'
import { requestOptions } from './app-client.ts'
import { createBudget } from './budget.ts'
import { budgeted } from './budgeted.ts'
import { reading } from './calls.ts'
import { GitHubError } from './failure.ts'
import type { RepositoryClient } from './port.ts'
import { createRecentAnswers } from './recent-answers.ts'
import { createRepositoryClient } from './repository-client.ts'

/** GitHub as whoever a token belongs to: a person, or the workflow that runs. */
export interface TokenClient {
  repository(owner: string, repo: string): RepositoryClient
  /** Login of the account that writes with this token. */
  login(): Promise<string>
}

/** The account behind a workflow's own token, which may not ask for its name. */
const workflowLogin = 'github-actions[bot]'

/** Octokit would print a line for every answer that is no success; what an answer means is ours to say. */
const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** `url`: as of {@link apiAddress}. Without a token: what is public. */
export function createTokenClient({ token, url }: { token: string | null; url: string | null }): TokenClient {
  const options = { ...(url === null ? {} : { baseUrl: url }), request: requestOptions, log: silent }
  const plain = new Octokit(token === null ? options : { ...options, auth: token })
  const budget = createBudget(waitingClock, { processes: () => 1, limited: true })
  const octokit = budgeted(plain, { budget, urgency: 'review', clock: waitingClock })
  const asking = { clock: waitingClock, budget }
  // One command is one moment: what was read stays true.
  const fresh = { answers: createRecentAnswers(waitingClock.now), notBefore: 0, policyNotBefore: 0 }
  return {
    repository: (owner, repo) => createRepositoryClient(octokit, { owner, repo, appId: null }, asking, fresh),
    async login() {
      try {
        const { data } = await reading(waitingClock, 'read user', () => octokit.rest.users.getAuthenticated())
        return data.login
      } catch (error) {
        if (error instanceof GitHubError && error.failure.kind === 'forbidden') return workflowLogin
        throw error
      }
    },
  }
}
