import { describe, expect, test } from 'vitest'
import type { Example } from '../../src/hazards/example.ts'
import { hazards } from '../../src/hazards/hazard-registry.ts'
import { annotations } from '../../src/report/annotations.ts'
import { reviewMarkdown } from '../../src/report/markdown.ts'
import { sarif } from '../../src/report/sarif.ts'
import { text } from '../../src/report/text.ts'
import type { Facts } from '../../src/review/facts.ts'
import type { Finding, Review } from '../../src/review/result.ts'
import { exampleFacts, reviewExample } from '../../src/review/run-example.ts'
import { loadParser } from '../../src/sql/parse.ts'

/** What every bad example says, in each form and with less known: words that a person can read. */

await loadParser()

const known: [words: string, facts: (example: Example) => Partial<Facts>][] = [
  ['everything known', () => ({})],
  ['in buckets', () => ({ disclosure: 'buckets' })],
  ['without numbers', () => ({ disclosure: 'none' })],
  ['without a catalog', () => ({ catalog: { kind: 'none' } })],
  ['with half a catalog', (example) => ({ catalog: halfOf(exampleFacts(example).catalog) })],
  ['with one row in each table', (example) => ({ catalog: oneRow(exampleFacts(example).catalog) })],
]

const badExamples = hazards.flatMap(({ id, examples }) =>
  examples.bad.map((example) => [`${id}: ${example.title}`, example] as const),
)

describe.each(badExamples)('%s', (_title, example) => {
  test.each(known)('%s', (_words, facts) => {
    const reviewed = reviewExample(example, facts(example))
    for (const finding of reviewed.findings) {
      expect(wrongIn(finding), JSON.stringify(finding, null, 1)).toEqual([])
      const { message, why, alternative } = finding
      expect(`${message}. ${why} ${alternative?.summary ?? ''}`.match(/[.!?](?=\s|$)/g)?.length).toBeLessThan(6)
    }
    const { disclosure = 'exact' } = facts(example)
    for (const printed of formsOf(reviewed, disclosure)) expect(printed).not.toMatch(/undefined|NaN|\[object/)
  })
})

/** What nobody should have to read. */
const slips: [words: string, pattern: RegExp][] = [
  ['a plural of one', /\b1 (rows|files|places|statements|columns|values|times|bytes)\b/],
  ['nothing told as a number', /\b0 (rows|bytes|B|files|ms)\b/],
  ['a bound of a bound', /\b(about|some|up to|at most|at least) (under|over|about|some)\b/],
  ['a missing value', /undefined|NaN|\bnull (rows|bytes)|``/],
  ['a thousand without its change', /(?<![\d,.$_`'-])\d{5,}(?![\d`'_])/],
  ['a space too many', / {2}| [,.;:]/],
  ['a change twice', /[.,;:]{2}|\.\s*$.*\.\s*\.$/],
]

function wrongIn({ message, why, alternative }: Finding): string[] {
  const sentences = [why, ...(alternative ? [alternative.summary] : [])]
  const prose = [message, ...sentences].map((name) =>
    name.replace(/'[^']*'|"[^"]*"/g, "''").replace(/SQLSTATE( or| \d[\dA-Z]{4},?)+/g, 'SQLSTATE'),
  )
  return [
    ...slips.flatMap(([words, pattern]) => (prose.some((name) => pattern.test(name)) ? [words] : [])),
    ...(/\.$/.test(message) || /^[a-z]/.test(message) ? ['the message is no line of its own'] : []),
    ...(sentences.every((sentence) => /^([A-Z`]|golang-migrate|goose|dbmate|sqlx|sql-migrate).*[.)]$/s.test(sentence))
      ? []
      : ['no whole sentence']),
    ...(alternative && why.includes(alternative.summary) ? ['said twice'] : []),
  ]
}

function formsOf(reviewed: Review, disclosure: Facts['disclosure']): string[] {
  return [
    text(reviewed, { colour: false, width: 100, detail: true }),
    reviewMarkdown(reviewed, disclosure),
    sarif(reviewed),
    annotations(reviewed),
  ]
}

/** Names and columns, but neither sizes nor statistics. */
function halfOf(catalog: Facts['catalog']): Facts['catalog'] {
  return withRelations(catalog, (relation) => ({
    ...relation,
    columns: relation.columns.map((column) => ({ ...column, statistics: null })),
    size: { ...relation.size, rows: null, rowsFrom: null, heapBytes: null, toastBytes: null, indexBytes: null },
  }))
}

function oneRow(catalog: Facts['catalog']): Facts['catalog'] {
  return withRelations(catalog, (relation) => ({ ...relation, size: { ...relation.size, rows: 1, heapBytes: 8192 } }))
}

type Snapshot = Extract<Facts['catalog'], { snapshot: unknown }>['snapshot']

function withRelations(
  catalog: Facts['catalog'],
  change: (relation: Snapshot['relations'][number]) => Snapshot['relations'][number],
): Facts['catalog'] {
  if (!('snapshot' in catalog)) return catalog
  return { ...catalog, snapshot: { ...catalog.snapshot, relations: catalog.snapshot.relations.map(change) } }
}
