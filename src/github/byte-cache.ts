/** Keeps what was used last, up to so many bytes. What is larger than a quarter of that is not kept at all. */
export interface ByteCache<T> {
  get(key: string): T | undefined
  set(key: string, value: T): void
}

/** `mostBytes`: of all values together; `bytesOf` has to tell the same of a value each time. */
export function createByteCache<T>(mostBytes: number, bytesOf: (value: T) => number): ByteCache<T> {
  // A Map lists its keys in the order in which they were set: the first is the one not used for longest.
  const kept = new Map<string, T>()
  let bytes = 0
  const drop = (key: string): void => {
    const value = kept.get(key)
    if (value === undefined) return
    kept.delete(key)
    bytes -= bytesOf(value)
  }
  return {
    get(key) {
      const value = kept.get(key)
      if (value === undefined) return undefined
      kept.delete(key)
      kept.set(key, value)
      return value
    },
    set(key, value) {
      drop(key)
      const size = bytesOf(value)
      if (size > mostBytes / 4) return
      kept.set(key, value)
      bytes += size
      for (const oldest of kept.keys()) {
        if (bytes <= mostBytes) break
        drop(oldest)
      }
    },
  }
}
