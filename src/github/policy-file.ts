import { defaultPolicy, type Policy, type PolicyProblem } from '../policy/policy.ts'
import { parsePolicyFile } from '../runners/registry.ts'
import type { PullRequest, RepositoryClient } from './port.ts'

export const policyPath = '.github/lockcast.yml'

/** The policy in force for a pull request, and what is wrong with the one it brings. */
export type PolicyRead =
  | {
      kind: 'usable'
      policy: Policy
      /** Problems of the policy file as this pull request would leave it. */
      proposed: PolicyProblem[]
      notes: string[]
    }
  | { kind: 'broken'; problems: PolicyProblem[] }

/**
 * Read from the base branch: a pull request must not choose its own rules. No file means the defaults. A pull request
 * that repairs a broken policy is reviewed by the defaults, or the repair could never be merged.
 */
export async function readPolicy(client: RepositoryClient, pull: PullRequest): Promise<PolicyRead> {
  const [base, head] = await Promise.all([
    client.file(policyPath, pull.base.ref),
    client.file(policyPath, pull.head.sha),
  ])
  const unchanged = base !== null && head !== null && base.equals(head)
  const current = parse(base)
  const proposed = unchanged ? current : parse(head)
  if (current.policy) return { kind: 'usable', policy: current.policy, proposed: proposed.problems, notes: [] }
  if (unchanged || !proposed.policy)
    return { kind: 'broken', problems: unchanged ? current.problems : proposed.problems }
  const note = `The policy file on ${pull.base.ref} is broken and this pull request repairs it, so it was reviewed by the default policy.`
  return { kind: 'usable', policy: defaultPolicy, proposed: [], notes: [note] }
}

function parse(content: Buffer | null): ReturnType<typeof parsePolicyFile> {
  return content === null
    ? { policy: defaultPolicy, problems: [] }
    : parsePolicyFile(content.toString('utf8'), policyPath)
}
