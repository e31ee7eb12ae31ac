/** The API that GITHUB_API_URL or GHE_HOST name, without a slash at its end; null is github.com. */
export function apiAddress(env: NodeJS.ProcessEnv): string | null {
  if (env.GITHUB_API_URL) return env.GITHUB_API_URL.replace(/\/$/, '')
  return env.GHE_HOST ? `https://${env.GHE_HOST}/api/v3` : null
}
