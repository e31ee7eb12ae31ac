import { defaultPolicy } from '../../src/policy/policy.ts'
import type { PullReport } from '../../src/report/github-texts.ts'
import type { Finding, Review } from '../../src/review/result.ts'

export const sql = 'CREATE INDEX orders_total ON orders (total)'

/** A review of one index build, with one finding. */
export function reviewOf(finding: Partial<Finding> = {}): Review {
  const made: Finding = {
    hazard: 'index-not-concurrent',
    severity: 'critical',
    direction: 'up',
    path: 'migrations/1.sql',
    line: 2,
    column: 1,
    endLine: 2,
    relation: 'public.orders',
    rows: 2_000_000,
    message: 'Blocks writes to `public.orders` for 20–40 s: 2 M rows are read to build an index.',
    why: 'Every INSERT, UPDATE and DELETE waits until the index is built.',
    related: [],
    advice: null,
    alternative: null,
    fingerprint: 'x',
    ...finding,
  }
  const forecast = {
    rows: 2_000_000,
    bytes: 300_000_000,
    lowMs: 20_000,
    highMs: 40_000,
    blocks: ['writes' as const],
    walBytes: 0,
    reasons: [],
    sources: ['rows and bytes from the replica'],
  }
  return {
    verdict: 'fail',
    postgresVersion: 17,
    catalog: 'replica',
    catalogTakenAt: '2026-01-02T03:04:05Z',
    files: [
      {
        path: made.path,
        runner: 'plain',
        statements: [
          {
            line: 2,
            column: 1,
            endLine: 2,
            sql,
            source: sql,
            direction: 'up',
            transaction: null,
            unknown: null,
            lockTimeoutMs: null,
            fails: null,
            effects: [
              {
                relation: 'public.orders',
                kind: 'table',
                lock: 'ShareLock',
                awaits: null,
                scan: true,
                rewrite: false,
                builds: ['orders_total'],
                new: false,
                when: 'always',
                forecast,
                waiting: null,
              },
            ],
            forecast,
          },
        ],
      },
    ],
    traffic: null,
    transactions: [],
    findings: [made],
    ignored: [],
    unread: [],
    skipped: [],
    notes: [],
  }
}

export function reportOf(review: Review): PullReport {
  return {
    review,
    overrides: [],
    blockers: [],
    skipped: [],
    notices: [],
    notes: [],
    failOn: 'high',
    disclosure: 'exact',
    rules: defaultPolicy.override,
    url: null,
  }
}
