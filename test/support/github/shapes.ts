import type { App } from '@octokit/webhooks-types'
import { baseRole, fullName, type Label, type Repository, type Role, type User, type World } from './world.ts'

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
    description: label.description,
    color: label.color,
    default: false,
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

/** A person as `GET /user` tells of them. */
export function accountShape(world: World, user: User) {
  return {
    ...userShape(world, user),
    name: null,
    company: null,
    blog: null,
    location: null,
    email: null,
    hireable: null,
    bio: null,
    user_view_type: 'public',
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: '2024-01-01T00:00:00Z',
    updated_at: '2024-01-01T00:00:00Z',
  }
}
