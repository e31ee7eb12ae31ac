import type { ActivitySource } from '../github/core.ts'
import { milliseconds } from '../policy/duration.ts'
import type { Policy } from '../policy/policy.ts'
import type { GatherAndReview } from '../review/gather-and-review.ts'
import { databaseAddress } from './database-url.ts'
import { UsageError } from './errors.ts'

export interface ActivityUrlOptions {
  activityUrl?: string | undefined
  activityInterval?: string | undefined
}

/** Reads the primary's activity, by the options or the environment; null when neither names a primary. */
export function activitySource(options: ActivityUrlOptions, policy: Policy): GatherAndReview['activity'] {
  const source = activityOf(options)
  return source && ((relations) => source(relations, policy))
}

/** The same for a policy that is read later. */
export function activityOf(options: ActivityUrlOptions): ActivitySource | null {
  const url = options.activityUrl ?? (process.env.LOCKCAST_ACTIVITY_URL || undefined)
  const interval = options.activityInterval === undefined ? null : milliseconds(options.activityInterval)
  if (options.activityInterval !== undefined && !interval)
    throw new UsageError(`--activity-interval ${options.activityInterval}: not a duration (write 5s or 1min)`)
  if (url === undefined) return null
  databaseAddress(url, options.activityUrl === undefined ? 'LOCKCAST_ACTIVITY_URL' : '--activity-url')
  return async (relations, policy) => {
    const { activityDefaults, readActivity } = await import('../replica/read-activity.ts')
    return readActivity(url, relations, {
      ...activityDefaults,
      interval: interval ?? activityDefaults.interval,
      searchPath: policy.session.search_path ?? activityDefaults.searchPath,
    })
  }
}
