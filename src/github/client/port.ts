/** One repository through an installation's eyes. Every method throws only {@link GitHubError}. */
export interface RepositoryClient {
  /** `owner/name`. */
  repository: string
  pullRequest(number: number): Promise<PullRequest>
  openPullRequests(): Promise<OpenPull[]>
  /** Open and closed ones, the last changed first, at most so many; `since`: changed at or after, ISO 8601. */
  pullRequests(since: string | null, most: number): Promise<{ number: number; head: string }[]>
  /** At most 3,000, GitHub's own limit. */
  changedFiles(number: number): Promise<ChangedFile[]>
  /** At most 250, oldest first. */
  commits(number: number): Promise<string[]>
  /** Of a commit, by its SHA. */
  tree(sha: string): Promise<Tree>
  /** Of a branch's tip. A tag of the same name is never taken for it. */
  branchTree(branch: string): Promise<Tree>
  blob(sha: string): Promise<Buffer>
  /** The files of a commit in one request; `reader` decides how much of it is read. */
  archive(sha: string, reader: ArchiveReader): Promise<void>
  /** A file's content; null when it is not there. `branch` null: of the default branch. */
  file(path: string, branch: string | null): Promise<Buffer | null>
  /** The same of a commit. */
  fileAt(path: string, sha: string): Promise<Buffer | null>
  /** Blob SHA of a file on a branch; null when it is not there. */
  fileSha(path: string, branch: string): Promise<string | null>
  /** The same of the default branch of the owner's `.github` repository; null also where that may not be read. */
  organisationFile(path: string): Promise<Buffer | null>
  checkRuns(sha: string): Promise<CheckRun[]>
  /** The older runs of the app's check too. */
  allCheckRuns(sha: string): Promise<CheckRun[]>
  createCheckRun(sha: string, externalId: string, state: CheckState): Promise<CheckRun>
  /** A check that runs; null when the budget is not free enough for a courtesy. */
  createCheckRunIfFree(sha: string, externalId: string, output: CheckOutput): Promise<CheckRun | null>
  /** Never of a completed run back to one in progress: GitHub keeps the conclusion. */
  updateCheckRun(id: number, state: CheckState): Promise<CheckRun>
  updateCheckRunIfFree(id: number, output: CheckOutput): Promise<CheckRun | null>
  reviewComments(number: number): Promise<ReviewComment[]>
  createReview(number: number, commit: string, comments: NewComment[]): Promise<void>
  deleteReviewComment(id: number): Promise<void>
  comments(number: number): Promise<Comment[]>
  createComment(number: number, body: string): Promise<void>
  updateComment(id: number, body: string): Promise<void>
  deleteComment(id: number): Promise<void>
  /** `labeled` and `unlabeled` events, oldest first. */
  labelEvents(number: number): Promise<LabelEvent[]>
  role(login: string): Promise<Role>
  /** `team`: the slug of a team of the repository's owner. */
  isTeamMember(team: string, login: string): Promise<boolean>
  /** Submitted reviews with their text, oldest first. */
  reviews(number: number): Promise<Written[]>
  /** Does nothing when there is one of that name. */
  createLabel(label: { name: string; color: string; description: string }): Promise<void>
  removeLabel(number: number, label: string): Promise<void>
  /** GitHub's clock as of its last answer, ISO 8601: to be compared with its other times. */
  now(): string
}

/** A pull request as a list shows it. */
export interface OpenPull {
  number: number
  head: string
  base: string
  labels: string[]
  /** When GitHub changed it last, ISO 8601. */
  changedAt: string
}

export interface PullRequest {
  number: number
  /** Its page. */
  url: string
  open: boolean
  /** When GitHub changed it last, ISO 8601. */
  changedAt: string
  author: string
  /** `repository` null: the fork is gone. */
  head: { sha: string; repository: string | null }
  base: { ref: string; repository: string }
  public: boolean
  fork: boolean
  labels: string[]
  changedFiles: number
  hasComments: boolean
  hasReviewComments: boolean
}

/** Takes the files of an archive as they come. */
export interface ArchiveReader {
  /** `bytes`: the file's size. False passes over it, `stop` ends the reading. */
  wants(path: string, bytes: number): boolean | 'stop'
  take(path: string, content: Buffer): void
}

export interface ChangedFile {
  path: string
  /** The path before, of a renamed file. */
  previous: string | null
  status: string
  sha: string | null
  /** Null when GitHub shows no diff. */
  patch: string | null
}

export interface Tree {
  /** Blob SHA and size in bytes by path. */
  files: ReadonlyMap<string, { sha: string; bytes: number | null }>
  /** The repository has more files than GitHub lists. */
  truncated: boolean
}

export interface CheckOutput {
  title: string
  summary: string
  text?: string
}

export type CheckState =
  | { status: 'in_progress'; output: CheckOutput }
  | { status: 'completed'; conclusion: 'success' | 'failure'; output: CheckOutput }

export interface CheckRun {
  id: number
  /** Slug of the app that made it. */
  app: string
  completed: boolean
  conclusion: string | null
  url: string | null
  externalId: string
  title: string
  summary: string
  text: string
}

export interface NewComment {
  path: string
  body: string
  line: number
  startLine: number | null
}

export interface ReviewComment {
  id: number
  author: string
  body: string
  /** Null when outdated. */
  line: number | null
  inReplyTo: number | null
}

/** A text that someone wrote. */
interface Written {
  author: string
  body: string
  /** When, ISO 8601. */
  at: string
}

export interface Comment extends Written {
  id: number
}

/** Rights in the repository. */
interface Role {
  name: string
  mayOverride: boolean
  mayWrite: boolean
}

export interface LabelEvent {
  id: number
  action: 'labeled' | 'unlabeled'
  label: string
  actor: string
  person: boolean
  at: string
}
