/** Lets one task at a time run for each key, in the order in which they came. */
export interface KeyedLock {
  run<T>(key: string, task: () => Promise<T>): Promise<T>
}

/** Locks of one process. */
export function createKeyedLock(): KeyedLock {
  const tails = new Map<string, Promise<unknown>>()
  return {
    run(key, task) {
      const before = tails.get(key) ?? Promise.resolve()
      const mine = before.then(task, task)
      // The next task waits for the end of this one, however it ends; its error goes to who started it.
      const tail = mine.then(
        () => undefined,
        () => undefined,
      )
      tails.set(key, tail)
      void tail.then(() => {
        if (tails.get(key) === tail) tails.delete(key)
      })
      return mine
    },
  }
}
