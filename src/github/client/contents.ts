import { readArchive } from './archive.ts'
import { unless } from './failure.ts'
import type { RepositoryClient, Tree } from './port.ts'
import type { RecentAnswers } from './recent-answers.ts'
import type { Requests } from './requests.ts'

/** How old shared answers may be, ms since 1970. */
export interface Freshness {
  answers: RecentAnswers
  /** Of the base branch's tree. */
  notBefore: number
  /** Of the organisation's policy. */
  policyNotBefore: number
}

/** A bare name could be a tag's. */
function branchRef(branch: string): string {
  return `heads/${branch}`
}

/** Files of the repository: trees, blobs, archives. */
export function contentCalls({ here, read, rest }: Requests, { answers, notBefore, policyNotBefore }: Freshness) {
  const treeOf = async (ref: string): Promise<Tree> => {
    const { data } = await read('read tree', () => rest.git.getTree({ ...here, tree_sha: ref, recursive: '1' }))
    const files = new Map<string, { sha: string; bytes: number | null }>()
    for (const entry of data.tree) {
      if (entry.type === 'blob') files.set(entry.path, { sha: entry.sha, bytes: entry.size ?? null })
    }
    return { files, truncated: data.truncated }
  }
  const fileOf = (at: { owner: string; repo: string; path: string; ref?: string }): Promise<Buffer | null> =>
    unless(['not found'], async () => {
      const { data } = await read('read file', () => rest.repos.getContent(at))
      return 'content' in data && typeof data.content === 'string' ? Buffer.from(data.content, 'base64') : null
    })
  return {
    tree: treeOf,
    branchTree: (branch) =>
      answers.get(`tree ${here.owner}/${here.repo} ${branch}`, notBefore, () => treeOf(branchRef(branch))),
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
    file: (path, branch) => fileOf({ ...here, path, ...(branch === null ? {} : { ref: branchRef(branch) }) }),
    fileSha: (path, branch) =>
      unless(['not found'], async () => {
        const { data } = await read('read file', () => rest.repos.getContent({ ...here, path, ref: branchRef(branch) }))
        return 'sha' in data ? data.sha : null
      }),
    fileAt: (path, sha) => fileOf({ ...here, path, ref: sha }),
    organisationFile: (path) =>
      answers.get(`organisation ${here.owner} ${path}`, policyNotBefore, () =>
        unless(['forbidden'], () => fileOf({ ...here, repo: '.github', path })),
      ),
  } satisfies Partial<RepositoryClient>
}
