import { apiAddress } from '../github/client/api-address.ts'
import { type Failure, GitHubError } from '../github/client/failure.ts'
import type { RepositoryClient } from '../github/client/port.ts'
import { createTokenClient, type TokenClient } from '../github/client/token-client.ts'
import { UsageError } from './errors.ts'

/** GitHub as the environment says: GITHUB_TOKEN or GH_TOKEN, and GITHUB_API_URL or GHE_HOST for another server. */
export function tokenClient(env: NodeJS.ProcessEnv): TokenClient {
  const { GITHUB_TOKEN, GH_TOKEN } = env
  return createTokenClient({ token: GITHUB_TOKEN || GH_TOKEN || null, url: apiAddress(env) })
}

/** `owner/name`, seen with the environment's token. */
export function clientFor(repository: string): RepositoryClient {
  const [owner, repo] = repositoryParts(repository, '--repo')
  return tokenClient(process.env).repository(owner, repo)
}

/** `owner/name` as its parts; `what` names the argument in the error. */
export function repositoryParts(repository: string, what: string): [string, string] {
  const [, owner, repo] = /^([\w.-]+)\/([\w.-]+)$/.exec(repository) ?? []
  if (!owner || !repo) throw new UsageError(`${what} ${repository}: write OWNER/REPO`)
  return [owner, repo]
}

/** Runs a call to GitHub; its failure becomes a sentence with the way out. */
export async function onGitHub<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error
    throw new UsageError(`${wordsFor(error.failure)} (${error.call})`)
  }
}

function wordsFor(failure: Failure): string {
  switch (failure.kind) {
    case 'not found':
      return 'GitHub did not find it, or the token in GITHUB_TOKEN may not see it'
    case 'forbidden':
      return 'the token in GITHUB_TOKEN may not do this; docs/action.md lists what it needs'
    case 'unauthorized':
      return process.env.GITHUB_TOKEN || process.env.GH_TOKEN
        ? 'GitHub did not accept the token in GITHUB_TOKEN'
        : 'GitHub wants a token: set GITHUB_TOKEN'
    case 'rate limited':
      return `GitHub's rate limit is reached; try again after ${new Date(failure.retryAt).toISOString()}`
    case 'refused':
      return `GitHub refused the request as invalid (${failure.status})`
    case 'stopping':
    case 'stale':
      return 'the pull request changed meanwhile; run it again'
    case 'unavailable':
      return 'GitHub did not answer; GITHUB_API_URL says where it is looked for'
  }
}
