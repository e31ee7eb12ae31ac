import { createHash } from 'node:crypto'
import { structuredPatch } from 'diff'

/** Git objects of one network of repositories (a repository and its forks share them, as on GitHub). */
export interface GitStore {
  blobs: Map<string, Buffer>
  trees: Map<string, TreeEntry[]>
  commits: Map<string, Commit>
}

export interface TreeEntry {
  path: string
  mode: '100644' | '040000'
  type: 'blob' | 'tree'
  sha: string
}

export interface Commit {
  sha: string
  tree: string
  parents: string[]
  /** Blob SHA by path. */
  files: ReadonlyMap<string, string>
  message: string
  author: string
  date: string
}

/** One changed file as `GET pulls/{n}/files` tells it. */
export interface FileChange {
  filename: string
  previous: string | null
  status: 'added' | 'removed' | 'modified' | 'renamed'
  sha: string
  additions: number
  deletions: number
  patch: string | null
}

/** Above this GitHub shows no diff. The real limit is in changed lines and bytes of the diff; one number is enough here. */
const largestPatchBytes = 1024 * 1024

export function createGitStore(): GitStore {
  return { blobs: new Map(), trees: new Map(), commits: new Map() }
}

/** A commit on top of the parents; `changes` maps a path to its new content, null removes it. */
export function commit(
  store: GitStore,
  parents: string[],
  changes: Record<string, string | Buffer | null>,
  message: string,
  author: string,
): Commit {
  const files = new Map(parents[0] ? (store.commits.get(parents[0])?.files ?? []) : [])
  for (const [path, content] of Object.entries(changes)) {
    if (content === null) files.delete(path)
    else files.set(path, writeBlob(store, Buffer.from(content)))
  }
  const tree = writeTree(store, files)
  const date = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  const sha = hash('commit', Buffer.from([tree, ...parents, author, date, message, store.commits.size].join('\n')))
  const made = { sha, tree, parents, files, message, author, date }
  store.commits.set(sha, made)
  return made
}

/** The newest commit that both have among their ancestors. */
export function mergeBase(store: GitStore, a: string, b: string): string | null {
  const known = new Set(ancestors(store, a))
  return ancestors(store, b).find((sha) => known.has(sha)) ?? null
}

/** `sha` and its ancestors, nearest first. */
export function ancestors(store: GitStore, sha: string): string[] {
  const seen = new Set<string>()
  const queue = [sha]
  for (let next = queue.shift(); next; next = queue.shift()) {
    if (seen.has(next)) continue
    seen.add(next)
    queue.push(...(store.commits.get(next)?.parents ?? []))
  }
  return [...seen]
}

/** What a pull request changes: from the merge base to the head, by path. */
export function changedFiles(store: GitStore, base: string, head: string): FileChange[] {
  const before = store.commits.get(mergeBase(store, base, head) ?? '')?.files ?? new Map<string, string>()
  const after = store.commits.get(head)?.files ?? new Map<string, string>()
  const removed = new Map([...before].filter(([path]) => !after.has(path)))
  const changes: FileChange[] = []
  for (const [path, sha] of after) {
    const old = before.get(path)
    if (old === sha) continue
    const movedFrom = old === undefined ? [...removed].find(([, blob]) => blob === sha)?.[0] : undefined
    if (movedFrom !== undefined) {
      removed.delete(movedFrom)
      changes.push({ filename: path, previous: movedFrom, status: 'renamed', sha, ...noLines })
    } else {
      const status = old === undefined ? 'added' : 'modified'
      changes.push({ filename: path, previous: null, status, sha, ...lineChanges(store, old, sha) })
    }
  }
  for (const [path, sha] of removed) {
    changes.push({ filename: path, previous: null, status: 'removed', sha, ...lineChanges(store, sha, undefined) })
  }
  return changes.sort((a, b) => (a.filename < b.filename ? -1 : 1))
}

const noLines = { additions: 0, deletions: 0, patch: null }

function lineChanges(store: GitStore, before: string | undefined, after: string | undefined) {
  const contents = [before, after].map((sha) => (sha ? store.blobs.get(sha) : undefined) ?? Buffer.alloc(0))
  if (contents.some((content) => content.length > largestPatchBytes || content.includes(0))) return noLines
  const [old, now] = contents.map((content) => content.toString('utf8'))
  const { hunks } = structuredPatch('a', 'b', old ?? '', now ?? '', undefined, undefined, { context: 3 })
  const lines = hunks.flatMap((hunk) => hunk.lines)
  return {
    additions: lines.filter((line) => line.startsWith('+')).length,
    deletions: lines.filter((line) => line.startsWith('-')).length,
    patch: hunks.map(hunkText).join('\n') || null,
  }
}

function hunkText(hunk: {
  oldStart: number
  oldLines: number
  newStart: number
  newLines: number
  lines: string[]
}): string {
  // A side without lines starts one lower in unified diffs: @@ -0,0 +1,3 @@.
  const side = (start: number, count: number) => `${count === 0 ? start - 1 : start}${count === 1 ? '' : `,${count}`}`
  return [`@@ -${side(hunk.oldStart, hunk.oldLines)} +${side(hunk.newStart, hunk.newLines)} @@`, ...hunk.lines].join(
    '\n',
  )
}

function writeBlob(store: GitStore, content: Buffer): string {
  const sha = hash('blob', content)
  store.blobs.set(sha, content)
  return sha
}

function writeTree(store: GitStore, files: ReadonlyMap<string, string>): string {
  const folders = new Map<string, Map<string, string>>()
  const entries: TreeEntry[] = []
  for (const [path, sha] of files) {
    const slash = path.indexOf('/')
    if (slash < 0) entries.push({ path, mode: '100644', type: 'blob', sha })
    else {
      const name = path.slice(0, slash)
      const folder = folders.get(name) ?? new Map<string, string>()
      folders.set(name, folder.set(path.slice(slash + 1), sha))
    }
  }
  for (const [name, inside] of folders) {
    entries.push({ path: name, mode: '040000', type: 'tree', sha: writeTree(store, inside) })
  }
  entries.sort((a, b) => (a.path < b.path ? -1 : 1))
  const sha = hash('tree', Buffer.from(entries.map((entry) => `${entry.mode} ${entry.path}\0${entry.sha}`).join('\n')))
  store.trees.set(sha, entries)
  return sha
}

function hash(type: string, content: Buffer): string {
  return createHash('sha1').update(`${type} ${content.length}\0`).update(content).digest('hex')
}
