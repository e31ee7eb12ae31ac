import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { type Call, Refusal, type Route } from './call.ts'
import type { GitStore, TreeEntry } from './git.ts'
import { fullName, type Repository, type World } from './world.ts'

/** GitHub's limits for one answer: entries of a recursive tree, bytes of a blob, bytes of a file by path. */
const mostTreeEntries = 100_000
const mostBlobBytes = 100 * 1024 * 1024
const mostContentBytes = 1024 * 1024

export const gitRoutes: Route[] = [
  {
    operation: 'get /repos/{owner}/{repo}/git/blobs/{file_sha}',
    needs: ['contents:read'],
    handle(call) {
      const { store } = call.repository()
      const sha = call.parameters.file_sha ?? ''
      const content = store.blobs.get(sha)
      if (!content) throw new Refusal(404, 'Not Found')
      if (content.length > mostBlobBytes) throw new Refusal(403, 'This API returns blobs up to 100 MB in size.')
      return {
        status: 200,
        body: {
          sha,
          node_id: `B_${sha}`,
          size: content.length,
          url: `${call.world.origin}/repos/${fullName(call.repository())}/git/blobs/${sha}`,
          content: base64Lines(content),
          encoding: 'base64',
        },
      }
    },
  },
  {
    operation: 'get /repos/{owner}/{repo}/git/trees/{tree_sha}',
    needs: ['contents:read'],
    handle(call) {
      const repository = call.repository()
      const { store } = repository
      const name = call.parameters.tree_sha ?? ''
      const sha = store.trees.has(name) ? name : commitOf(call, name).tree
      const url = `${call.world.origin}/repos/${fullName(repository)}/git`
      const entries = call.query.has('recursive') ? recursive(store, sha, '') : (store.trees.get(sha) ?? [])
      return {
        status: 200,
        body: {
          sha,
          url: `${url}/trees/${sha}`,
          tree: entries.slice(0, mostTreeEntries).map((entry) => ({
            ...entry,
            ...(entry.type === 'blob' ? { size: store.blobs.get(entry.sha)?.length ?? 0 } : {}),
            url: `${url}/${entry.type}s/${entry.sha}`,
          })),
          truncated: entries.length > mostTreeEntries,
        },
      }
    },
  },
  {
    operation: 'get /repos/{owner}/{repo}/tarball/{ref}',
    needs: ['contents:read'],
    handle(call) {
      const repository = call.repository()
      const { sha } = commitOf(call, call.parameters.ref ?? '')
      // As GitHub does: to another host, with a token of its own in the address.
      const location = `${call.world.origin}${archivePath}${fullName(repository)}/${sha}?token=short-lived`
      return { status: 302, headers: { location } }
    },
  },
  {
    operation: 'get /repos/{owner}/{repo}/contents/{path}',
    needs: ['contents:read'],
    handle(call) {
      const repository = call.repository()
      const path = call.parameters.path ?? ''
      const ref = call.query.get('ref') ?? repository.defaultBranch
      const sha = commitOf(call, ref).files.get(path)
      const content = sha ? repository.store.blobs.get(sha) : undefined
      if (!sha || !content) throw new Refusal(404, 'Not Found')
      const small = content.length <= mostContentBytes
      const url = `${call.world.origin}/repos/${fullName(repository)}/contents/${encodeURI(path)}?ref=${ref}`
      const html = `${call.world.origin}/${fullName(repository)}/blob/${ref}/${encodeURI(path)}`
      const git = `${call.world.origin}/repos/${fullName(repository)}/git/blobs/${sha}`
      return {
        status: 200,
        body: {
          type: 'file',
          encoding: small ? 'base64' : 'none',
          size: content.length,
          name: path.slice(path.lastIndexOf('/') + 1),
          path,
          content: small ? base64Lines(content) : '',
          sha,
          url,
          git_url: git,
          html_url: html,
          download_url: html,
          _links: { self: url, git, html },
        },
      }
    },
  },
]

/** Where archives lie: codeload.github.com on the real one. */
export const archivePath = '/codeload/'

/** The gzipped tar of a commit: one folder around everything. */
export async function archiveOf(world: World, path: string): Promise<Buffer | null> {
  const [owner = '', name = '', sha = ''] = path.slice(archivePath.length).split('/')
  const repository = world.repositories.get(`${owner}/${name}`)
  const commit = repository?.store.commits.get(sha)
  if (!repository || !commit) return null
  const tar = pack()
  const folder = `${owner}-${name}-${sha.slice(0, 7)}`
  tar.entry({ name: `${folder}/`, type: 'directory' })
  for (const [file, blob] of commit.files)
    tar.entry({ name: `${folder}/${file}` }, repository.store.blobs.get(blob) ?? '')
  tar.finalize()
  return gzipSync(await buffer(tar), { level: 1 })
}

function commitOf(call: Call, name: string) {
  const repository = call.repository()
  const commit = repository.store.commits.get(resolved(repository, name))
  if (!commit) throw new Refusal(404, 'Not Found')
  return commit
}

/** A bare name may be a tag's before it is a branch's. */
function resolved({ branches, tags }: Repository, name: string): string {
  const [, kind, rest = ''] = /^(?:refs\/)?(heads|tags)\/(.+)$/.exec(name) ?? []
  if (kind === 'heads') return branches.get(rest) ?? ''
  if (kind === 'tags') return tags.get(rest) ?? ''
  return tags.get(name) ?? branches.get(name) ?? name
}

function recursive(store: GitStore, tree: string, prefix: string): TreeEntry[] {
  return (store.trees.get(tree) ?? []).flatMap((entry) => [
    { ...entry, path: prefix + entry.path },
    ...(entry.type === 'tree' ? recursive(store, entry.sha, `${prefix}${entry.path}/`) : []),
  ])
}

/** GitHub breaks base64 every 60 characters. */
function base64Lines(content: Buffer): string {
  return content.toString('base64').replace(/.{60}/g, '$&\n')
}
