import type { ProbotOctokit } from 'probot'
import { type ByteCache, createByteCache } from '../byte-cache.ts'

/** Answers to reads by address, with the tag under which GitHub knows them. */
type AnswerCache = ByteCache<Answer>

interface Answer {
  etag: string
  response: { status: number; url: string; headers: Record<string, unknown>; data: unknown }
  bytes: number
}

/** Keeps the answers used last, up to so many bytes of JSON. */
export function createAnswerCache(mostBytes = 64 * 1024 * 1024): AnswerCache {
  return createByteCache(mostBytes, ({ bytes }) => bytes)
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
