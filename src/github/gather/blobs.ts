import { createByteCache } from '../byte-cache.ts'
import type { RepositoryClient } from '../client/port.ts'

/** Contents by blob SHA. A SHA names its content for good, so nothing here ever grows stale. */
export interface BlobCache {
  get(sha: string): Buffer | undefined
  set(sha: string, content: Buffer): void
  /** The hashes of a content's words, which take a tenth of its room: {@link wordHashes}. */
  words(sha: string): Uint32Array | undefined
  setWords(sha: string, hashes: Uint32Array): void
}

/** Keeps what was used last, up to so many bytes of contents and of hashes. */
export function createBlobCache(mostBytes = 64 * 1024 * 1024, mostWordBytes = 64 * 1024 * 1024): BlobCache {
  const contents = createByteCache<Buffer>(mostBytes, bytesOf)
  const words = createByteCache<Uint32Array>(mostWordBytes, bytesOf)
  return { get: contents.get, set: contents.set, words: words.get, setWords: words.set }
}

function bytesOf(content: { byteLength: number }): number {
  return content.byteLength
}

/** The blob’s content; asks GitHub for one that is not in the cache. */
export async function readBlob(client: RepositoryClient, cache: BlobCache, sha: string): Promise<Buffer> {
  const known = cache.get(sha)
  if (known) return known
  const content = await client.blob(sha)
  cache.set(sha, content)
  return content
}
