import { beforeAll, describe, expect, test } from 'vitest'
import { fix } from '../../src/fix/fix.ts'
import type { Example } from '../../src/hazards/example.ts'
import { hazards } from '../../src/hazards/hazard-registry.ts'
import { reaches } from '../../src/hazards/severity.ts'
import type { Policy } from '../../src/policy/policy.ts'
import type { Finding, Plan, Review } from '../../src/review/result.ts'
import { review } from '../../src/review/review.ts'
import { exampleFacts, policyOf } from '../../src/review/run-example.ts'
import { readMigrations } from '../../src/runners/read-migrations.ts'
import type { Project, SourceFile } from '../../src/runners/runner.ts'
import { loadParser } from '../../src/sql/parse.ts'
import { toolFiles } from './tool-files.ts'

/** The plans of all hazards' bad examples, written in the form of each tool with SQL files. */

beforeAll(loadParser)

const groups = new Map(hazards.map(({ id, group }) => [id, group]))

const examples = hazards.flatMap(({ id, examples: { bad } }) =>
  bad.flatMap((example) =>
    typeof example.migration === 'string' && !example.runner && !example.transaction
      ? [{ id, example, sql: example.migration }]
      : [],
  ),
)

describe.each(Object.keys(toolFiles))('%s', (runner) => {
  test('nothing of medium or above is left, and a second run changes nothing', () => {
    const wrong: string[] = []
    let written = 0
    for (const { id, example, sql } of examples) {
      const found = problemsOf(runner, example, sql)
      if (found === null) continue
      written++
      wrong.push(...found.map((problem) => `${id} (${example.title}): ${problem}`))
    }
    expect(wrong).toEqual([])
    expect(written, 'examples with a plan that is written').toBeGreaterThan(15)
  })
})

/** The problems of a fixed example; null where nothing is written. */
function problemsOf(runner: string, example: Example, sql: string): string[] | null {
  const made = toolFiles[runner]?.(sql)
  if (!made) return null
  const files: SourceFile[] = [{ path: made.path, text: made.text, problem: null }]
  const texts: Record<string, string> = { ...made.beside, [made.path]: made.text }
  const project = projectOf(texts)
  const policy: Policy = { ...policyOf(example), runner, migrations: [] }
  const facts = { ...exampleFacts(example), history: null }
  const reviewed = (migrations: ReturnType<typeof readMigrations>, now: Policy): Review =>
    review(migrations, facts, now)
  const before = reviewed(readMigrations(files, project, policy), policy)
  const plans = plansOf(before)
  if (plans.length === 0) return null
  const fixed = fix(files, project, policy, reviewed, () => null)
  if (fixed.changes.length + fixed.withoutTransaction.length === 0) {
    // A tool that cannot run the steps leaves the file, with a reason.
    return fixed.left.length > 0 ? null : ['a plan, no change, and no reason']
  }
  for (const { path, text } of fixed.changes) {
    if (text === null) delete texts[path]
    else texts[path] = text
  }
  const paths = fixed.after.files.map(({ path }) => path)
  const again: SourceFile[] = [...new Set(paths)].map((path) => ({ path, text: texts[path] ?? null, problem: null }))
  const entries = fixed.withoutTransaction.map((path) => ({ paths: path, transaction: 'none' as const }))
  const then = { ...policy, migrations: [...entries, ...policy.migrations] }
  const second = fix(again, projectOf(texts), then, reviewed, () => null)
  const asked = plans.some(({ steps }) => steps.some(({ kind }) => kind === 'check' || kind === 'deployment'))
  const byHand = plans.some(({ steps }) =>
    steps.some(({ kind, file }) => file === null && kind !== 'check' && kind !== 'deployment'),
  )
  const scripts = fixed.changes.some(({ path }) => path.endsWith('.psql'))
  const told = new Set(before.findings.map(({ hazard }) => hazard))
  const left = fixed.after.findings.filter(
    (finding) =>
      reaches(finding.severity, 'medium') &&
      groups.get(finding.hazard) !== 'data loss' &&
      // What a person or the application does first is no part of the files.
      !(asked && told.has(finding.hazard) && groups.get(finding.hazard) !== 'blocking') &&
      // Until the script for psql has run, its index is missing: then the file finds it.
      !((byHand || scripts) && (told.has(finding.hazard) || finding.hazard === 'blocking-index-build')) &&
      !withoutWay(finding),
  )
  return [
    ...left.map(({ hazard, severity, path, line, message }) => `${severity} ${hazard} ${path}:${line} ${message}`),
    ...second.changes.map(({ path }) => `a second run changes ${path}`),
    ...fixed.left.map(({ path, reason }) => `left ${path}: ${reason}`),
    // The rest of graphile-migrate's one current file waits until it is committed.
    ...(runner === 'graphile-migrate' ? [] : unlikePlan(plans, again, projectOf(texts), then)),
  ]
}

/** Steps of files that the runner reads otherwise: not at all, or in another transaction. Later files are not read. */
function unlikePlan(plans: Plan[], files: SourceFile[], project: Project, policy: Policy): string[] {
  const seen = new Map<string, 'transaction' | 'none'>()
  for (const migration of readMigrations(files, project, policy)) {
    if (migration.direction === 'down') continue
    let open =
      migration.wrapping === 'transaction' || (migration.wrapping === 'implicit' && migration.statements.length > 1)
    for (const { sql } of migration.statements) {
      if (/^BEGIN\b/i.test(sql ?? '')) open = true
      seen.set(`${sql};`, open ? 'transaction' : 'none')
      if (/^COMMIT\b/i.test(sql ?? '')) open = false
    }
  }
  const [plan] = plans
  const isWhole = plan?.steps.every(({ file, kind }) => file !== null || kind === 'check') ?? false
  if (!plan || !isWhole || plan.steps.some(({ kind }) => kind === 'deployment')) return []
  return plan.steps.flatMap(({ sql, kind, transaction }) => {
    if (sql === null || kind === 'check' || /^SET /.test(sql)) return []
    const found = seen.get(sql)
    const wanted = transaction === 'none' ? 'none' : 'transaction'
    // One statement alone is in autocommit where the tool sends a file as one query.
    const isAlone = found === 'none' && wanted === 'transaction'
    return found === wanted || isAlone ? [] : [`${found ?? 'not read'} instead of ${wanted}: ${sql}`]
  })
}

/** There is no safe way, and the review says so. */
function withoutWay({ alternative }: Finding): boolean {
  return alternative === null || alternative.steps.length === 0
}

function plansOf({ findings }: Review): Plan[] {
  return findings.flatMap(({ alternative }) => (alternative && alternative.steps.length > 0 ? [alternative] : []))
}

function projectOf(texts: Record<string, string>): Project {
  return { paths: new Set(Object.keys(texts)), text: (path) => texts[path] ?? null }
}
