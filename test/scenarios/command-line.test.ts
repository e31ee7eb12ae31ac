import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { stringify } from 'yaml'
import type { ReviewOptions } from '../../src/cli/review-command.ts'
import type { Review } from '../../src/review/result.ts'
import { closedPort } from '../support/closed-port.ts'
import { git, inFolder, inRepository, lockcast, put, reviewIn } from '../support/command-line.ts'
import { activityOf, compared, missingPhrases, readScenarios, type Scenario } from '../support/scenarios.ts'
import { freshShop } from '../support/shop.ts'

/** Every scenario through the command line: findings to the last one, phrases, exit code. */

const snapshot = freshShop()

/** A database that cannot be read ends the command with one line, without a review. */
const reviewedOnes = readScenarios().filter(({ catalog }) => catalog !== 'unreachable')

describe.each(reviewedOnes)('$name: $given', (scenario) => {
  test('the command line gives the right answer', async () => {
    const { exit, stdout } = await ran(scenario)
    const reviewed = JSON.parse(stdout) as Review
    const [right, given] = compared(scenario, reviewed)
    expect(given).toEqual(right)
    expect(missingPhrases(scenario, reviewed)).toEqual([])
    expect(reviewed.verdict).toBe(scenario.verdict)
    expect(exit).toBe(scenario.exit ?? (scenario.verdict === 'fail' ? 1 : 0))
    const notes = reviewed.notes.join('\n')
    for (const note of scenario.notes) expect(notes).toContain(note)
    for (const { at, rows } of scenario.forecasts) {
      const statements = reviewed.files.flatMap((file) =>
        file.statements.map((statement) => ({ ...statement, path: file.path })),
      )
      expect(statements.find((statement) => `${statement.path}:${statement.line}` === at)?.forecast?.rows).toBe(rows)
    }
  })
})

vi.mock('../../src/cli/activity-source.ts', () => ({
  activitySource: ({ activityUrl }: ReviewOptions) => {
    const { activity } = readScenarios().find((scenario) => scenario.name === activityUrl) ?? {}
    return activity ? async () => activityOf(activity) : null
  },
}))

/** In a folder of its own; with a base, in a git repository whose last commit is the base. */
async function ran(scenario: Scenario): Promise<{ exit: number; stdout: string }> {
  const { base, files } = scenario
  if (base === null)
    return inFolder(files, async (folder) => reviewIn(folder, ['.'], await optionsOf(scenario, folder)))
  return inRepository(base, async (folder) => {
    put(folder, { ...files, ...removed(scenario) })
    return reviewIn(folder, [], { ...(await optionsOf(scenario, folder)), base: 'main' })
  })
}

function removed({ removes }: Scenario): Record<string, null> {
  return Object.fromEntries(removes.map((path) => [path, null]))
}

async function optionsOf(scenario: Scenario, folder: string): Promise<Partial<ReviewOptions>> {
  const options: Partial<ReviewOptions> = {}
  if (scenario.catalog === 'shop') options.snapshot = snapshot
  if (scenario.activity) options.activityUrl = scenario.name
  if (scenario.catalog === 'unreachable')
    options.databaseUrl = `postgres://reader:hidden@127.0.0.1:${await closedPort()}/shop`
  if (scenario.catalog === 'empty') {
    options.fromEmpty = true
    put(folder, { 'sizes.json': JSON.stringify(scenario.sizes) })
    options.sizes = join(folder, 'sizes.json')
  }
  if (scenario.postgres !== undefined) options.postgresVersion = scenario.postgres
  if (scenario.policy) {
    put(folder, { 'policy.yml': stringify(scenario.policy) })
    options.config = join(folder, 'policy.yml')
  }
  return options
}

describe('as a process of its own', () => {
  const scenarios = readScenarios()
  const named = (name: string) => {
    const found = scenarios.find((scenario) => scenario.name === name)
    if (!found) throw new Error(`no scenario ${name}`)
    return found
  }

  test.each(['01-index-on-a-big-table', '02-index-on-a-small-table', '36-one-statement-does-not-parse'])(
    '%s gives the same JSON and exit code',
    async (name) => {
      const scenario = named(name)
      await inFolder(scenario.files, async (folder) => {
        const own = await lockcast(['review', '.', '--format', 'json', '--snapshot', snapshot], { cwd: folder })
        const inProcess = await reviewIn(folder, ['.'], { snapshot })
        expect(own).toEqual({ ...inProcess, stderr: '' })
      })
    },
  )

  test('the replica that cannot be reached is told without its password, and the exit code is 2', async () => {
    const { files } = named('40-replica-out-of-reach')
    await inFolder(files, async (folder) => {
      const url = `postgres://reader:hidden@127.0.0.1:${await closedPort()}/shop`
      const ended = await lockcast(['review', '.', '--database-url', url], { cwd: folder })
      expect(ended.exit).toBe(2)
      expect(ended.stdout).toBe('')
      expect(ended.stderr).toContain('The database server refuses connections')
      expect(ended.stdout + ended.stderr).not.toContain('hidden')
    })
  })

  test('a base branch is compared with through git', async () => {
    const { base, files } = named('37-table-merged-but-not-deployed')
    await inRepository(base ?? {}, async (folder) => {
      git(folder, 'switch', '--quiet', '--create', 'change')
      put(folder, files)
      git(folder, 'add', '--all')
      git(folder, 'commit', '--quiet', '--message=A change')
      const args = ['review', '--base', 'main', '--format', 'json', '--snapshot', snapshot]
      const ended = await lockcast(args, { cwd: folder })
      expect(ended).toMatchObject({ exit: 0, stderr: '' })
      expect(JSON.parse(ended.stdout).files).toHaveLength(1)
    })
  })
})

test('every scenario of the first issue has a fixture', () => {
  const wanted = [1, 2, 3, 5, 6, 7, 8, 10, 11, 12, 14, 15, 16, 18, 19, 20, 21, 23, 26, 29, 30, 31, 36, 37, 40, 41, 42]
  const have = new Set(readScenarios().map((scenario) => scenario.scenario))
  expect([...wanted, 44, 46, 47].filter((number) => !have.has(number))).toEqual([])
  expect(readFileSync(snapshot, 'utf8')).toContain('"lockcastSnapshot": 1')
})
