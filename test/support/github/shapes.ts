import type { App } from '@octokit/webhooks-types'
import { ancestors, type Commit, changedFiles, type FileChange, mergeBase } from './git.ts'
import {
  baseRole,
  baseSha,
  branchTip,
  type CheckRun,
  type Comment,
  fullName,
  headSha,
  type Label,
  type Pull,
  type Repository,
  type Review,
  type ReviewComment,
  type Role,
  type TimelineEvent,
  type User,
  type World,
} from './world.ts'

/** The JSON in which GitHub shows things. */

const born = '2024-01-01T00:00:00Z'

export function userShape(world: World, user: User) {
  const url = `${world.origin}/users/${encodeURIComponent(user.login)}`
  return {
    login: user.login,
    id: user.id,
    node_id: `U_${user.id}`,
    avatar_url: `${world.origin}/avatars/${user.id}`,
    gravatar_id: '',
    url,
    html_url: `${world.origin}/${encodeURIComponent(user.login)}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: user.type,
    site_admin: false,
  }
}

const repositoryLinks = [
  'forks', 'keys{/key_id}', 'collaborators{/collaborator}', 'teams', 'hooks', 'issue_events', 'events',
  'assignees{/user}', 'branches{/branch}', 'tags', 'blobs{/sha}', 'git_tags{/sha}', 'git_refs{/sha}', 'trees{/sha}',
  'statuses/{sha}', 'languages', 'stargazers', 'contributors', 'subscribers', 'subscription', 'commits{/sha}',
  'git_commits{/sha}', 'comments{/number}', 'issue_comment{/number}', 'contents/{+path}', 'compare/{base}...{head}',
  'merges', 'archive', 'downloads', 'issues{/number}', 'pulls{/number}', 'milestones{/number}', 'notifications',
  'labels{/name}', 'releases{/id}', 'deployments',
] as const // biome-ignore format: a list of words reads best filled

type LinkName<Text extends string> = Text extends `${infer Name}{${string}`
  ? LinkName<Name>
  : Text extends `${infer Name}/${string}`
    ? LinkName<Name>
    : Text

export function repositoryShape(world: World, repository: Repository) {
  const url = `${world.origin}/repos/${fullName(repository)}`
  const links = Object.fromEntries(
    repositoryLinks.map((link) => [`${/^\w+/.exec(link)?.[0]}_url`, `${url}/${link}`]),
  ) as Record<`${LinkName<(typeof repositoryLinks)[number]>}_url`, string>
  const openPulls = [...repository.pulls.values()].filter((pull) => pull.state === 'open').length
  const html = `${world.origin}/${fullName(repository)}`
  return {
    id: repository.id,
    node_id: `R_${repository.id}`,
    name: repository.name,
    full_name: fullName(repository),
    private: repository.private,
    owner: userShape(world, repository.owner),
    html_url: html,
    description: null,
    fork: repository.fork,
    url,
    ...links,
    git_url: `git://github.test/${fullName(repository)}.git`,
    ssh_url: `git@github.test:${fullName(repository)}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    homepage: null,
    mirror_url: null,
    language: null,
    license: null,
    size: 1,
    stargazers_count: 0,
    watchers_count: 0,
    watchers: 0,
    forks: 0,
    forks_count: 0,
    open_issues: openPulls,
    open_issues_count: openPulls,
    has_issues: true,
    has_projects: false,
    has_downloads: false,
    has_wiki: false,
    has_pages: false,
    archived: false,
    disabled: false,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [] as string[],
    custom_properties: {} as Record<string, string>,
    visibility: repository.private ? ('private' as const) : ('public' as const),
    default_branch: repository.defaultBranch,
    created_at: born,
    updated_at: born,
    pushed_at: born,
  }
}

export function labelShape(world: World, repository: Repository, label: Label) {
  return {
    id: label.id,
    node_id: `LA_${label.id}`,
    url: `${world.origin}/repos/${fullName(repository)}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    description: '',
    color: 'ededed',
    default: false,
  }
}

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

export function appShape(world: World) {
  return {
    id: world.app.id,
    slug: world.app.slug,
    node_id: `A_${world.app.id}`,
    client_id: `Iv1.${world.app.id}`,
    owner: userShape(world, world.users.get(world.app.slug) ?? [...world.users.values()][0]!),
    name: world.app.name,
    description: null,
    external_url: 'https://lockcast.test/',
    html_url: `${world.origin}/apps/${world.app.slug}`,
    created_at: born,
    updated_at: born,
    permissions: world.app.permissions,
    events: world.app.events as NonNullable<App['events']>,
  }
}

export function checkRunShape(world: World, repository: Repository, run: CheckRun) {
  const url = `${world.origin}/repos/${fullName(repository)}/check-runs/${run.id}`
  return {
    id: run.id,
    node_id: `CR_${run.id}`,
    head_sha: run.headSha,
    external_id: run.externalId,
    url,
    html_url: `${world.origin}/${fullName(repository)}/runs/${run.id}`,
    details_url: run.detailsUrl ?? 'https://lockcast.test/',
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: { ...run.output, annotations_count: run.annotations.length, annotations_url: `${url}/annotations` },
    name: run.name,
    check_suite: { id: run.id + 1 },
    app: appShape(world),
    // GitHub leaves out pull requests from forks.
    pull_requests: [...repository.pulls.values()]
      .filter((pull) => pull.head.repository === repository && headSha(pull) === run.headSha)
      .map((pull) => pullMinimalShape(world, pull)),
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

export function commentShape(world: World, pull: Pull, comment: Comment) {
  const repository = fullName(pull.base.repository)
  return {
    id: comment.id,
    node_id: `IC_${comment.id}`,
    url: `${world.origin}/repos/${repository}/issues/comments/${comment.id}`,
    html_url: `${world.origin}/${repository}/pull/${pull.number}#issuecomment-${comment.id}`,
    issue_url: `${world.origin}/repos/${repository}/issues/${pull.number}`,
    user: userShape(world, comment.author),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: 'NONE' as const,
    body: comment.body,
    performed_via_github_app: comment.viaApp ? appShape(world) : null,
  }
}

export function reviewShape(world: World, pull: Pull, review: Review) {
  const repository = fullName(pull.base.repository)
  const html = `${world.origin}/${repository}/pull/${pull.number}#pullrequestreview-${review.id}`
  const url = `${world.origin}/repos/${repository}/pulls/${pull.number}`
  return {
    id: review.id,
    node_id: `PRR_${review.id}`,
    user: userShape(world, review.author),
    body: review.body,
    state: review.event === 'COMMENT' ? 'COMMENTED' : review.event,
    html_url: html,
    pull_request_url: url,
    author_association: 'NONE' as const,
    _links: { html: { href: html }, pull_request: { href: url } },
    submitted_at: review.at,
    commit_id: review.commit,
  }
}

export function reviewCommentShape(world: World, pull: Pull, comment: ReviewComment) {
  const repository = fullName(pull.base.repository)
  const url = `${world.origin}/repos/${repository}/pulls/comments/${comment.id}`
  const html = `${world.origin}/${repository}/pull/${pull.number}#discussion_r${comment.id}`
  const pullUrl = `${world.origin}/repos/${repository}/pulls/${pull.number}`
  return {
    id: comment.id,
    node_id: `PRRC_${comment.id}`,
    url,
    pull_request_review_id: comment.review,
    diff_hunk: comment.hunk,
    path: comment.path,
    position: 1,
    original_position: 1,
    commit_id: comment.commit,
    original_commit_id: comment.commit,
    ...(comment.inReplyTo === null ? {} : { in_reply_to_id: comment.inReplyTo }),
    user: userShape(world, comment.author),
    body: comment.body,
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    html_url: html,
    pull_request_url: pullUrl,
    author_association: 'NONE' as const,
    _links: { self: { href: url }, html: { href: html }, pull_request: { href: pullUrl } },
    start_line: comment.startLine,
    start_side: comment.startLine === null ? null : comment.side,
    // Outdated comments have no line any more.
    ...(comment.line === null ? {} : { line: comment.line }),
    side: comment.side,
    subject_type: 'line' as const,
  }
}

export function timelineShape(world: World, pull: Pull, event: TimelineEvent) {
  if (event.kind === 'committed') {
    const { commit } = event
    const shape = commitShape(world, pull.base.repository, commit)
    return {
      sha: commit.sha,
      node_id: shape.node_id,
      url: shape.url,
      html_url: shape.html_url,
      author: shape.commit.author,
      committer: shape.commit.committer,
      tree: shape.commit.tree,
      message: commit.message,
      parents: shape.parents.map((parent) => ({ ...parent, html_url: parent.url })),
      verification: { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null },
      event: 'committed',
    }
  }
  return {
    id: event.id,
    node_id: `LE_${event.id}`,
    url: `${world.origin}/repos/${fullName(pull.base.repository)}/issues/events/${event.id}`,
    actor: userShape(world, event.actor),
    event: event.kind,
    commit_id: null,
    commit_url: null,
    created_at: event.at,
    label: { name: event.label, color: 'ededed' },
    performed_via_github_app: event.viaApp ? appShape(world) : null,
  }
}

/** The old `permission` field knows four words and says `write` for maintain, `read` for triage. */
export function permissionShape(world: World, user: User, role: Role | null) {
  const base = role === null ? null : baseRole(role)
  const old = { read: 'read', triage: 'read', write: 'write', maintain: 'write', admin: 'admin' } as const
  const order = ['read', 'triage', 'write', 'maintain', 'admin']
  const reaches = (needed: string) => base !== null && order.indexOf(base) >= order.indexOf(needed)
  return {
    permission: base === null ? 'none' : old[base],
    role_name: role === null ? 'none' : typeof role === 'string' ? role : role.custom,
    user: {
      ...userShape(world, user),
      permissions: {
        pull: reaches('read'),
        triage: reaches('triage'),
        push: reaches('write'),
        maintain: reaches('maintain'),
        admin: reaches('admin'),
      },
      role_name: role === null ? 'none' : typeof role === 'string' ? role : role.custom,
    },
  }
}
