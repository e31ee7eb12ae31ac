import { commit, createGitStore } from './git.ts'
import type { Files } from './repository.ts'
import type { Repository, Role, User, World } from './world.ts'

export interface RepositoryOptions {
  /** Default true. */
  private?: boolean
  /** What stands on the default branch. */
  files?: Files
  roles?: Record<string, Role>
  teams?: Record<string, string[]>
  /** False: the app is not installed there. */
  installed?: boolean
}

export function addUser(world: World, login: string, type: User['type']): User {
  const user = { id: world.nextId(), login, type }
  world.users.set(login, user)
  return user
}

/** A repository with its first commit, its people and, unless told otherwise, the app installed. */
export function addRepository(world: World, name: string, options: RepositoryOptions): Repository {
  const [login, short] = name.split('/')
  if (!login || !short) throw new Error(`a repository is owner/name, not ${name}`)
  const owner = world.users.get(login) ?? addUser(world, login, 'Organization')
  const repository: Repository = {
    id: world.nextId(),
    owner,
    name: short,
    private: options.private ?? true,
    fork: false,
    defaultBranch: 'main',
    store: createGitStore(),
    branches: new Map(),
    tags: new Map(),
    roles: new Map(Object.entries(options.roles ?? {})),
    pulls: new Map(),
    checkRuns: [],
    labels: new Map(),
    teams: new Map(Object.entries(options.teams ?? {})),
    installation: null,
  }
  for (const person of repository.roles.keys()) if (!world.users.has(person)) addUser(world, person, 'User')
  const first = commit(repository.store, [], { 'README.md': `# ${short}\n`, ...options.files }, 'First', login)
  repository.branches.set('main', first.sha)
  world.repositories.set(name, repository)
  if (options.installed ?? true) install(world, repository)
  return repository
}

export function install(world: World, repository: Repository): void {
  const known = [...world.installations.values()].find((item) => item.account === repository.owner)
  const installation = known ?? { id: world.nextId(), account: repository.owner, repositories: new Set<Repository>() }
  world.installations.set(installation.id, installation)
  installation.repositories.add(repository)
  repository.installation = installation
}
