import type { Relation } from '../../catalog/relation.ts'

export type LockMode =
  | 'AccessShareLock'
  | 'RowShareLock'
  | 'RowExclusiveLock'
  | 'ShareUpdateExclusiveLock'
  | 'ShareLock'
  | 'ShareRowExclusiveLock'
  | 'ExclusiveLock'
  | 'AccessExclusiveLock'

export type Blocked = 'reads' | 'writes' | 'ddl'

/** PostgreSQL's table lock modes from the weakest to the strongest (lockdefs.h). */
export const lockModes: readonly LockMode[] = [
  'AccessShareLock',
  'RowShareLock',
  'RowExclusiveLock',
  'ShareUpdateExclusiveLock',
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
]

/** The stronger of two modes. */
export function stronger(a: LockMode, b: LockMode): LockMode {
  return lockModes.indexOf(a) >= lockModes.indexOf(b) ? a : b
}

/** True for this mode and those above it. */
export function atLeast(mode: LockMode, least: LockMode): boolean {
  return lockModes.indexOf(mode) >= lockModes.indexOf(least)
}

/** Who waits for a lock of this mode: SELECT, then INSERT/UPDATE/DELETE, then most DDL (the conflict table in lock.c). */
export function blockedBy(mode: LockMode): Blocked[] {
  switch (mode) {
    case 'AccessShareLock':
    case 'RowShareLock':
      return []
    case 'RowExclusiveLock':
    case 'ShareUpdateExclusiveLock':
      return ['ddl']
    case 'ShareLock':
    case 'ShareRowExclusiveLock':
    case 'ExclusiveLock':
      return ['writes', 'ddl']
    case 'AccessExclusiveLock':
      return ['reads', 'writes', 'ddl']
  }
}

/** True when one cannot be given while another session holds the other (the conflict table in lock.c). */
export function conflicts(a: LockMode, b: LockMode): boolean {
  const [weak, strong] = lockModes.indexOf(a) < lockModes.indexOf(b) ? [a, b] : [b, a]
  switch (strong) {
    case 'AccessShareLock':
    case 'RowShareLock':
    case 'RowExclusiveLock':
      return false
    case 'ShareUpdateExclusiveLock':
      return weak === strong
    case 'ShareLock':
      return weak === 'RowExclusiveLock' || weak === 'ShareUpdateExclusiveLock'
    case 'ShareRowExclusiveLock':
      return atLeast(weak, 'RowExclusiveLock')
    case 'ExclusiveLock':
      return atLeast(weak, 'RowShareLock')
    case 'AccessExclusiveLock':
      return true
  }
}

/** The SQL name: `ACCESS EXCLUSIVE`. */
export function lockText(mode: LockMode): string {
  return mode
    .replace(/Lock$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toUpperCase()
}

/** True for relations that appear in the output: not views, sequences, temporary or system relations. */
export function isReported(relation: Relation): boolean {
  return (
    ['table', 'partitioned table', 'materialized view', 'foreign table'].includes(relation.kind) &&
    relation.persistence !== 'temporary' &&
    !/^(pg_|information_schema$)/.test(relation.schema)
  )
}
