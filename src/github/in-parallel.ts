/** Runs over the items, a few at a time; the results are in the items' order. */
export async function inParallel<T, R>(items: T[], atOnce: number, run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(items.length)
  const todo = items.entries()
  const worker = async () => {
    for (const [at, item] of todo) results[at] = await run(item)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
  return results
}
