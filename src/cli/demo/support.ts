import type pg from 'pg'
import type { Database } from '../../server/databases.ts'

/**
 * The parts of a checkout's test/support that the demo uses. The published package does not hold that folder, so nothing here
 * is imported: test/support/demo.ts is held to these shapes, and loaded by its address when it is there.
 */
export interface DemoSupport {
  startPostgres(options: { settings: Record<string, string> }): Promise<DemoPostgres>
  /** Stops the primary for a moment: connections to it break. */
  startStandby(primary: DemoPostgres): Promise<DemoPostgres>
  waitForReplay(primary: DemoPostgres, standby: DemoPostgres): Promise<void>
  startFakeGitHub(): Promise<DemoGitHub>
  /** The real server, installed on the fake GitHub. */
  startLockcast(github: DemoGitHub, options: { databases: Database[] }): Promise<DemoLockcast>
}

export interface DemoPostgres {
  /** The superuser's connection string for the database `postgres`. */
  url: string
  port: number
  connect(): Promise<pg.Client>
  stop(): Promise<void>
}

export interface DemoLockcast {
  url: string
  webhookUrl: string
  /** Resolves when every event was delivered and every job has ended. */
  settled(): Promise<void>
  close(): Promise<void>
}

export interface DemoGitHub {
  url: string
  deliveries: Delivery[]
  /** Requests of the app that GitHub's API description does not allow. */
  violations: string[]
  repository(name: string, options: { files: Record<string, string>; roles: Record<string, DemoRole> }): DemoRepository
  close(): Promise<void>
}

type DemoRole = 'triage' | 'write' | 'maintain'

/** A webhook and the app's answer. */
interface Delivery {
  event: string
  payload: object
  status: number | null
}

/** A repository on the fake GitHub, as its people use it. */
export interface DemoRepository {
  openPullRequest(options: { files: Record<string, string>; title: string; author: string; branch: string }): number
  push(number: number, files: Record<string, string | null>, by: string): string
  addLabel(number: number, name: string, by: string): void
  labels(number: number): string[]
  head(number: number): string
  completedCheck(number: number): Promise<CheckRun>
  comments(number: number): Comment[]
  reviewComments(number: number): LineComment[]
  mergeAllowed(number: number): { allowed: boolean; reason: string }
}

export interface CheckRun {
  conclusion: string | null
  output: { title: string | null; summary: string | null }
}

export interface Comment {
  id: number
  author: { login: string }
  body: string
}

export interface LineComment extends Comment {
  path: string
  startLine: number | null
  /** Null when outdated. */
  line: number | null
}
