import type { ApplicationFunction } from 'probot'
import { checkRunJobs } from './events/check-run.ts'
import { checkSuiteJobs } from './events/check-suite.ts'
import { installationJobs } from './events/installation.ts'
import { commentJobs } from './events/issue-comment.ts'
import { mergeGroupJobs } from './events/merge-group.ts'
import { pullRequestJobs } from './events/pull-request.ts'
import { reviewJobs } from './events/pull-request-review.ts'
import { pushJobs } from './events/push.ts'
import type { Job } from './jobs/job.ts'

/** What each event asks for, by its name in GitHub's webhooks. */
const events = {
  check_run: checkRunJobs,
  check_suite: checkSuiteJobs,
  installation: installationJobs,
  installation_repositories: installationJobs,
  issue_comment: commentJobs,
  merge_group: mergeGroupJobs,
  pull_request: pullRequestJobs,
  pull_request_review: reviewJobs,
  push: pushJobs,
} as const

/** The Probot application: handlers only enqueue, so that GitHub has its answer at once. */
export function lockcastApp(enqueue: (job: Job) => void): ApplicationFunction {
  return (app) => {
    for (const [event, jobs] of Object.entries(events)) {
      // Each reads the payload of its own event; Probot's types differ from those of @octokit/webhooks-types.
      const read = jobs as (payload: object) => Job[]
      app.on(event as keyof typeof events, ({ payload }) => read(payload).forEach(enqueue))
    }
  }
}
