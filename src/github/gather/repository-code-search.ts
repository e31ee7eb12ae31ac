import type { Policy } from '../../policy/policy.ts'
import { type CodeFacts, type CodeUse, codeFacts, nameKey, sortedOut } from '../../uses/code-uses.ts'
import type { CodeName } from '../../uses/named-in-code.ts'
import { codeFilter, mostFileBytes, mostTotalBytes } from '../../uses/paths.ts'
import { type Finder, finder, removedLines } from '../../uses/search.ts'
import { mayHold, wordHashes } from '../../uses/words.ts'
import { GitHubError } from '../client/failure.ts'
import type { ChangedFile, RepositoryClient, Tree } from '../client/port.ts'
import { inParallel } from '../in-parallel.ts'
import { type BlobCache, readBlob } from './blobs.ts'
import type { Sources } from './sources.ts'

/** So many files are read one by one; when more are unknown, the whole commit comes as one archive. */
const mostRequests = 30

const atOnce = 8

/**
 * Looks the names up in the head's files. What is asked of GitHub is little: the tree is there already, and tells by blob
 * SHA which files were seen before, of which the hashes of their words are kept. The first time one archive holds them
 * all (a request for each of 20,000 blobs would be four hours of the rate limit); later only what changed is read.
 */
export async function searchCode(
  client: RepositoryClient,
  cache: BlobCache,
  names: CodeName[],
  policy: Policy,
  commit: string,
  head: Tree,
  sources: Sources,
): Promise<CodeFacts> {
  const reasonOf = codeFilter(sources.migrationPaths, policy.code_search.ignore, [policy.snapshot.path])
  const { code, leftOut } = sortedOut(head.files.keys(), reasonOf)
  const search = new Search(client, cache, names)
  const shas = new Map<string, string>()
  for (const path of code) {
    const file = head.files.get(path)
    if (!file || (file.bytes ?? 0) > mostFileBytes) search.skip('larger than 1 MB')
    else shas.set(path, file.sha)
  }
  if (head.truncated) search.skip('GitHub lists only part of the files')
  await search.run(commit, shas)
  const removed = sources.changed.filter(({ path, previous }) => reasonOf(previous ?? path) === null)
  return codeFacts({
    where: `commit ${commit.slice(0, 7)}`,
    uses: search.uses,
    removed: removedUses(removed, search),
    searched: search.searched,
    leftOut,
    unsearched: search.unsearched,
  })
}

class Search {
  readonly uses: CodeUse[] = []
  readonly unsearched: Record<string, number> = {}
  readonly finder: Finder
  searched = 0
  readonly #client: RepositoryClient
  readonly #cache: BlobCache
  readonly #mayHold: (hashes: Uint32Array) => boolean

  constructor(client: RepositoryClient, cache: BlobCache, names: CodeName[]) {
    this.#client = client
    this.#cache = cache
    this.#mayHold = mayHold(names)
    this.finder = finder(names)
  }

  /** `shas`: blob SHA by path of the files to search. */
  async run(commit: string, shas: Map<string, string>): Promise<void> {
    const known = [...shas].filter(([, sha]) => this.#cache.words(sha))
    const unknown = new Map([...shas].filter(([, sha]) => !this.#cache.words(sha)))
    const hits = known.filter(([, sha]) => this.#mayHold(this.#cache.words(sha) ?? new Uint32Array()))
    this.searched += known.length - hits.length
    if (unknown.size > mostRequests) await this.#fromArchive(commit, unknown)
    await this.#fromBlobs([...unknown, ...hits])
  }

  skip(reason: string, files = 1): void {
    this.unsearched[reason] = (this.unsearched[reason] ?? 0) + files
  }

  /** Takes what it reads out of `unknown`. */
  async #fromArchive(commit: string, unknown: Map<string, string>): Promise<void> {
    let bytes = 0
    let reason = 'not in the archive that GitHub made'
    try {
      await this.#client.archive(commit, {
        wants: (path, size) => {
          if (!unknown.has(path)) return false
          bytes += size
          if (bytes <= mostTotalBytes) return true
          reason = 'beyond the 256 MB that are read'
          return 'stop'
        },
        take: (path, content) => {
          this.#look(path, unknown.get(path) ?? '', content)
          unknown.delete(path)
        },
      })
    } catch (error) {
      if (!(error instanceof GitHubError)) throw error
      reason = 'GitHub did not give the archive'
    }
    if (unknown.size > 0) this.skip(reason, unknown.size)
    unknown.clear()
  }

  async #fromBlobs(files: [path: string, sha: string][]): Promise<void> {
    // Contents at hand cost nothing.
    const costly = files.filter(([, sha]) => !this.#cache.get(sha))
    const tooMany = new Set(costly.slice(2 * mostRequests).map(([path]) => path))
    if (tooMany.size > 0) this.skip('too many to be read one by one', tooMany.size)
    await inParallel(
      files.filter(([path]) => !tooMany.has(path)),
      atOnce,
      async ([path, sha]) => {
        try {
          this.#look(path, sha, await readBlob(this.#client, this.#cache, sha))
        } catch (error) {
          if (!(error instanceof GitHubError)) throw error
          this.skip('GitHub did not give them')
        }
      },
    )
  }

  #look(path: string, sha: string, content: Buffer): void {
    const hashes = this.#cache.words(sha) ?? wordHashes(content)
    this.#cache.setWords(sha, hashes)
    if (content.includes(0)) return this.skip('not text')
    this.searched++
    if (!this.#mayHold(hashes)) return
    this.#cache.set(sha, content)
    this.uses.push(...this.finder.find(path, content.toString('utf8')))
  }
}

/** Uses that the diffs remove, in files that no longer have the name. */
function removedUses(changed: ChangedFile[], search: Search): CodeUse[] {
  const still = new Set(search.uses.map(({ name, path }) => `${nameKey(name)} ${path}`))
  return changed.flatMap(({ path, previous, patch }) =>
    removedLines(patch ?? '')
      .flatMap(({ line, text }) => search.finder.find(previous ?? path, text, { firstLine: line, around: patch ?? '' }))
      .filter(({ name }) => !still.has(`${nameKey(name)} ${path}`)),
  )
}
