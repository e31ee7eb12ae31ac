import { type Clock, sleep } from '../clock.ts'
import { GitHubError } from './failure.ts'

/**
 * The request budget of an installation, as GitHub counts it: 900 points in any minute (a read is one, a write five),
 * and of what makes content (comments, reviews, labels) 80 a minute and 500 an hour. Each installation has its own.
 */
export interface Budget {
  /**
   * Resolves when the request may be sent: verdicts before reviews before comments, each in its order. Throws
   * {@link GitHubError} when GitHub has told to wait longer than a job should, or the server stops.
   */
  turn(request: Ask): Promise<void>
  /** True when a write may be sent at once and much of the budget is free; takes its points then. */
  isFree(): boolean
  /** When the next comment may be written, ms since 1970. */
  commentsDueAt(): number
  /** GitHub told to wait until then, ms since 1970. */
  pause(until: number): void
  /** Waiting and later requests are refused. */
  stop(): void
}

/** How urgent a request is, the most urgent first. */
export type Urgency = 'verdict' | 'review' | 'comment'

/** A request that wants its turn. */
export interface Ask {
  urgency: Urgency
  points: 1 | 5
  /** It makes content. */
  content: boolean
}

export interface BudgetSettings {
  /** How many processes share the budget. */
  processes(): number
  /** False for a GitHub Enterprise Server that limits nothing. */
  limited: boolean
}

const urgencies: Urgency[] = ['verdict', 'review', 'comment']

/**
 * GitHub's minute is not ours: requests travel for a while, so what is sent within one minute may arrive within less. A
 * second more and 20 points less keep clear of it.
 */
const pointWindowMs = 61_000
const pointsPerWindow = 880
/** Of these for comments at most, so that a burst of reviews finds the rest. */
const commentPoints = 440
const contentLimits = [
  { most: 78, withinMs: 61_000 },
  { most: 490, withinMs: 3_601_000 },
]

/** A comment waits so long in its place, ms; for longer its job gives the place away and comes back. */
const longestCommentWaitMs = 3_000

/** A job waits so long in its place when GitHub says so, ms; for longer it gives the place away. */
const longestPauseMs = 65_000

interface Waiting extends Ask {
  go(): void
  refuse(error: GitHubError): void
}

interface Spent {
  at: number
  points: number
  urgency: Urgency
  content: boolean
}

/** A budget of which nothing is spent yet. */
export function createBudget(clock: Clock, { processes, limited }: BudgetSettings): Budget {
  const lines: Record<Urgency, Waiting[]> = { verdict: [], review: [], comment: [] }
  let spent: Spent[] = []
  let pausedUntil = 0
  let isStopped = false
  /** When the timer is due that lets the next ones go, ms since 1970. */
  let timedFor = Number.POSITIVE_INFINITY

  /** When this request may go, ms since 1970. */
  const dueAt = ({ urgency, points, content }: Ask, now: number): number => {
    if (!limited) return Math.max(now, pausedUntil)
    const share = Math.max(1, processes())
    const recent = spent.filter(({ at }) => at > now - pointWindowMs)
    const all = freeAt(recent, points, Math.floor(pointsPerWindow / share), now)
    const own =
      urgency === 'comment'
        ? freeAt(
            recent.filter((known) => known.urgency === 'comment'),
            points,
            Math.floor(commentPoints / share),
            now,
          )
        : now
    return Math.max(all, own, content ? contentAt(now, share) : now, pausedUntil)
  }
  const contentAt = (now: number, share: number): number => {
    const made = spent.filter(({ content }) => content).map(({ at }) => at)
    return Math.max(
      now,
      ...contentLimits.map(
        ({ most, withinMs }) =>
          (made.at(-Math.max(1, Math.floor(most / share))) ?? Number.NEGATIVE_INFINITY) + withinMs,
      ),
    )
  }
  const spend = ({ points, urgency, content }: Ask, now: number): void => {
    const [, hour = { withinMs: 0 }] = contentLimits
    spent = spent.filter(({ at, content: made }) => at > now - (made ? hour.withinMs : pointWindowMs))
    spent.push({ at: now, points, urgency, content })
  }
  const pump = (): void => {
    const now = clock.now()
    let next = Number.POSITIVE_INFINITY
    for (const urgency of urgencies) {
      const line = lines[urgency]
      for (let first = line[0]; first; first = line[0]) {
        const due = dueAt(first, now)
        if (due > now) {
          next = Math.min(next, due)
          break
        }
        line.shift()
        spend(first, now)
        first.go()
      }
      // The points that it waits for must not go to the less urgent; for its turn at content they need not wait.
      const [first] = line
      if (first && dueAt({ ...first, content: false }, now) > now) break
    }
    if (next >= timedFor) return
    timedFor = next
    void sleep(clock, next - now).then(() => {
      if (timedFor === next) timedFor = Number.POSITIVE_INFINITY
      pump()
    })
  }
  return {
    turn(request) {
      return new Promise((resolve, reject) => {
        if (isStopped) return reject(new GitHubError('wait', { kind: 'stopping' }))
        if (pausedUntil - clock.now() > longestPauseMs) return reject(limitedUntil(pausedUntil))
        const due = request.urgency === 'comment' ? dueAt(request, clock.now()) : 0
        if (due - clock.now() > longestCommentWaitMs) return reject(limitedUntil(due))
        lines[request.urgency].push({ ...request, go: resolve, refuse: reject })
        pump()
      })
    },
    isFree() {
      const now = clock.now()
      if (isStopped || urgencies.some((urgency) => lines[urgency].length > 0) || pausedUntil > now) return false
      if (!limited) return true
      const used = spent.filter(({ at }) => at > now - pointWindowMs).reduce((sum, { points }) => sum + points, 0)
      if (used > pointsPerWindow / 2 / Math.max(1, processes())) return false
      spend({ urgency: 'verdict', points: 5, content: false }, now)
      return true
    },
    commentsDueAt: () => dueAt({ urgency: 'comment', points: 5, content: true }, clock.now()),
    pause(until) {
      pausedUntil = Math.max(pausedUntil, until)
      if (pausedUntil - clock.now() > longestPauseMs) refuseAll(limitedUntil(pausedUntil))
    },
    stop() {
      isStopped = true
      refuseAll(new GitHubError('wait', { kind: 'stopping' }))
    },
  }

  function refuseAll(error: GitHubError): void {
    for (const urgency of urgencies) for (const { refuse } of lines[urgency].splice(0)) refuse(error)
  }
}

/** When so many points fit into what is left of the limit. */
function freeAt(recent: Spent[], points: number, limit: number, now: number): number {
  let over = recent.reduce((sum, known) => sum + known.points, 0) + points - Math.max(limit, points)
  let at = now
  for (const known of recent) {
    if (over <= 0) break
    over -= known.points
    at = known.at + pointWindowMs
  }
  return at
}

function limitedUntil(retryAt: number): GitHubError {
  return new GitHubError('wait', { kind: 'rate limited', retryAt })
}
