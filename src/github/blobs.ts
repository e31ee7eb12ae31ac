import type { SourceFile } from '../runners/runner.ts'
import type { RepositoryClient } from './port.ts'

/** Larger files are not read: 8 MiB of SQL are some 100,000 statements. */
export const mostSourceBytes = 8 * 1024 * 1024

/** Contents by blob SHA. A SHA names its content for good, so nothing here ever grows stale. */
export interface BlobCache {
  get(sha: string): Buffer | undefined
  set(sha: string, content: Buffer): void
}

/** Keeps the contents used last, up to so many bytes. */
export function createBlobCache(mostBytes = 64 * 1024 * 1024): BlobCache {
  const contents = new Map<string, Buffer>()
  let bytes = 0
  return {
    get(sha) {
      const content = contents.get(sha)
      if (content) {
        contents.delete(sha)
        contents.set(sha, content)
      }
      return content
    },
    set(sha, content) {
      if (contents.has(sha) || content.length > mostBytes / 4) return
      contents.set(sha, content)
      bytes += content.length
      for (const [oldest, old] of contents) {
        if (bytes <= mostBytes) break
        contents.delete(oldest)
        bytes -= old.length
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
