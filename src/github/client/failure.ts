/** GitHub's errors as named outcomes. This is the only place that looks at their status and headers. */
export type Failure =
  | { kind: 'not found' }
  /** `needs`: the permission that would have allowed it, as GitHub tells: `checks: write`. */
  | { kind: 'forbidden'; needs: string | null }
  | { kind: 'unauthorized' }
  /** `retryAt`: ms since 1970. */
  | { kind: 'rate limited'; retryAt: number }
  /** GitHub understood and said no (422 and other 4xx). */
  | { kind: 'refused'; status: number }
  /** 5xx, no answer or no connection: a write may have been carried out all the same. */
  | { kind: 'unavailable'; status: number | null }
  /** Ours, not GitHub's: what was to be written about has changed meanwhile. */
  | { kind: 'stale' }
  /** Ours: the server stops, the job goes on after the next start. */
  | { kind: 'stopping' }

export class GitHubError extends Error {
  readonly failure: Failure
  /** The attempted call, in words for the log: `read blob`. */
  readonly call: string

  constructor(call: string, failure: Failure) {
    super(`${call}: ${failure.kind}`)
    this.name = 'GitHubError'
    this.call = call
    this.failure = failure
  }
}

/** Null where GitHub answers with one of these; whatever else goes wrong is thrown. */
export async function unless<T>(kinds: Failure['kind'][], call: () => Promise<T>): Promise<T | null> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof GitHubError && kinds.includes(error.failure.kind)) return null
    throw error
  }
}

/** Interprets an error thrown by Octokit. Nothing of its text is kept: it can carry URLs, bodies and tokens. */
export function failureOf(error: unknown, now: number): Failure {
  const { status, headers, message } = parts(error)
  if (status === null || status >= 500)
    return { kind: 'unavailable', status: status === 500 && !headers ? null : status }
  if (status === 403 || status === 429) {
    const wait = waitOf(headers ?? {}, message, now)
    if (wait !== null || status === 429) return { kind: 'rate limited', retryAt: wait ?? now + 60_000 }
    return { kind: 'forbidden', needs: neededPermission(headers ?? {}) }
  }
  if (status === 401) return { kind: 'unauthorized' }
  if (status === 404 || status === 410) return { kind: 'not found' }
  return { kind: 'refused', status }
}

/** How long GitHub is left alone when it did not answer, ms. */
const soonMs = 30_000

/** When it is worth to try again, ms since 1970; null when trying again does not help. */
export function retryAt(failure: Failure | null, now: number): number | null {
  if (failure?.kind === 'rate limited') return failure.retryAt
  return failure?.kind === 'unavailable' ? now + soonMs : null
}

/** A sentence for the reader of the check, without names or numbers of ours. */
export function failureSentence(failure: Failure): string {
  switch (failure.kind) {
    case 'not found':
      return 'GitHub did not find something that belongs to this pull request; it may just have been deleted.'
    case 'forbidden':
      return failure.needs === null
        ? "GitHub refused a request. The app's permissions may have been changed and not yet been accepted."
        : `The app lacks the permission \`${failure.needs}\`. An owner can grant it in the settings of the installation.`
    case 'unauthorized':
      return "GitHub did not accept the app's credentials."
    case 'rate limited':
      return "GitHub's rate limit was reached."
    case 'refused':
      return `GitHub refused a request as invalid (${failure.status}).`
    case 'unavailable':
      return 'GitHub did not answer.'
    case 'stale':
      return 'The pull request changed meanwhile.'
    case 'stopping':
      return 'The server was stopped meanwhile.'
  }
}

/** GitHub names what would have been enough: alternatives parted by `;`, each `contents=read`, several by `,`. */
function neededPermission(headers: Record<string, unknown>): string | null {
  const [, name, level] = /^(\w+)=(\w+)/.exec(String(headers['x-accepted-github-permissions'] ?? '')) ?? []
  return name === undefined ? null : `${name}: ${level}`
}

/** When a limit ends, ms since 1970; null when the answer is not about a limit. */
function waitOf(headers: Record<string, unknown>, message: string, now: number): number | null {
  const retryAfter = Number(headers['retry-after'])
  if (Number.isFinite(retryAfter) && retryAfter > 0) return now + retryAfter * 1_000
  if (headers['x-ratelimit-remaining'] === '0') {
    const reset = Number(headers['x-ratelimit-reset'])
    return Number.isFinite(reset) && reset > 0 ? reset * 1_000 : now + 60_000
  }
  // GitHub asks for at least a minute when a secondary limit comes without retry-after.
  return /secondary rate limit|abuse detection/i.test(message) ? now + 60_000 : null
}

function parts(error: unknown): { status: number | null; headers: Record<string, unknown> | null; message: string } {
  if (typeof error !== 'object' || error === null) return { status: null, headers: null, message: '' }
  const { status, response, message } = error as {
    status?: unknown
    response?: { headers?: Record<string, unknown> }
    message?: unknown
  }
  return {
    status: typeof status === 'number' ? status : null,
    headers: response?.headers ?? null,
    message: typeof message === 'string' ? message : '',
  }
}
