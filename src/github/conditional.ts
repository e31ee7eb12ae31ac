import type { ProbotOctokit } from 'probot'

/** Answers to reads by address, with the tag under which GitHub knows them. */
export interface AnswerCache {
  get(key: string): Answer | undefined
  set(key: string, answer: Answer): void
}

interface Answer {
  etag: string
  response: { status: number; url: string; headers: Record<string, unknown>; data: unknown }
  bytes: number
}

/** Keeps the answers used last, up to so many bytes of JSON. */
export function createAnswerCache(mostBytes = 64 * 1024 * 1024): AnswerCache {
  const answers = new Map<string, Answer>()
  let bytes = 0
  const drop = (key: string): void => {
    bytes -= answers.get(key)?.bytes ?? 0
    answers.delete(key)
  }
  return {
    get(key) {
      const answer = answers.get(key)
      if (answer) {
        answers.delete(key)
        answers.set(key, answer)
      }
      return answer
    },
    set(key, answer) {
      drop(key)
      if (answer.bytes > mostBytes / 4) return
      answers.set(key, answer)
      bytes += answer.bytes
      for (const oldest of answers.keys()) {
        if (bytes <= mostBytes) break
        drop(oldest)
      }
    },
  }
}

/** Contents are kept by their SHA elsewhere, and an archive is asked for once. */
const unconditional = /\/(git\/blobs|tarball|zipball|access_tokens)\b/

/** The tree of a commit is the same for ever. */
const immutable = /\/git\/trees\/[0-9a-f]{40}\?/

/**
 * Makes an installation's reads conditional: what GitHub answers with 304 does not count against the rate limit. A tree
 * by SHA that is known is not asked for again at all.
 */
export function conditional(octokit: ProbotOctokit, cache: AnswerCache, installationId: number): ProbotOctokit {
  octokit.hook.wrap('request', async (request, options) => {
    const { url } = octokit.request.endpoint(options)
    if (options.method !== 'GET' || unconditional.test(url)) return request(options)
    const key = `${installationId} ${url}`
    const known = cache.get(key)
    type Response = Awaited<ReturnType<typeof request>>
    if (known && immutable.test(url)) return again(known, {}) as Response
    try {
      // In place: a hook further in was given these very options already, and would not see others.
      if (known) options.headers['if-none-match'] = known.etag
      const response = await request(options)
      const { etag } = response.headers
      if (etag && !isFullPage(response.data)) {
        const { status, headers: given, data } = response
        const answer = { status, url: response.url, headers: given, data: copied(data) }
        cache.set(key, { etag, response: answer, bytes: JSON.stringify(data).length })
      }
      return response
    } catch (error) {
      if (!known || !isUnchanged(error)) throw error
      // The date of now, which tells GitHub's clock; the rest as it was.
      return again(known, dateOf(error)) as Response
    }
  })
  return octokit
}

function again({ response }: Answer, headers: object): object {
  return { ...response, headers: { ...response.headers, ...headers }, data: copied(response.data) }
}

/** A tag is of the page alone: when a next page is added, a full one stays the same and its link to the next is new. */
function isFullPage(data: unknown): boolean {
  return Array.isArray(data) && data.length >= 100
}

/** Octokit's pagination changes the object that it is given. */
function copied(data: unknown): unknown {
  return typeof data === 'object' && data !== null && !Array.isArray(data) ? { ...data } : data
}

function isUnchanged(error: unknown): boolean {
  return error instanceof Error && 'status' in error && error.status === 304
}

function dateOf(error: unknown): { date?: unknown } {
  const { response } = error as { response?: { headers?: { date?: unknown } } }
  return response?.headers?.date ? { date: response.headers.date } : {}
}
