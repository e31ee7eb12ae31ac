import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { CatalogSnapshot } from '../../src/catalog/snapshot.ts'
import { type Case, cases } from './cases.ts'
import type { Observation } from './observe.ts'

/**
 * What the servers did with each case, so that the model is compared with it without a server. `npm run truth` writes the
 * files in recorded/ again and fails when they change.
 */

const folder = new URL('./recorded/', import.meta.url)

/** The schema of setup.sql as `lockcast snapshot` reads it on a server. */
export interface RecordedSchema {
  timeZone: string
  snapshot: CatalogSnapshot
}

/** One answer and the major versions that gave it. */
interface Answer {
  majors: number[]
  seen: Observation
}

/** Answers by case; see {@link keyOf}. */
type Recorded = Map<string, Answer[]>

export interface Recording {
  schemas: Map<number, RecordedSchema>
  /** By case, then by major version. */
  seen: Map<string, Map<number, Observation>>
}

/** A case is found again by its text, not by its line. */
export function keyOf({ before, sql, evolved }: Case): string {
  return [...(evolved ? ['evolved'] : []), ...(before === null ? [] : [before]), sql].join(' → ')
}

export function readSchema(major: number): RecordedSchema {
  return JSON.parse(readFileSync(new URL(`schema-${major}.json`, folder), 'utf8')) as RecordedSchema
}

/** The answer of one version to a case; null where it was not recorded: what refuses a transaction is watched, not run. */
export function readAnswers(): (item: Case, major: number) => Observation | null {
  const files = new Map<string, Recorded>()
  return (example, major) => {
    const recorded = files.get(example.file) ?? readFile(example.file)
    files.set(example.file, recorded)
    return recorded.get(keyOf(example))?.find(({ majors }) => majors.includes(major))?.seen ?? null
  }
}

function readFile(file: string): Recorded {
  try {
    const text = readFileSync(new URL(file.replace('.sql', '.json'), folder), 'utf8')
    return new Map(Object.entries(JSON.parse(text) as Record<string, Answer[]>))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map()
    throw error
  }
}

/**
 * Brings the files to what these servers did; answers of other versions stay. Returns the names of the files that changed.
 * With `whole` all cases and versions were run, and what is no longer asked goes.
 */
export function writeRecording({ schemas, seen }: Recording, whole: boolean): string[] {
  mkdirSync(folder, { recursive: true })
  const texts = new Map<string, string>()
  for (const [major, schema] of schemas) texts.set(`schema-${major}.json`, `${JSON.stringify(comparable(schema))}\n`)
  const all = cases()
  for (const file of new Set(all.map((example) => example.file))) {
    const before = readFile(file)
    const lines = all
      .filter((example) => example.file === file)
      .flatMap((example) => {
        const answers = merge(whole ? [] : (before.get(keyOf(example)) ?? []), seen.get(keyOf(example)) ?? new Map())
        return answers.length === 0 ? [] : [`${JSON.stringify(keyOf(example))}:${JSON.stringify(answers)}`]
      })
    if (lines.length > 0) texts.set(file.replace('.sql', '.json'), `{\n${[...new Set(lines)].join(',\n')}\n}\n`)
  }
  const changed = [...texts].filter(([name, text]) => current(name) !== text)
  for (const [name, text] of changed) writeFileSync(new URL(name, folder), text)
  const gone = whole ? readdirSync(folder).filter((name) => !texts.has(name)) : []
  for (const name of gone) rmSync(new URL(name, folder))
  return [...changed.map(([name]) => name), ...gone]
}

/** Two readings of one schema are the same text: without the time, and without what only plans of tables read. */
function comparable({ timeZone, snapshot }: RecordedSchema): RecordedSchema {
  const relations = snapshot.relations.map(({ definition: _, ...relation }) => ({ ...relation, definition: null }))
  return { timeZone, snapshot: { ...snapshot, takenAt: '2026-01-01T00:00:00.000Z', relations } }
}

/** A server lists its locks in any order. */
function sorted(observation: Observation): Observation {
  const relations = Object.entries(observation.relations).sort(([a], [b]) => (a < b ? -1 : 1))
  return { ...observation, relations: Object.fromEntries(relations) }
}

function merge(before: Answer[], seen: Map<number, Observation>): Answer[] {
  const byMajor = new Map(before.flatMap(({ majors, seen: known }) => majors.map((major) => [major, known] as const)))
  for (const [major, observation] of seen) byMajor.set(major, observation)
  const answers: Answer[] = []
  for (const [major, answer] of [...byMajor].sort(([a], [b]) => a - b)) {
    const observation = sorted(answer)
    const same = answers.find(({ seen: known }) => JSON.stringify(known) === JSON.stringify(observation))
    if (same) same.majors.push(major)
    else answers.push({ majors: [major], seen: observation })
  }
  return answers
}

function current(name: string): string | null {
  try {
    return readFileSync(new URL(name, folder), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
