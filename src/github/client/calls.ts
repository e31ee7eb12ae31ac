import { type Clock, sleep } from '../clock.ts'
import { failureOf, GitHubError } from './failure.ts'

/** Reads are tried three times when GitHub is not there; nothing else is tried twice. */
export async function reading<T>(clock: Clock, call: string, request: () => Promise<T>): Promise<T> {
  for (const wait of [100, 400]) {
    try {
      return await once(clock, call, request)
    } catch (error) {
      if (!(error instanceof GitHubError) || error.failure.kind !== 'unavailable') throw error
      await sleep(clock, wait)
    }
  }
  return once(clock, call, request)
}

/**
 * Creates something that carries a marker. When the answer is lost the write may have been carried out, so it is looked
 * for before it is tried once more: a request repeated blindly posted one review four times.
 */
export async function createOnce<T>(find: () => Promise<T | null>, create: () => Promise<T>): Promise<T> {
  try {
    return await create()
  } catch (error) {
    if (!(error instanceof GitHubError) || error.failure.kind !== 'unavailable') throw error
    return (await find()) ?? (await create())
  }
}

/** One request, its error interpreted. */
export async function once<T>(clock: Clock, call: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request()
  } catch (error) {
    if (error instanceof GitHubError) throw error
    throw new GitHubError(call, failureOf(error, clock.now()))
  }
}
