import { layeredPolicy, type PolicyLayer } from '../../policy/layers.ts'
import { type Policy, type PolicyProblem, policyPath } from '../../policy/policy.ts'
import type { Change } from '../change.ts'
import type { RepositoryClient, Tree } from '../client/port.ts'
import { type BlobCache, readBlob } from './blobs.ts'

/** The policy in force for a change, and what is wrong with the one it brings. */
type PolicyRead =
  | {
      kind: 'usable'
      policy: Policy
      /** Problems of the policy file as this change would leave it. */
      proposed: PolicyProblem[]
      notes: string[]
    }
  | { kind: 'broken'; problems: PolicyProblem[] }

/**
 * Read from the base branch, over the defaults of the owner's `.github` repository: a pull request must not choose its own
 * rules. No file means the defaults. A pull request that repairs a broken policy is reviewed by what is left without its
 * file, or the repair could never be merged.
 */
export async function readPolicy(
  client: RepositoryClient,
  cache: BlobCache,
  change: Change,
  trees: { base: Tree; head: Tree },
): Promise<PolicyRead> {
  const read = async (tree: Tree, inFull: () => Promise<Buffer | null>): Promise<Buffer | null> => {
    const sha = tree.files.get(policyPath)?.sha
    if (sha !== undefined) return readBlob(client, cache, sha)
    return tree.truncated ? inFull() : null
  }
  const isSame = trees.base.files.get(policyPath)?.sha === trees.head.files.get(policyPath)?.sha
  const [base, changed, above] = await Promise.all([
    read(trees.base, () => client.file(policyPath, change.base)),
    isSame && !trees.head.truncated ? null : read(trees.head, () => client.fileAt(policyPath, change.head)),
    organisationLayer(client),
  ])
  const head = isSame && !trees.head.truncated ? base : changed
  const layered = (own: Buffer | null) => layeredPolicy([...above, ...ownLayer(client.repository, own)])
  const unchanged = base !== null && head !== null && base.equals(head)
  const current = layered(base)
  const proposed = unchanged ? current : layered(head)
  if (current.policy)
    return { kind: 'usable', policy: current.policy, proposed: proposed.problems, notes: current.notes }
  const without = layered(null)
  // A head that merely lacks the file repairs nothing: it may have branched off before there was one.
  if (unchanged || head === null || !proposed.policy || !without.policy)
    return { kind: 'broken', problems: unchanged || head === null ? current.problems : proposed.problems }
  const note = `The policy file on ${change.base} is broken and this pull request repairs it, so it was reviewed by the default policy.`
  return { kind: 'usable', policy: without.policy, proposed: [], notes: [note] }
}

/** The files that make up a repository's policy, the organisation's first. `branch` null: the default one. */
export async function policyLayers(client: RepositoryClient, branch: string | null): Promise<PolicyLayer[]> {
  const [above, own] = await Promise.all([organisationLayer(client), client.file(policyPath, branch)])
  return [...above, ...ownLayer(client.repository, own)]
}

async function organisationLayer(client: RepositoryClient): Promise<PolicyLayer[]> {
  const [owner] = client.repository.split('/')
  if (isOrganisations(client.repository)) return []
  const content = await client.organisationFile(policyPath)
  if (content === null) return []
  return [{ from: 'organisation', path: `${owner}/.github:${policyPath}`, text: content.toString('utf8') }]
}

function ownLayer(repository: string, content: Buffer | null): PolicyLayer[] {
  if (content === null) return []
  const from = isOrganisations(repository) ? 'organisation' : 'repository'
  return [{ from, path: policyPath, text: content.toString('utf8') }]
}

function isOrganisations(repository: string): boolean {
  return repository.endsWith('/.github')
}
