import { defaultPolicy, type Policy, type PolicyProblem } from '../policy/policy.ts'
import { parsePolicyFile } from '../runners/registry.ts'
import { type BlobCache, readBlob } from './blobs.ts'
import type { Change } from './change.ts'
import type { RepositoryClient, Tree } from './port.ts'

export const policyPath = '.github/lockcast.yml'

/** The policy in force for a change, and what is wrong with the one it brings. */
export type PolicyRead =
  | {
      kind: 'usable'
      policy: Policy
      /** Problems of the policy file as this change would leave it. */
      proposed: PolicyProblem[]
      notes: string[]
    }
  | { kind: 'broken'; problems: PolicyProblem[] }

/**
 * Read from the base branch: a pull request must not choose its own rules. No file means the defaults. A pull request
 * that repairs a broken policy is reviewed by the defaults, or the repair could never be merged.
 */
export async function readPolicy(
  client: RepositoryClient,
  cache: BlobCache,
  change: Change,
  trees: { base: Tree; head: Tree },
): Promise<PolicyRead> {
  const read = async (tree: Tree, ref: string): Promise<Buffer | null> => {
    const sha = tree.files.get(policyPath)?.sha
    if (sha !== undefined) return readBlob(client, cache, sha)
    return tree.truncated ? client.file(policyPath, ref) : null
  }
  const [base, head] = await Promise.all([read(trees.base, change.base), read(trees.head, change.head)])
  const unchanged = base !== null && head !== null && base.equals(head)
  const current = parse(base)
  const proposed = unchanged ? current : parse(head)
  if (current.policy) return { kind: 'usable', policy: current.policy, proposed: proposed.problems, notes: [] }
  if (unchanged || !proposed.policy)
    return { kind: 'broken', problems: unchanged ? current.problems : proposed.problems }
  const note = `The policy file on ${change.base} is broken and this pull request repairs it, so it was reviewed by the default policy.`
  return { kind: 'usable', policy: defaultPolicy, proposed: [], notes: [note] }
}

function parse(content: Buffer | null): ReturnType<typeof parsePolicyFile> {
  return content === null
    ? { policy: defaultPolicy, problems: [] }
    : parsePolicyFile(content.toString('utf8'), policyPath)
}
