import type { ActivityRead, SeenTransaction } from '../../src/forecast/activity.ts'

/** A primary on which nothing goes on. */
export const seenNothing: ActivityRead = {
  kind: 'read',
  takenAt: '2026-11-21T12:00:00.000Z',
  serverVersion: 170_000,
  relations: [],
  countsSince: null,
  indexes: [],
  transactions: [],
  replicas: [],
  standbys: 0,
  warnings: [],
}

/** An autovacuum to prevent wraparound, as a role with pg_monitor saw one on 17. */
export function vacuum(relation: string, change: Partial<SeenTransaction> = {}): SeenTransaction {
  return {
    kind: 'autovacuum',
    pid: 3702,
    gid: null,
    role: null,
    application: '',
    state: 'active',
    ageSeconds: 4,
    running: true,
    wraparound: true,
    snapshot: true,
    locks: [{ relation, lock: 'ShareUpdateExclusiveLock', granted: true, waitedSeconds: null }],
    blockedBy: [],
    ...change,
  }
}
