import { ancestors, type Commit, changedFiles, type FileChange, mergeBase } from './git.ts'
import { labelShape, repositoryShape, userShape } from './shapes.ts'
import { baseSha, branchTip, fullName, headSha, type Pull, type Repository, type World } from './world.ts'

/** Pull requests, their files and commits, as GitHub shows them. */

/** A pull request in a list. */
export function pullShape(world: World, pull: Pull) {
  const repository = pull.base.repository
  const url = `${world.origin}/repos/${fullName(repository)}/pulls/${pull.number}`
  const issue = `${world.origin}/repos/${fullName(repository)}/issues/${pull.number}`
  const html = `${world.origin}/${fullName(repository)}/pull/${pull.number}`
  const statuses = `${world.origin}/repos/${fullName(repository)}/statuses/${headSha(pull)}`
  const side = (end: { repository: Repository; ref: string }) => ({
    label: `${end.repository.owner.login}:${end.ref}`,
    ref: end.ref,
    sha: branchTip(end.repository, end.ref),
    user: userShape(world, end.repository.owner),
    repo: repositoryShape(world, end.repository),
  })
  return {
    url,
    id: pull.id,
    node_id: `PR_${pull.id}`,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issue,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${world.origin}/repos/${fullName(repository)}/pulls/comments{/number}`,
    comments_url: `${issue}/comments`,
    statuses_url: statuses,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: userShape(world, pull.author),
    body: pull.body,
    labels: pull.labels.map((label) => labelShape(world, repository, label)),
    milestone: null,
    active_lock_reason: null,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.state === 'closed' ? pull.updatedAt : null,
    merged_at: pull.merged ? pull.updatedAt : null,
    merge_commit_sha: null,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    head: side(pull.head),
    base: side(pull.base),
    _links: {
      self: { href: url },
      html: { href: html },
      issue: { href: issue },
      comments: { href: `${issue}/comments` },
      review_comments: { href: `${url}/comments` },
      review_comment: { href: `${world.origin}/repos/${fullName(repository)}/pulls/comments{/number}` },
      commits: { href: `${url}/commits` },
      statuses: { href: statuses },
    },
    author_association: 'CONTRIBUTOR' as const,
    auto_merge: null,
    draft: pull.draft,
  }
}

/** A pull request alone, and in a webhook. */
export function wholePullShape(world: World, pull: Pull) {
  const changes = pullFiles(pull)
  return {
    ...pullShape(world, pull),
    merged: pull.merged,
    mergeable: true,
    rebaseable: true,
    mergeable_state: 'unknown',
    merged_by: null,
    comments: pull.comments.length,
    review_comments: pull.reviewComments.length,
    maintainer_can_modify: false,
    commits: pullCommits(pull).length,
    additions: changes.reduce((sum, change) => sum + change.additions, 0),
    deletions: changes.reduce((sum, change) => sum + change.deletions, 0),
    changed_files: changes.length,
  }
}

/** Diffs are the costly part of a fake; heads and bases repeat. */
const filesCache = new Map<string, FileChange[]>()

export function pullFiles(pull: Pull): FileChange[] {
  const key = `${baseSha(pull)}...${headSha(pull)}`
  const files = filesCache.get(key) ?? changedFiles(pull.base.repository.store, baseSha(pull), headSha(pull))
  filesCache.set(key, files)
  return files
}

/** The commits of a pull request, oldest first. */
export function pullCommits(pull: Pull): Commit[] {
  const store = pull.base.repository.store
  const fork = mergeBase(store, baseSha(pull), headSha(pull))
  const behind = new Set(fork ? ancestors(store, fork) : [])
  return ancestors(store, headSha(pull))
    .filter((sha) => !behind.has(sha))
    .reverse()
    .flatMap((sha) => store.commits.get(sha) ?? [])
}

export function fileShape(world: World, pull: Pull, change: FileChange) {
  const base = `${world.origin}/${fullName(pull.base.repository)}`
  const path = encodeURI(change.filename)
  return {
    sha: change.sha,
    filename: change.filename,
    status: change.status,
    additions: change.additions,
    deletions: change.deletions,
    changes: change.additions + change.deletions,
    blob_url: `${base}/blob/${headSha(pull)}/${path}`,
    raw_url: `${base}/raw/${headSha(pull)}/${path}`,
    contents_url: `${world.origin}/repos/${fullName(pull.base.repository)}/contents/${path}?ref=${headSha(pull)}`,
    ...(change.patch === null ? {} : { patch: change.patch }),
    ...(change.previous === null ? {} : { previous_filename: change.previous }),
  }
}

export function commitShape(world: World, repository: Repository, commit: Commit) {
  const url = `${world.origin}/repos/${fullName(repository)}/commits/${commit.sha}`
  const person = { name: commit.author, email: `${commit.author}@users.noreply.github.test`, date: commit.date }
  const user = world.users.get(commit.author)
  return {
    url,
    sha: commit.sha,
    node_id: `C_${commit.sha}`,
    html_url: `${world.origin}/${fullName(repository)}/commit/${commit.sha}`,
    comments_url: `${url}/comments`,
    commit: {
      url,
      author: person,
      committer: person,
      message: commit.message,
      comment_count: 0,
      tree: { sha: commit.tree, url: `${world.origin}/repos/${fullName(repository)}/git/trees/${commit.tree}` },
    },
    author: user ? userShape(world, user) : null,
    committer: user ? userShape(world, user) : null,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${world.origin}/repos/${fullName(repository)}/commits/${sha}`,
    })),
  }
}

export function pullMinimalShape(world: World, pull: Pull) {
  const side = (end: { repository: Repository; ref: string }) => ({
    ref: end.ref,
    sha: branchTip(end.repository, end.ref),
    repo: {
      id: end.repository.id,
      url: `${world.origin}/repos/${fullName(end.repository)}`,
      name: end.repository.name,
    },
  })
  return {
    id: pull.id,
    number: pull.number,
    url: `${world.origin}/repos/${fullName(pull.base.repository)}/pulls/${pull.number}`,
    head: side(pull.head),
    base: side(pull.base),
  }
}
