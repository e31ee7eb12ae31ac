import type { Octokit } from '@octokit/rest'
import type { Clock } from '../clock.ts'
import type { Budget } from './budget.ts'
import { prepaid } from './budgeted.ts'
import { once, reading } from './calls.ts'

/** How the calls of one repository go out: reads again when GitHub is not there, writes once. */
export interface Requests {
  here: { owner: string; repo: string }
  rest: Octokit['rest']
  paginate: Octokit['paginate']
  /** `call`: the request in words, for the log. Throws {@link GitHubError}. */
  read<T>(call: string, request: () => Promise<T>): Promise<T>
  write<T>(call: string, request: () => Promise<T>): Promise<T>
  /** Writes a check only when much of the budget is free, else null. `options` have to go along with the request. */
  writeIfFree<T>(call: string, request: (options: typeof prepaid) => Promise<T>): Promise<T | null>
}

/** As many as GitHub gives on one page. */
export const all = { per_page: 100 }

/** How a repository is asked. `budget`: the installation’s own, which `octokit` keeps to. */
export interface Asking {
  clock: Clock
  budget: Budget
}

/** The requests of one repository. */
export function createRequests(
  { rest, paginate }: Pick<Octokit, 'rest' | 'paginate'>,
  here: Requests['here'],
  { clock, budget }: Asking,
): Requests {
  return {
    here,
    rest,
    paginate,
    read: (call, request) => reading(clock, call, request),
    write: (call, request) => once(clock, call, request),
    async writeIfFree(call, request) {
      return budget.isFree() ? once(clock, call, () => request(prepaid)) : null
    },
  }
}
