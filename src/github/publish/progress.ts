import { progressTexts } from '../../report/github-texts.ts'
import { GitHubError } from '../client/failure.ts'
import type { CheckRun, RepositoryClient } from '../client/port.ts'
import type { Clock } from '../clock.ts'

/** Tells in the check what is being done, once a review takes its time. */
export interface Progress {
  /** Step that begins now, in words: `reading the catalog`. */
  doing(step: string): void
  /** Resolves when nothing is written any more; true when the check was set in progress meanwhile. */
  end(): Promise<boolean>
}

/** How long a review goes on before the check says more than that it runs, ms. */
const silentMs = 3_000

/** One write a step at most, so that a slow review costs a handful of requests. */
export function startProgress(client: RepositoryClient, clock: Clock, run: CheckRun): Progress {
  let step: string | null = null
  let isTelling = false
  let wasTold = false
  let writes = Promise.resolve()
  const tell = (): void => {
    const told = step
    if (!isTelling || told === null) return
    writes = writes.then(async () => {
      // Superseded while the write before was under way.
      if (told !== step) return
      wasTold = true
      try {
        // The text holds the record and has to be sent along.
        const output = { ...progressTexts(told), text: run.text }
        await client.updateCheckRun(run.id, { status: 'in_progress', output })
      } catch (error) {
        // Only a courtesy; what is wrong comes up with the next step of the review itself.
        if (!(error instanceof GitHubError)) throw error
      }
    })
  }
  const cancel = clock.after(silentMs, () => {
    isTelling = true
    tell()
  })
  return {
    doing(next) {
      step = next
      tell()
    },
    async end() {
      cancel()
      isTelling = false
      step = null
      await writes
      return wasTold
    },
  }
}
