import { readdirSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { z } from 'zod'
import { lockModes } from '../../src/effects/model/lock-modes.ts'
import type { ActivityRead } from '../../src/forecast/activity.ts'
import type { Finding, Review } from '../../src/review/result.ts'

/** Folders of fixtures/scenarios: migrations as their tool writes them, and what the right answer says. */

const severity = z.enum(['low', 'medium', 'high', 'critical'])

const expected = z.strictObject({
  hazard: z.string(),
  severity,
  /** `path:line`. */
  at: z.string(),
  relation: z.string().nullable().default(null),
  direction: z.enum(['up', 'down']).default('up'),
  /** False: the diff has no such line, so that GitHub takes no comment there. */
  inline: z.boolean().default(true),
  /** Phrases of the message, the reason, the alternative's text or SQL, the sources of the statement's numbers. */
  says: z.array(z.string()).default([]),
  why: z.array(z.string()).default([]),
  instead: z.array(z.string()).default([]),
  sources: z.array(z.string()).default([]),
  related: z.array(z.string()).default([]),
})

const schema = z.strictObject({
  /** Number in the table of scenarios. */
  scenario: z.number(),
  given: z.string(),
  catalog: z.enum(['shop', 'none', 'empty', 'unreachable']).default('shop'),
  /** With the catalog `empty`: rows by table. */
  sizes: z.record(z.string(), z.number()).default({}),
  postgres: z.number().optional(),
  /** What the primary is seen doing, per second and seconds. */
  activity: z
    .strictObject({
      rates: z.record(z.string(), z.strictObject({ reads: z.number(), writes: z.number() })).default({}),
      transactions: z
        .array(z.strictObject({ relation: z.string(), lock: z.enum(lockModes), age: z.number() }))
        .default([]),
    })
    .optional(),
  policy: z.record(z.string(), z.unknown()).optional(),
  /** Paths of the base branch that the change removes. */
  removes: z.array(z.string()).default([]),
  verdict: z.enum(['pass', 'fail']),
  exit: z.number().optional(),
  /** All of them: one more is noise, one less is a miss. */
  findings: z.array(expected),
  notes: z.array(z.string()).default([]),
  forecasts: z.array(z.strictObject({ at: z.string(), rows: z.number() })).default([]),
})

export interface Scenario extends z.infer<typeof schema> {
  name: string
  /** Content by path of what the change adds. */
  files: Record<string, string>
  /** What stands on the base branch; null when the scenario has none. */
  base: Record<string, string> | null
}

const root = fileURLToPath(new URL('../../fixtures/scenarios/', import.meta.url))

export function readScenarios(): Scenario[] {
  return readdirSync(root)
    .sort()
    .map((name) => {
      const given = schema.parse(parse(readFileSync(`${root}${name}/scenario.yml`, 'utf8')))
      return { ...given, name, files: filesIn(`${root}${name}/files`) ?? {}, base: filesIn(`${root}${name}/base`) }
    })
}

function filesIn(folder: string): Record<string, string> | null {
  if (!statSync(folder, { throwIfNoEntry: false })) return null
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(
    entries.map(({ parentPath, name }) => {
      const path = `${parentPath}/${name}`
      return [path.slice(folder.length + 1), readFileSync(path, 'utf8')]
    }),
  )
}

/** The activity facts that a scenario states. */
export function activityOf({ rates, transactions }: NonNullable<Scenario['activity']>): ActivityRead {
  return {
    kind: 'read',
    takenAt: '2026-01-01T00:00:00.000Z',
    serverVersion: 160_000,
    relations: Object.entries(rates).map(([relation, { reads, writes }]) => ({
      relation,
      readsPerSecond: reads,
      writesPerSecond: writes,
      insertsPerSecond: writes,
      seconds: 60,
    })),
    transactions: transactions.map(({ relation, lock, age }, i) => ({
      kind: 'client',
      pid: 100 + i,
      gid: null,
      role: 'report',
      application: 'report',
      state: 'active',
      ageSeconds: age,
      running: true,
      wraparound: false,
      snapshot: true,
      locks: [{ relation, lock, granted: true, waitedSeconds: null }],
      blockedBy: [],
    })),
    countsSince: null,
    indexes: [],
    replicas: [],
    standbys: 0,
    warnings: [],
  }
}

/** The right answer and the given one, as two lists that a test compares: one line for each finding. */
export function compared({ findings }: Scenario, reviewed: Pick<Review, 'findings'>): [string[], string[]] {
  return [findings.map(lineOf).sort(), reviewed.findings.map(lineOfFinding).sort()]
}

function lineOf(item: z.infer<typeof expected>): string {
  const { at, severity, hazard, relation, direction } = item
  return `${at} ${severity} ${hazard}${direction === 'down' ? ' (rollback)' : ''}${relation ? ` ${relation}` : ''}`
}

function lineOfFinding(finding: Finding): string {
  const { path, line, severity, hazard, relation, direction } = finding
  const known = { at: `${path}:${line}`, severity, hazard, relation, direction }
  return lineOf({ ...known, inline: true, says: [], why: [], instead: [], sources: [], related: [] })
}

/** Phrases of the right answer that the findings lack, each with the text it should stand in. */
export function missingPhrases(scenario: Scenario, reviewed: Review): string[] {
  return scenario.findings.flatMap((item) => {
    const texts = reviewed.findings
      .filter((finding) => lineOfFinding(finding).startsWith(`${item.at} ${item.severity} ${item.hazard}`))
      .map((finding) => ({
        says: finding.message,
        why: finding.why,
        instead: [
          finding.advice,
          finding.alternative?.summary,
          ...(finding.alternative?.steps ?? []).flatMap(({ text, sql }) => [text, sql]),
        ].join('\n'),
        related: finding.related.map((place) => `${place.path}:${place.line}`).join('\n'),
        sources: sourcesAt(finding, reviewed),
      }))
    return (['says', 'why', 'instead', 'related', 'sources'] as const).flatMap((part) =>
      item[part]
        .filter((phrase) => !texts.some((text) => text[part].includes(phrase)))
        .map((phrase) => `${item.hazard} lacks “${phrase}” in ${part}: ${texts.map((text) => text[part]).join(' | ')}`),
    )
  })
}

function sourcesAt({ path, line }: Finding, reviewed: Review): string {
  const statements = reviewed.files.find((file) => file.path === path)?.statements ?? []
  return statements
    .flatMap((statement) => (statement.line === line ? (statement.forecast?.sources ?? []) : []))
    .join('; ')
}
