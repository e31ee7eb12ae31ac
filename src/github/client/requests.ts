import type { Octokit } from '@octokit/rest'
import type { Clock } from '../clock.ts'
import { once, reading } from './calls.ts'
import { GitHubError } from './failure.ts'
import type { Throttle } from './throttle.ts'

/** How the calls of one repository go out: in their turn, reads again when GitHub is not there, writes once. */
export interface Requests {
  here: { owner: string; repo: string }
  rest: Octokit['rest']
  paginate: Octokit['paginate']
  /** `call`: what is tried, in words for the log. Throws {@link GitHubError}. */
  read<T>(call: string, request: () => Promise<T>): Promise<T>
  write<T>(call: string, request: () => Promise<T>, kind?: 'write' | 'verdict'): Promise<T>
}

/** As many as GitHub gives on one page. */
export const all = { per_page: 100 }

/** `throttle`: the installation’s own. */
export function createRequests(
  { rest, paginate }: Pick<Octokit, 'rest' | 'paginate'>,
  here: Requests['here'],
  { clock, throttle }: { clock: Clock; throttle: Throttle },
): Requests {
  const inTurn = async <T>(kind: Parameters<Throttle['turn']>[0], request: () => Promise<T>): Promise<T> => {
    await throttle.turn(kind)
    return request()
  }
  /** Once GitHub has told to wait, no request of this installation goes out until then. */
  const heeding = async <T>(request: Promise<T>): Promise<T> => {
    try {
      return await request
    } catch (error) {
      if (error instanceof GitHubError && error.failure.kind === 'rate limited') throttle.pause(error.failure.retryAt)
      throw error
    }
  }
  return {
    here,
    rest,
    paginate,
    read: (call, request) => heeding(reading(clock, call, () => inTurn('read', request))),
    write: (call, request, kind = 'write') => heeding(once(clock, call, () => inTurn(kind, request))),
  }
}
