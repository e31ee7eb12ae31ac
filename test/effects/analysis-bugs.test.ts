import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, it, test } from 'vitest'
import { Catalog } from '../../src/catalog/catalog.ts'
import { onAnalysisBug } from '../../src/effects/analysis-bug.ts'
import { analyzeStatement } from '../../src/effects/analyze.ts'
import { hazards } from '../../src/hazards/hazard-registry.ts'
import { loadParser, parseSql } from '../../src/sql/parse.ts'
import { cases } from '../truth/cases.ts'
import { readSchema } from '../truth/recorded.ts'

/** A fault of Lockcast inside the analysis hides behind "cannot be judged": none may occur over all SQL of this repository. */

await loadParser()

const root = new URL('../../', import.meta.url)

function sqlFiles(folder: string): Record<string, string> {
  const paths = readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
  return Object.fromEntries(
    paths
      .filter((path) => path.endsWith('.sql'))
      .map((path) => [`${folder}${path}`, readFileSync(new URL(`${folder}${path}`, root), 'utf8')]),
  )
}

/** Every text with SQL, by its name. */
const texts: Record<string, string> = {
  ...sqlFiles('fixtures/'),
  ...sqlFiles('test/sql/'),
  ...Object.fromEntries(cases().map(({ file, line, before, sql }) => [`${file}:${line}`, [before, sql].join(';')])),
  ...Object.fromEntries(
    hazards.flatMap(({ id, examples }) =>
      [...examples.bad, ...examples.good].map(({ title, before, migration }) => [
        `${id}: ${title}`,
        [before, ...(typeof migration === 'string' ? [migration] : Object.values(migration))].join(';\n'),
      ]),
    ),
  ),
}

let bugs: unknown[] = []
let end = (): void => {}
beforeEach(() => {
  bugs = []
  end = onAnalysisBug((error) => bugs.push(error))
})
afterEach(() => end())

function analyzeAll(make: () => Catalog): string[] {
  return Object.entries(texts).flatMap(([name, text]) => {
    const catalog = make()
    return parseSql(text).statements.flatMap(({ node }) => {
      const known = bugs.length
      if (node) analyzeStatement(node, catalog, { timeZone: null })
      return bugs.slice(known).map((error) => `${name}: ${error instanceof Error ? error.stack : String(error)}`)
    })
  })
}

it('hears of a fault', () => {
  const catalog = new Catalog({ snapshot: null, knowledge: 'read', serverVersion: 170_000 })
  const fault = (): never => {
    throw new TypeError('not as the types say')
  }
  const broken = { SelectStmt: Object.defineProperty({}, 'targetList', { get: fault, enumerable: true }) }
  const { unknown } = analyzeStatement(broken, catalog, { timeZone: null })
  expect(bugs).toHaveLength(1)
  expect(unknown?.reason).toContain('Lockcast does not understand it')
})

test('there is much to analyze', () => {
  expect(Object.keys(texts).length).toBeGreaterThan(1_500)
})

it.each([10, 18])('no fault on a database of %i that was not read', (major) => {
  expect(
    analyzeAll(() => new Catalog({ snapshot: null, knowledge: 'assumed', serverVersion: major * 10_000 })),
  ).toEqual([])
})

it.each([18])('no fault on the schema of the truth cases on %i', (major) => {
  const { snapshot } = readSchema(major)
  const made = () => new Catalog({ snapshot, knowledge: 'read', serverVersion: snapshot.serverVersion })
  expect(analyzeAll(made)).toEqual([])
})
