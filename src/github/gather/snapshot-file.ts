import { parseSnapshot } from '../../catalog/catalog-files.ts'
import type { Policy } from '../../policy/policy.ts'
import type { CatalogFacts } from '../../review/facts.ts'
import type { Change } from '../change.ts'
import type { RepositoryClient, Tree } from '../client/port.ts'
import { type BlobCache, readBlob } from './blobs.ts'

/**
 * The catalog from the file that the policy names, as the base branch has it: a pull request must not bring its
 * own sizes. No catalog when the policy names none.
 */
export async function committedSnapshot(
  client: RepositoryClient,
  cache: BlobCache,
  policy: Policy,
  change: Change,
  base: Tree,
): Promise<CatalogFacts> {
  const { path } = policy.snapshot
  if (path === undefined) return { kind: 'none' }
  const sha = base.files.get(path)?.sha
  const { value, problem } = sha
    ? parseSnapshot((await readBlob(client, cache, sha)).toString('utf8'))
    : { value: null, problem: 'there is no such file' }
  if (value) return { kind: 'snapshot', snapshot: value }
  return {
    kind: 'unreachable',
    reason: `The snapshot ${path} that the policy names cannot be used on ${change.base}: ${problem}.`,
    retry: 'Commit one there that lockcast snapshot wrote.',
  }
}
