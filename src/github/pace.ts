/**
 * Keeps an installation's writes under GitHub's secondary limit (80 a minute, 500 an hour for what makes content).
 * A burst goes through at once; only who exceeds the minute's share waits.
 */
export interface WritePace {
  /** Resolves when the next write may be sent. */
  turn(): Promise<void>
}

const writesAMinute = 60

export function createWritePace(): WritePace {
  let recent: number[] = []
  let queue = Promise.resolve()
  const next = async (): Promise<void> => {
    recent = recent.filter((at) => at > Date.now() - 60_000)
    const oldest = recent[0]
    if (recent.length >= writesAMinute && oldest !== undefined) {
      await new Promise((resolve) => setTimeout(resolve, oldest + 60_000 - Date.now()))
    }
    recent.push(Date.now())
  }
  return {
    turn() {
      queue = queue.then(next)
      return queue
    },
  }
}
