import type { ApplicationFunction } from 'probot'
import { checkRunJobs } from './events/check-run.ts'
import { checkSuiteJobs } from './events/check-suite.ts'
import { installationJobs } from './events/installation.ts'
import { commentJobs } from './events/issue-comment.ts'
import { mergeGroupJobs } from './events/merge-group.ts'
import { newsOf } from './events/news.ts'
import { pullRequestJobs } from './events/pull-request.ts'
import { reviewJobs } from './events/pull-request-review.ts'
import { pushJobs } from './events/push.ts'
import { repositoryJobs } from './events/repository-event.ts'
import type { Job } from './jobs/job.ts'
import type { EventNews } from './records.ts'

/** The jobs of each event, by its name in GitHub's webhooks. */
const events: Record<string, unknown> = {
  check_run: checkRunJobs,
  check_suite: checkSuiteJobs,
  installation: installationJobs,
  installation_repositories: installationJobs,
  issue_comment: commentJobs,
  merge_group: mergeGroupJobs,
  pull_request: pullRequestJobs,
  pull_request_review: reviewJobs,
  push: pushJobs,
  repository: repositoryJobs,
}

/**
 * The Probot application. `accept` notes the event and its jobs durably: GitHub has its answer when that is done, and
 * GitHub never sends again by itself what it was answered with success. Events of other names are noted too, so that
 * they are not taken for missing.
 */
export function lockcastApp(accept: (news: EventNews, jobs: Job[]) => Promise<void>): ApplicationFunction {
  return (app) => {
    app.onAny(async ({ id, name, payload }) => {
      // Each reads the payload of its own event; Probot's types differ from those of @octokit/webhooks-types.
      const read = events[name] as ((payload: object) => Job[]) | undefined
      const { news, jobs } = understood(id, name, payload, read)
      await accept(news, jobs)
    })
  }
}

/** A payload of a form that GitHub does not send is noted and asks for nothing. */
function understood(
  id: string,
  name: string,
  payload: object,
  read: ((payload: object) => Job[]) | undefined,
): { news: EventNews; jobs: Job[] } {
  try {
    return { news: newsOf(id, name, payload), jobs: read?.(payload) ?? [] }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return { news: { guid: id, event: name, repository: null, labels: [], reasons: [], pulls: [] }, jobs: [] }
  }
}
