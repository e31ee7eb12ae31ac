import type { SourceFile } from '../runners/runner.ts'
import type { RepositoryClient } from './port.ts'

/** Larger files are not read: 8 MiB of SQL are some 100,000 statements. */
export const mostSourceBytes = 8 * 1024 * 1024

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
  const contents = keepingUsed<Buffer>(mostBytes)
  const words = keepingUsed<Uint32Array>(mostWordBytes)
  return { get: contents.get, set: contents.set, words: words.get, setWords: words.set }
}

function keepingUsed<T extends { byteLength: number }>(mostBytes: number) {
  const kept = new Map<string, T>()
  let bytes = 0
  return {
    get(sha: string): T | undefined {
      const one = kept.get(sha)
      if (one) {
        kept.delete(sha)
        kept.set(sha, one)
      }
      return one
    },
    set(sha: string, one: T): void {
      if (kept.has(sha) || one.byteLength > mostBytes / 4) return
      kept.set(sha, one)
      bytes += one.byteLength
      for (const [oldest, old] of kept) {
        if (bytes <= mostBytes) break
        kept.delete(oldest)
        bytes -= old.byteLength
      }
    },
  }
}

export async function readBlob(client: RepositoryClient, cache: BlobCache, sha: string): Promise<Buffer> {
  const known = cache.get(sha)
  if (known) return known
  const content = await client.blob(sha)
  cache.set(sha, content)
  return content
}

/** The file's text, or why there is none. */
export function sourceFile(path: string, content: Buffer): SourceFile {
  if (content.length > mostSourceBytes) return tooLarge(path, content.length)
  try {
    // The byte order mark stays: positions count from the file's first character.
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content)
    return { path, text, problem: null }
  } catch {
    return { path, text: null, problem: 'the file is not UTF-8' }
  }
}

export function tooLarge(path: string, bytes: number): SourceFile {
  const megabytes = (bytes / 1024 / 1024).toFixed(1)
  const most = mostSourceBytes / 1024 / 1024
  return { path, text: null, problem: `the file is too large to be reviewed (${megabytes} MB, at most ${most} MB)` }
}

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
