import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { UsageError } from '../../src/cli/errors.ts'
import { policyShowCommand } from '../../src/cli/policy-command.ts'
import { type PrOptions, prCommand } from '../../src/cli/pr.ts'
import { closedPort } from '../support/closed-port.ts'
import { type Ended, lockcast } from '../support/command-line.ts'
import { type FakeGitHub, startFakeGitHub } from '../support/github/fake-github.ts'
import type { FakeRepository } from '../support/github/repository.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'lockcast-pr-'))
const files = {
  'db/migration/V2__total.sql': '-- find by total\nCREATE INDEX orders_total ON orders (total);\n',
}

let github: FakeGitHub
let count = 0
beforeAll(async () => {
  github = await startFakeGitHub()
})
afterEach(() => expect(github.violations.splice(0)).toEqual([]))
afterAll(async () => {
  await github.close()
  rmSync(folder, { recursive: true, force: true })
})

function opened(options: { private?: boolean } = {}): { name: string; repo: FakeRepository; pull: number } {
  const name = `acme-${++count}/shop`
  const repo = github.repository(name, {
    files: { 'db/migration/V1__orders.sql': 'CREATE TABLE orders (id bigint, total int);\n' },
    installed: false,
    ...options,
  })
  return { name, repo, pull: repo.openPullRequest({ files }) }
}

/** `lockcast pr` without a process of its own. */
async function pr(target: string, token: string, options: Partial<PrOptions> = {}): Promise<Ended> {
  const env = { GITHUB_API_URL: github.url, GITHUB_TOKEN: token, GITHUB_RUN_ID: '', GITHUB_STEP_SUMMARY: '' }
  return printed(env, () => prCommand(target, { format: 'comments', ...options }))
}

async function printed(env: Record<string, string>, run: () => Promise<number>): Promise<Ended> {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  const ended: Ended = { exit: -1, stdout: '', stderr: '' }
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      ended[stream] += text
      return true
    }),
  )
  try {
    ended.exit = await run()
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    ended.exit = 2
    ended.stderr += error.message
  } finally {
    for (const spy of spies) spy.mockRestore()
    vi.unstubAllEnvs()
  }
  return ended
}

test('shows the comments that would be posted, and posts nothing', async () => {
  const { name, repo, pull } = opened()
  const { exit, stdout, stderr } = await pr(`${name}#${pull}`, github.token('mia', 'read'))
  expect(stderr).toBe('')
  expect(exit).toBe(1)
  expect(stdout).toContain('On db/migration/V2__total.sql:2')
  expect(stdout).toContain('CREATE INDEX CONCURRENTLY orders_total')
  expect(stdout).toContain('As the summary')
  expect(stdout).not.toContain('<!--')
  expect(repo.comments(pull)).toEqual([])
})

test('asks the primary what goes on, also without a database for the catalog', async () => {
  const { name, pull } = opened({ private: true })
  const activityUrl = `postgres://watcher:hidden@127.0.0.1:${await closedPort()}/shop`
  const { exit, stdout } = await pr(`${name}#${pull}`, github.token('mia', 'read'), { format: 'json', activityUrl })
  expect(exit).toBe(1)
  expect(JSON.parse(stdout).notes).toContainEqual(
    expect.stringContaining('Traffic is unknown: The database server refuses'),
  )
  expect(stdout).not.toContain('hidden')
})

test('posts as the one whose token it is, once, edits afterwards, and leaves the app’s own comments alone', async () => {
  const { name, repo, pull } = opened()
  const token = github.token('mia', 'write')
  for (let run = 0; run < 2; run++) await pr(`${name}#${pull}`, token, { post: true })
  expect(repo.reviewComments(pull)).toMatchObject([{ line: 2, author: { login: 'mia' } }])
  expect(repo.comments(pull)).toMatchObject([{ author: { login: 'mia' } }])
  for (const { body } of [...repo.reviewComments(pull), ...repo.comments(pull)]) {
    expect(body).toMatch(/^<!-- lockcast-pr:/)
    // Nobody weighs a label here.
    expect(body).not.toContain('lockcast:override')
  }
  repo.push(pull, { 'db/migration/V2__total.sql': 'SELECT 1;\n' })
  const { exit } = await pr(`https://github.example.com/${name}/pull/${pull}/files`, token, { post: true })
  expect(exit).toBe(0)
  expect(repo.reviewComments(pull)).toEqual([])
  expect(repo.comments(pull)[0]?.body).toContain('**Fixed:**')
})

test('with a token that only reads, the verdict stands and says why there is no comment', async () => {
  const { name, pull } = opened()
  const { exit, stderr } = await pr(`${name}#${pull}`, github.token('github-actions[bot]', 'read'), { post: true })
  expect(exit).toBe(1)
  expect(stderr).toContain('the token may not write comments')
})

test.each<[string, string, string]>([
  ['a target that is none', 'shop#1', 'write OWNER/REPO'],
  ['no number', 'acme/shop', 'write OWNER/REPO#NUMBER'],
  ['a pull request that is not there', 'acme/nowhere#1', 'GitHub did not find it'],
  ['number zero', 'acme/nowhere#0', 'GitHub did not find it'],
])('%s is one line and exit code 2', async (_, target, words) => {
  const { exit, stderr } = await pr(target, github.token('mia', 'read'))
  expect(stderr).toContain(words)
  expect(stderr).not.toContain('\n')
  expect(exit).toBe(2)
})

test('what keeps a pull request from passing besides findings is told in every format; without a migration it says so', async () => {
  const { name, repo } = opened()
  const broken = repo.openPullRequest({ files: { '.github/lockcast.yml': 'fail_onn: high\n' } })
  const quiet = repo.openPullRequest({ files: { 'README.md': '# Shop\n' } })
  for (const format of ['text', 'json', 'markdown', 'sarif', 'github'] as const) {
    const failed = await pr(`${name}#${broken}`, github.token('mia', 'read'), { format })
    expect(failed).toMatchObject({ exit: 1, stdout: expect.stringContaining('would break the policy file') })
    const passed = await pr(`${name}#${quiet}`, github.token('mia', 'read'), { format })
    expect(passed).toMatchObject({ exit: 0, stdout: expect.stringContaining('changes no migration') })
  }
})

test('nothing is posted on a closed pull request, and a file that cannot be written is named', async () => {
  const { name, repo, pull } = opened()
  const token = github.token('mia', 'write')
  const nowhere = await pr(`${name}#${pull}`, token, { sarif: join(folder, 'nowhere', 'x.sarif') })
  expect(nowhere).toMatchObject({ exit: 2, stderr: expect.stringContaining('x.sarif: no such folder') })
  repo.close(pull)
  const closed = await pr(`${name}#${pull}`, token, { post: true })
  expect(closed).toMatchObject({ exit: 2, stderr: expect.stringContaining('is closed') })
})

test('where nobody answers, a process of its own waits between its tries and says so', async () => {
  const env = { GITHUB_API_URL: 'http://127.0.0.1:9', GITHUB_TOKEN: 'any' }
  const { exit, stderr } = await lockcast(['pr', 'acme/shop#1'], { env })
  expect({ exit, stderr }).toMatchObject({ exit: 2, stderr: expect.stringContaining('GitHub did not answer') })
})

test.each<[string, { repo: string; branch?: string }]>([
  ['a repository', { repo: 'acme/nowhere' }],
  ['a branch', { repo: 'acme-1/shop', branch: 'nowhere' }],
])('the policy of %s that is not there is not the defaults', async (_, asked) => {
  const env = { GITHUB_API_URL: github.url, GITHUB_TOKEN: github.token('mia', 'read') }
  const { exit, stderr } = await printed(env, () => policyShowCommand({ ...asked, format: 'text' }))
  expect({ exit, stderr }).toMatchObject({ exit: 2, stderr: expect.stringContaining('GitHub did not find it') })
})

test('policy show --repo merges what the organisation and the repository say, and tells from where', async () => {
  const { name, repo } = opened()
  const owner = repo.state.owner.login
  github.repository(`${owner}/.github`, { files: { '.github/lockcast.yml': 'fail_on: medium\nlocked: [fail_on]\n' } })
  repo.commit('main', { '.github/lockcast.yml': '# ours\nbudget: {reads: 3s}\nfail_on: never\n' })
  const env = { GITHUB_API_URL: github.url, GITHUB_TOKEN: github.token('mia', 'read') }
  const { stdout, exit } = await printed(env, () => policyShowCommand({ repo: name, format: 'text' }))
  expect(exit).toBe(0)
  expect(stdout).toMatch(new RegExp(`^fail_on: medium +# ${owner}/\\.github:\\.github/lockcast\\.yml:1$`, 'm'))
  expect(stdout).toMatch(/^budget\.reads: 3s +# \.github\/lockcast\.yml:2$/m)
  expect(stdout).toMatch(/^budget\.writes: 2s +# default$/m)
  expect(stdout).toContain('# note: `fail_on` of `.github/lockcast.yml:3` does not count')
})

describe('the action', () => {
  const action = parse(readFileSync('action.yml', 'utf8')) as Action
  const review = action.runs.steps.at(-1)!

  /** The last step as the runner would start it. */
  function run(name: string, pull: number, token: string, inputs: Record<string, string> = {}) {
    const given = (key: string) => inputs[key] ?? action.inputs[key]?.default ?? ''
    const values: Record<string, string> = { 'inputs.token': token, 'github.event.pull_request.number': `${pull}` }
    const env = Object.fromEntries(
      Object.entries(review.env ?? {}).map(([key, text]) => {
        const [, expression = ''] = /^\$\{\{ (.*) \}\}$/.exec(text) ?? []
        return [key, values[expression] ?? given(expression.replace('inputs.', ''))]
      }),
    )
    return lockcastScript(review.run ?? '', {
      ...env,
      GITHUB_REPOSITORY: name,
      GITHUB_ACTION_PATH: root,
      GITHUB_API_URL: github.url,
      GITHUB_SERVER_URL: 'https://github.test',
      GITHUB_RUN_ID: '7',
      GITHUB_STEP_SUMMARY: join(folder, 'summary.md'),
    })
  }

  test('annotates, comments with the workflow’s token, links its run, and writes the page and SARIF', async () => {
    const { name, repo, pull } = opened()
    const sarif = join(folder, 'findings.sarif')
    const { exit, stdout } = await run(name, pull, github.token('github-actions[bot]', 'write'), { sarif })
    expect(exit).toBe(1)
    expect(stdout).toMatch(/^::error file=db\/migration\/V2__total\.sql,line=2,/)
    expect(repo.comments(pull)).toMatchObject([{ author: { login: 'github-actions[bot]' } }])
    expect(repo.comments(pull)[0]?.body).toContain(`https://github.test/${name}/actions/runs/7`)
    expect(readFileSync(join(folder, 'summary.md'), 'utf8')).toContain('CREATE INDEX CONCURRENTLY')
    expect(readFileSync(sarif, 'utf8')).toContain('blocking-index-build')
  })

  test('writes no comment when told so, and fails from the severity that it is told', async () => {
    const { name, repo, pull } = opened()
    const token = github.token('github-actions[bot]', 'read')
    const { exit } = await run(name, pull, token, { comment: 'false', 'fail-on': 'never' })
    expect(exit).toBe(0)
    expect(repo.comments(pull)).toEqual([])
  })

  test('installs itself without scripts, and pastes nothing of the event into a script', () => {
    const scripts = action.runs.steps.flatMap((step) => step.run ?? [])
    expect(scripts.join('\n')).not.toContain('${{')
    expect(scripts[0]).toContain('npm ci --omit=dev --ignore-scripts')
    expect(spawnSync('bash', ['-n', '-c', scripts.join('\n')]).status).toBe(0)
  })
})

interface Action {
  inputs: Record<string, { default: string }>
  runs: { steps: { run?: string; env?: Record<string, string> }[] }
}

function lockcastScript(script: string, env: Record<string, string>): Promise<Ended> {
  return new Promise((resolve) => {
    const path = `${dirname(process.execPath)}:${process.env.PATH}`
    const child = spawn('bash', ['-eo', 'pipefail', '-c', script], { env: { ...process.env, ...env, PATH: path } })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (text) => {
      stdout += text
    })
    child.stderr.on('data', (text) => {
      stderr += text
    })
    child.once('close', (exit) => resolve({ exit: exit ?? -1, stdout, stderr }))
  })
}
