import { unless } from '../client/failure.ts'
import type { PullRequest } from '../client/port.ts'
import type { RepositoryContext } from '../context.ts'
import { type PullRecord, parseRecord } from './record.ts'

/** Earlier heads that are looked at for a record; an override older than this has to be given again. */
const mostEarlierHeads = 20

interface KnownRecords {
  /** Of the oldest head first. */
  records: PullRecord[]
  /** Version of a record that cannot be read, 0 when not even that is known; null when all can be read. */
  unreadable: number | null
}

/**
 * This pull request's records. They are in the store; where it knows none (it is new, or was lost), they are read from
 * the checks of the pull request's commits, which only the app can write.
 */
export async function recordsOf(
  { records, repository, client }: Pick<RepositoryContext, 'records' | 'repository' | 'client'>,
  pull: PullRequest,
): Promise<KnownRecords> {
  const stored = await records.pullRecords(repository, pull.number)
  if (stored.length > 0) return { records: stored.map(({ record }) => record), unreadable: null }
  const commits = (await client.commits(pull.number)).toReversed()
  const heads = [...new Set([pull.head.sha, ...commits])].slice(0, mostEarlierHeads)
  const found: PullRecord[] = []
  let unreadable: number | null = null
  for (const sha of heads) {
    // A head that was pushed away can be gone; then it records nothing.
    const runs = (await unless(['not found', 'forbidden', 'refused'], () => client.checkRuns(sha))) ?? []
    for (const { text } of runs) {
      const read = parseRecord(text)
      if (read.kind === 'unreadable') unreadable = read.version ?? 0
      const own = read.kind === 'record' ? read.record.pulls[String(pull.number)] : undefined
      if (own) found.unshift(own)
    }
  }
  return { records: found, unreadable }
}
