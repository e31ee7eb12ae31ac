/** The API that GITHUB_API_URL or GHE_HOST name, without a slash at its end; null is github.com. */
export function apiAddress({ GITHUB_API_URL, GHE_HOST }: NodeJS.ProcessEnv): string | null {
  if (GITHUB_API_URL) return GITHUB_API_URL.replace(/\/$/, '')
  return GHE_HOST ? `https://${GHE_HOST}/api/v3` : null
}
