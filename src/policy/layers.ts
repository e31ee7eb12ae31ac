import { type PolicyProblem, readDocument } from './document.ts'
import { isPolicyKey, type Policy, parsePolicy, policyOf } from './policy.ts'

/** One of the files that make up a repository's policy. */
export interface PolicyLayer {
  from: 'organisation' | 'repository'
  /** The name that readers see: `.github/lockcast.yml`, `acme/.github: .github/lockcast.yml`. */
  path: string
  text: string
}

type LayeredPolicy =
  | {
      policy: Policy
      problems: []
      /** Keys of the repository's file that were ignored, one sentence each. */
      notes: string[]
      /** Where each value that a file sets comes from, by its dotted key. */
      origins: Map<string, { path: string; line: number }>
    }
  | { policy: null; problems: PolicyProblem[] }

/**
 * The policy of several files, later ones over earlier ones: mappings are merged key by key, lists and single values are
 * replaced. What the organisation locks counts as it says there, or as the default where it says nothing: the
 * repository's value is ignored with a note, so that a new lock does not stop merges. Problems of each file come back as
 * they are.
 */
export function layeredPolicy(layers: PolicyLayer[]): LayeredPolicy {
  const problems = layers.flatMap((layer) => [...parsePolicy(layer.text, layer.path).problems, ...lockProblems(layer)])
  if (problems.length > 0) return { policy: null, problems }
  const locked = layers.flatMap(({ text, path, from }) =>
    from === 'organisation' ? (parsePolicy(text, path).policy?.locked ?? []) : [],
  )
  const merged: Tree = {}
  const notes: string[] = []
  const origins = new Map<string, { path: string; line: number }>()
  for (const { text, path, from } of layers) {
    const { content, lineOf } = readDocument(text, path)
    for (const { keys, value } of leavesOf(content)) {
      const key = keys.join('.')
      const lock =
        from === 'organisation' ? undefined : locked.find((name) => key === name || key.startsWith(`${name}.`))
      if (lock !== undefined) {
        notes.push(`\`${key}\` of \`${path}:${lineOf(keys)}\` does not count: the organisation locks \`${lock}\`.`)
        continue
      }
      put(merged, keys, value)
      origins.set(key, { path, line: lineOf(keys) })
    }
  }
  return { policy: policyOf(merged), problems: [], notes, origins }
}

type Tree = { [key: string]: unknown }

function lockProblems({ from, path, text }: PolicyLayer): PolicyProblem[] {
  const { content, lineOf } = readDocument(text, path)
  const { locked } = content as { locked?: unknown }
  if (locked === undefined) return []
  if (from === 'repository')
    return [{ path, line: lineOf(['locked']), message: "only an organisation's policy may lock keys" }]
  if (!Array.isArray(locked)) return []
  return locked.flatMap((key, at) =>
    isPolicyKey(String(key))
      ? []
      : [{ path, line: lineOf(['locked', at]), message: `locked: ${key} is not a key of a policy` }],
  )
}

/** Everything that is no mapping, with the keys that lead there. An empty mapping says nothing. */
export function leavesOf(content: object, above: string[] = []): { keys: string[]; value: unknown }[] {
  return Object.entries(content).flatMap(([key, value]) => {
    const keys = [...above, key]
    return isTree(value) ? leavesOf(value, keys) : [{ keys, value }]
  })
}

function put(tree: Tree, [key = '', ...below]: string[], value: unknown): void {
  // A file may name a table as it likes; `__proto__` is a name like any other.
  const own = Object.hasOwn(tree, key) ? tree[key] : undefined
  const next = below.length === 0 ? value : isTree(own) ? own : {}
  Object.defineProperty(tree, key, { value: next, enumerable: true, configurable: true, writable: true })
  if (below.length > 0) put(next as Tree, below, value)
}

function isTree(value: unknown): value is Tree {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
