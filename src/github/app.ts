import type { ApplicationFunction } from 'probot'
import { checkRunJobs } from './events/check-run.ts'
import { checkSuiteJobs } from './events/check-suite.ts'
import { installationJobs } from './events/installation.ts'
import { pullRequestJobs } from './events/pull-request.ts'
import type { Job } from './job.ts'

/** The Probot application: handlers only enqueue, so that GitHub has its answer at once. */
export function lockcastApp(enqueue: (job: Job) => void): ApplicationFunction {
  const all = (jobs: Job[]) => jobs.forEach(enqueue)
  return (app) => {
    app.on('pull_request', ({ payload }) => all(pullRequestJobs(payload as Parameters<typeof pullRequestJobs>[0])))
    app.on('check_run', ({ payload }) => all(checkRunJobs(payload as Parameters<typeof checkRunJobs>[0])))
    app.on('check_suite', ({ payload }) => all(checkSuiteJobs(payload as Parameters<typeof checkSuiteJobs>[0])))
    app.on(['installation', 'installation_repositories'], ({ payload }) =>
      all(installationJobs(payload as Parameters<typeof installationJobs>[0])),
    )
  }
}
