import type { CheckOutput, CheckRun, CheckState, RepositoryClient } from './port.ts'
import { all, type Requests } from './requests.ts'

/** The name of the required check. */
const checkName = 'lockcast'

/** GitHub takes three at most: label and identifier of 20 characters, a description of 40. */
const buttons = [
  { label: 'Review again', identifier: 'review-again', description: 'Judge this commit by what holds now' },
]

/** The check runs of a commit. */
export function checkCalls({ here, read, write, writeIfFree, rest }: Requests, appId: number | null) {
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
    async allCheckRuns(sha) {
      const { data } = await read('list check runs', () =>
        rest.checks.listForRef({
          ...here,
          ...all,
          ref: sha,
          check_name: checkName,
          filter: 'all',
          ...(appId === null ? {} : { app_id: appId }),
        }),
      )
      return data.check_runs.map(checkRun)
    },
    async createCheckRun(sha, externalId, state) {
      const { data } = await write('create check run', () =>
        rest.checks.create({ ...here, name: checkName, head_sha: sha, external_id: externalId, ...stateOf(state) }),
      )
      return checkRun(data)
    },
    async createCheckRunIfFree(sha, externalId, output) {
      const made = await writeIfFree('create check run', (options) =>
        rest.checks.create({
          ...here,
          ...options,
          name: checkName,
          head_sha: sha,
          external_id: externalId,
          ...runningState(output),
        }),
      )
      return made && checkRun(made.data)
    },
    async updateCheckRun(id, state) {
      const { data } = await write('update check run', () =>
        rest.checks.update({ ...here, check_run_id: id, ...stateOf(state) }),
      )
      return checkRun(data)
    },
    async updateCheckRunIfFree(id, output) {
      const made = await writeIfFree('update check run', (options) =>
        rest.checks.update({ ...here, ...options, check_run_id: id, ...runningState(output) }),
      )
      return made && checkRun(made.data)
    },
  } satisfies Partial<RepositoryClient>
}

function runningState(output: CheckOutput) {
  return { status: 'in_progress', output } as const
}

function stateOf(state: CheckState) {
  if (state.status === 'in_progress') return runningState(state.output)
  const { status, conclusion, output } = state
  return { status, conclusion, output, actions: buttons } as const
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
