import { describe, expect, it, test } from 'vitest'
import { loadParser, parseOne } from '../../src/sql/parse.ts'
import { refusesTransaction } from '../../src/sql/refuses-transaction.ts'
import { type Case, cases } from '../truth/cases.ts'
import { compare, judgeAfter } from '../truth/compare.ts'
import { keyOf, type RecordedSchema, readAnswers, readSchema } from '../truth/recorded.ts'

/**
 * The model against what servers of 13 to 18 did, recorded by `npm run truth`: a second for all, one statement kind with
 * `npm test -- test/effects/recorded.test.ts -t IndexStmt`.
 */

const majors = [13, 14, 15, 16, 17, 18]
const schemas = new Map<number, RecordedSchema>(majors.map((major) => [major, readSchema(major)]))
const answerOf = readAnswers()

await loadParser()

/** The first and the last version that gave each answer: what holds on both holds between. */
function askedOf(example: Case): number[] {
  return majors.filter((major) => {
    const answers = [major - 1, major, major + 1].map((near) =>
      example.from <= near && near <= example.to && majors.includes(near)
        ? JSON.stringify(answerOf(example, near))
        : null,
    )
    const [before, own, after] = answers
    return own !== null && own !== 'null' && (before !== own || after !== own)
  })
}

const recorded = cases().flatMap((example) => {
  const asked = askedOf(example)
  return asked.length === 0 ? [] : [{ example, asked, kind: Object.keys(parseOne(example.sql))[0] ?? '' }]
})

/** SET timezone before the case is of the session, which the catalog does not keep. */
function zoneOf({ before }: Case, zone: string): string {
  return /set timezone = '([^']+)'/.exec(before ?? '')?.[1] ?? zone
}

test('every case was recorded, but those that refuse a transaction', () => {
  const known = new Set(recorded.map(({ example }) => keyOf(example)))
  const missing = cases().filter((example) => !known.has(keyOf(example)))
  expect(missing.filter(({ sql }) => !refusesTransaction(parseOne(sql))).map(({ sql }) => sql)).toEqual([])
})

const kinds = [...new Set(recorded.map(({ kind }) => kind))].sort()
describe.each(kinds)('%s', (wanted) => {
  it.each(
    recorded
      .filter(({ kind }) => kind === wanted)
      .map(
        ({ example, asked }) =>
          [`${example.before ? `${example.before} → ` : ''}${example.sql}`, example, asked] as const,
      ),
  )('%s', (_name, example, asked) => {
    const differences = asked.flatMap((major) => {
      const { snapshot, timeZone } = schemas.get(major)!
      const analysis = judgeAfter(example.before ?? '', example.sql, snapshot, zoneOf(example, timeZone))
      return compare(analysis, answerOf(example, major)!).map((difference) => `${major}: ${difference}`)
    })
    expect(differences).toEqual(
      example.open ? asked.map((major) => `${major}: the model cannot judge it: ${example.open}`) : [],
    )
  })
})
