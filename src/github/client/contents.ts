import { readArchive } from './archive.ts'
import { unless } from './failure.ts'
import type { RepositoryClient } from './port.ts'
import type { Requests } from './requests.ts'

/** Files of the repository: trees, blobs, archives. */
export function contentCalls({ here, read, rest }: Requests) {
  const fileOf = (at: { owner: string; repo: string; path: string; ref?: string }): Promise<Buffer | null> =>
    unless(['not found'], async () => {
      const { data } = await read('read file', () => rest.repos.getContent(at))
      return 'content' in data && typeof data.content === 'string' ? Buffer.from(data.content, 'base64') : null
    })
  return {
    async tree(ref) {
      const { data } = await read('read tree', () => rest.git.getTree({ ...here, tree_sha: ref, recursive: '1' }))
      const files = new Map<string, { sha: string; bytes: number | null }>()
      for (const entry of data.tree) {
        if (entry.type === 'blob') files.set(entry.path, { sha: entry.sha, bytes: entry.size ?? null })
      }
      return { files, truncated: data.truncated }
    },
    async blob(sha) {
      const { data } = await read('read blob', () => rest.git.getBlob({ ...here, file_sha: sha }))
      return Buffer.from(data.content, 'base64')
    },
    async archive(sha, reader) {
      await read('read archive', async () => {
        const request = { parseSuccessResponseBody: false }
        const { data } = await rest.repos.downloadTarballArchive({ ...here, ref: sha, request })
        await readArchive(data as ReadableStream<Uint8Array>, reader)
      })
    },
    file: (path, ref) => fileOf({ ...here, path, ...(ref === null ? {} : { ref }) }),
    async organisationFile(path) {
      return unless(['forbidden'], () => fileOf({ ...here, repo: '.github', path }))
    },
  } satisfies Partial<RepositoryClient>
}
