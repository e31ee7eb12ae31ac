import type { Commit, GitStore } from './git.ts'
import type { Delivery } from './webhooks.ts'

/** Everything the fake remembers. */
export interface World {
  /** Address of the API, without a slash at the end. */
  origin: string
  app: { id: number; slug: string; name: string; permissions: Record<string, string>; events: string[] }
  users: Map<string, User>
  repositories: Map<string, Repository>
  installations: Map<number, Installation>
  tokens: Map<string, number>
  /** Tokens of people and of workflows, which see every repository. */
  personal: Map<string, PersonalToken>
  /** Every attempt to tell the app of an event, oldest first. */
  deliveries: Delivery[]
  nextId: () => number
}

export interface User {
  id: number
  login: string
  type: 'User' | 'Bot' | 'Organization'
}

export interface PersonalToken {
  user: User
  access: 'read' | 'write'
}

export interface Installation {
  id: number
  account: User
  repositories: Set<Repository>
}

export type Role =
  | 'read'
  | 'triage'
  | 'write'
  | 'maintain'
  | 'admin'
  | { custom: string; base: 'read' | 'triage' | 'write' | 'maintain' | 'admin' }

export interface Repository {
  id: number
  owner: User
  name: string
  private: boolean
  fork: boolean
  defaultBranch: string
  store: GitStore
  branches: Map<string, string>
  tags: Map<string, string>
  roles: Map<string, Role>
  pulls: Map<number, Pull>
  checkRuns: CheckRun[]
  labels: Map<string, Label>
  /** Members by the slug of a team of the owner's. */
  teams: Map<string, string[]>
  /** The app's installation that covers the repository. */
  installation: Installation | null
}

export interface Label {
  id: number
  name: string
  color: string
  description: string
}

export interface Pull {
  id: number
  number: number
  title: string
  body: string | null
  author: User
  state: 'open' | 'closed'
  merged: boolean
  draft: boolean
  base: { repository: Repository; ref: string }
  head: { repository: Repository; ref: string }
  labels: Label[]
  timeline: TimelineEvent[]
  comments: Comment[]
  reviews: Review[]
  reviewComments: ReviewComment[]
  createdAt: string
  updatedAt: string
}

export type TimelineEvent =
  | { kind: 'labeled' | 'unlabeled'; id: number; label: string; actor: User; viaApp: boolean; at: string }
  | { kind: 'committed'; commit: Commit }

export interface Comment {
  id: number
  author: User
  viaApp: boolean
  body: string
  createdAt: string
  updatedAt: string
}

export interface Review {
  id: number
  author: User
  body: string
  event: string
  commit: string
  at: string
}

export interface ReviewComment extends Comment {
  review: number
  path: string
  startLine: number | null
  /** Null when outdated: the lines are not in the head any more. */
  line: number | null
  side: 'RIGHT' | 'LEFT'
  commit: string
  hunk: string
  inReplyTo: number | null
}

export interface CheckRun {
  id: number
  name: string
  headSha: string
  status: string
  conclusion: string | null
  externalId: string | null
  detailsUrl: string | null
  startedAt: string
  completedAt: string | null
  output: { title: string | null; summary: string | null; text: string | null }
  annotations: object[]
  actions: { identifier: string; label: string; description: string }[]
  app: number
}

/** Time as GitHub tells it: UTC, whole seconds. */
export function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z')
}

export function fullName(repository: Repository): string {
  return `${repository.owner.login}/${repository.name}`
}

export function headSha(pull: Pull): string {
  return branchTip(pull.head.repository, pull.head.ref)
}

export function baseSha(pull: Pull): string {
  return branchTip(pull.base.repository, pull.base.ref)
}

export function branchTip(repository: Repository, branch: string): string {
  const sha = repository.branches.get(branch)
  if (!sha) throw new Error(`${fullName(repository)} has no branch ${branch}`)
  return sha
}

/** The five built-in roles; what a custom role is built on. */
export function baseRole(role: Role): 'read' | 'triage' | 'write' | 'maintain' | 'admin' {
  return typeof role === 'string' ? role : role.base
}
