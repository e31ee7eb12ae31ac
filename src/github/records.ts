import type { CheckRun } from './client/port.ts'
import type { PullRecord } from './decide/record.ts'
import type { WantedComments } from './publish/wanted-comments.ts'

/** The app's records between jobs and restarts; the server supplies them. Every method throws when the store is away. */
export interface Records {
  /** Notes what GitHub shows of a pull request. */
  see(repository: string, pull: PullSighting): Promise<void>
  pull(repository: string, number: number): Promise<StoredPull | null>
  openPulls(repository: string): Promise<StoredPull[]>
  /** Open and closed ones. */
  allPulls(repository: string): Promise<StoredPull[]>
  openPullsWith(repository: string, head: string): Promise<number[]>
  closePull(repository: string, number: number): Promise<void>
  saveVerdict(repository: string, number: number, verdict: Verdict): Promise<void>
  /** The newest check of a commit as the app wrote it. */
  check(repository: string, sha: string): Promise<CheckRun | null>
  saveCheck(repository: string, sha: string, check: CheckRun): Promise<void>
  /** There is no check of this commit. */
  forgetCheck(repository: string, sha: string): Promise<void>
  /** Signed label events, in the order in which they came. */
  labelEvents(repository: string, number: number): Promise<SignedLabelEvent[]>
  /** Notes that a signed event belongs to this event of the timeline, and to no other. */
  confirm(guid: string, event: number): Promise<void>
  /** Reasons as their signed events brought them, oldest first. */
  reasons(repository: string, number: number): Promise<SignedReason[]>
  /** Per head, the oldest first. */
  pullRecords(repository: string, number: number): Promise<{ head: string; record: PullRecord }[]>
  savePullRecord(repository: string, number: number, head: string, record: PullRecord): Promise<void>
  wantedComments(repository: string, number: number): Promise<WantedComments | null>
  /** No comment is to be written until the next review. */
  forgetComments(repository: string, number: number): Promise<void>
  saveWantedComments(repository: string, number: number, wanted: WantedComments): Promise<void>
  /** Which of these deliveries were taken. */
  taken(guids: string[]): Promise<Set<string>>
  value<T>(name: string): Promise<T | null>
  saveValue(name: string, value: unknown): Promise<void>
  valueOnce<T>(name: string, make: () => T): Promise<T>
  poison(blobs: string): Promise<string | null>
  savePoison(blobs: string, reason: string): Promise<void>
}

/** The state of a pull request in an event or a list. */
export interface PullSighting {
  number: number
  installationId: number
  open: boolean
  head: string
  base: string
  /** When GitHub changed it last, ISO 8601. */
  changedAt: string
}

export interface StoredPull {
  number: number
  open: boolean
  head: string
  base: string
  /** Null before the first. */
  verdict: Verdict | null
}

/** The last verdict on a pull request, and the state that it was made for. */
export interface Verdict {
  head: string
  base: string
  labels: string[]
  /** When GitHub had changed the pull request, ISO 8601; null: of a verdict that an older Lockcast kept. */
  changedAt: string | null
  /** The override label by the policy of then. */
  label: string
  /** Blob SHA of the base branch's policy file; null without one. */
  policy: string | null
  conclusion: 'success' | 'failure'
  /** Nothing was judged: another look may help. */
  unfinished: boolean
}

export interface SignedLabelEvent {
  guid: string
  action: 'labeled' | 'unlabeled'
  /** Empty: of a label that was deleted from the repository, which GitHub does not name. */
  label: string
  actor: string
  /** When the pull request had changed as GitHub sent it, by GitHub's clock, ms since 1970; null where it is not known. */
  changedAt: number | null
  /** When it was received first, ms since 1970. */
  receivedAt: number
  /** Id of the event in the timeline that it confirmed; null: none yet. */
  confirms: number | null
}

export interface SignedReason {
  actor: string
  reason: string
  /** ISO 8601. */
  at: string
}

/** News that an event brought; noted in one transaction with its jobs. */
export interface EventNews {
  /** Of the delivery. */
  guid: string
  event: string
  /** `owner/name`; null for an event of no repository. */
  repository: string | null
  labels: (Pick<SignedLabelEvent, 'action' | 'label' | 'actor'> & { number: number; changedAt: string })[]
  reasons: { number: number; actor: string; reason: string; at: string }[]
  pulls: PullSighting[]
}
