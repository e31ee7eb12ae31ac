/**
 * Paths in an order in which each comes after those that it depends on; otherwise the order given. A cycle is left as it is.
 */
export function inOrderOfDependencies(
  paths: string[],
  of: (path: string) => { name: string; before: string[] },
): string[] {
  const nodes = new Map(paths.map((path) => [path, of(path)]))
  const byName = new Map([...nodes].map(([path, { name }]) => [name, path]))
  const placed = new Set<string>()
  const place = (path: string): void => {
    if (placed.has(path)) return
    placed.add(path)
    for (const name of nodes.get(path)?.before ?? []) {
      const earlier = byName.get(name)
      if (earlier !== undefined) place(earlier)
    }
    order.push(path)
  }
  const order: string[] = []
  for (const path of paths) place(path)
  return order
}
