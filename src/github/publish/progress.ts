import { progressTexts } from '../../report/github-texts.ts'
import type { Change } from '../change.ts'
import { GitHubError } from '../client/failure.ts'
import type { RepositoryContext } from '../context.ts'
import { type OpenCheck, showProgress } from './write-check.ts'

/** Says in the check what is being done, once a review takes its time. */
export interface Progress {
  /** Step that begins now, in words: `reading the catalog`. */
  doing(step: string): void
  /** Resolves when nothing is written any more. */
  end(): Promise<void>
}

/** How long a review goes on before the check says that it runs, ms: a quick one needs one write. */
const silentMs = 2_000

/**
 * One write a step at most, and only while budget is free. A head that has its verdict gets another run only with another
 * verdict, unless somebody asked for one.
 */
export function startProgress(
  context: RepositoryContext,
  change: Change,
  check: OpenCheck,
  { asked }: { asked: boolean },
): Progress {
  let step: string | null = null
  let isShowing = false
  let writes = Promise.resolve()
  const show = (): void => {
    const shown = step
    if (!isShowing || shown === null) return
    writes = writes.then(async () => {
      // Superseded while the write before was under way.
      if (shown !== step) return
      try {
        await showProgress(context, check, change, progressTexts(shown))
      } catch (error) {
        // Only a courtesy; a fault of GitHub comes up with the next step of the review itself.
        if (!(error instanceof GitHubError)) throw error
      }
    })
  }
  const cancel = context.clock.after(silentMs, () => {
    if (check.newest?.completed && !asked) return
    isShowing = true
    show()
  })
  return {
    doing(next) {
      step = next
      show()
    },
    async end() {
      cancel()
      isShowing = false
      step = null
      await writes
    },
  }
}
