import type { CheckRun, RepositoryClient } from './port.ts'
import { all, type Requests } from './requests.ts'

/** The name of the required check. */
const checkName = 'lockcast'

/** GitHub takes three at most: label and identifier of 20 characters, a description of 40. */
const buttons = [
  { label: 'Review again', identifier: 'review-again', description: 'Judge this commit by what holds now' },
]

/** The check runs of a commit. */
export function checkCalls({ here, read, write, rest }: Requests, appId: number | null) {
  return {
    async checkRuns(sha) {
      // The newest of the name only: GitHub counts that one. The app's own, since any app may use the name.
      const { data } = await read('list check runs', () =>
        rest.checks.listForRef({
          ...here,
          ...all,
          ref: sha,
          check_name: checkName,
          ...(appId === null ? {} : { app_id: appId }),
        }),
      )
      return data.check_runs.map(checkRun)
    },
    async createCheckRun(sha, externalId, output) {
      const { data } = await write('create check run', () =>
        rest.checks.create({
          ...here,
          name: checkName,
          head_sha: sha,
          external_id: externalId,
          status: 'in_progress',
          output,
        }),
      )
      return checkRun(data)
    },
    async updateCheckRun(id, change) {
      const { data } = await write(
        'update check run',
        () =>
          rest.checks.update({
            ...here,
            check_run_id: id,
            status: change.status,
            ...(change.output === null ? {} : { output: change.output }),
            ...(change.status === 'completed'
              ? { conclusion: change.conclusion, external_id: change.externalId, actions: buttons }
              : {}),
          }),
        change.status === 'completed' ? 'verdict' : 'write',
      )
      return checkRun(data)
    },
  } satisfies Partial<RepositoryClient>
}

function checkRun(data: {
  id: number
  app: { slug?: string } | null
  status: string
  conclusion: string | null
  html_url: string | null
  external_id: string | null
  output: { title: string | null; summary: string | null; text: string | null }
}): CheckRun {
  return {
    id: data.id,
    app: data.app?.slug ?? '',
    completed: data.status === 'completed',
    conclusion: data.conclusion,
    url: data.html_url,
    externalId: data.external_id ?? '',
    title: data.output.title ?? '',
    summary: data.output.summary ?? '',
    text: data.output.text ?? '',
  }
}
