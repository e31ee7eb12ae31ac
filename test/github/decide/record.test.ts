import { expect, test } from 'vitest'
import {
  covers,
  type HeadRecord,
  newSince,
  parseRecord,
  readRecord,
  recordBlock,
} from '../../../src/github/decide/record.ts'

/** A record of one pull request with so many findings in so many files, overridden so many times. */
function recordOf(count: number, decisions = 1): HeadRecord {
  const numbers = Array.from({ length: count }, (_, at) => at)
  const blobs = Object.fromEntries(numbers.map((at) => [`db/migrate/${at}_change.sql`, 'a'.repeat(40)]))
  const decision = {
    event: 1,
    label: 'lockcast:override',
    actor: 'mia',
    role: 'maintain',
    at: '2026-01-02T03:04:05Z',
    outcome: 'granted' as const,
    why: null,
    reason: 'the table is empty',
    hazards: { 'blocking-index-build': count },
    head: 'b'.repeat(40),
    confirmed: true,
  }
  const seen = { at: '2026-01-02T03:04:00Z', blobs, fingerprints: numbers.map((at) => `f${at}`) }
  const given = Array.from({ length: decisions }, (_, event) => ({ ...decision, event }))
  return { version: 4, pulls: { 7: { base: 'main', seen, seenWithout: null, decisions: given } } }
}

function shownBy(record: HeadRecord) {
  const seen = record.pulls[7]?.seen
  if (!seen || 'digest' in seen) throw new Error('nothing was shown')
  return seen
}

test.each([1, 50])('a record of %i findings is read back as it was written', (count) => {
  const record = recordOf(count)
  const { block, note } = recordBlock(record)
  expect(readRecord(`${block}\n\nfindings`)).toEqual(record)
  expect(note).toBeNull()
})

test('a record of 5,000 findings fits, says that it is shorter, and still knows what was accepted and whether it changed', () => {
  const record = recordOf(5_000)
  const { block, note } = recordBlock(record)
  expect(Buffer.byteLength(block)).toBeLessThan(24_000)
  expect(note).toContain('covers them together')
  const read = readRecord(block).pulls[7]
  expect(read?.decisions).toEqual(record.pulls[7]?.decisions)
  const shown = shownBy(record)
  expect(read?.seen && covers(read.seen, shown)).toBe(true)
  const [first] = shown.fingerprints
  const changed = {
    ...shown,
    fingerprints: shown.fingerprints.map((fingerprint) => (fingerprint === first ? 'new' : fingerprint)),
  }
  expect(read?.seen && newSince(read.seen, changed)).toHaveLength(1)
})

test('of a thousand decisions the newest are kept', () => {
  const { block, note } = recordBlock(recordOf(1, 1_000))
  expect(Buffer.byteLength(block)).toBeLessThan(24_000)
  expect(readRecord(block).pulls[7]?.decisions.at(-1)?.event).toBe(999)
  expect(note).toContain('newest')
})

test.each([
  ['nothing', ''],
  ['text before it', `hello\n${recordBlock(recordOf(1)).block}`],
  ['a record that was cut', recordBlock(recordOf(1)).block.slice(0, 100)],
  ['another version', `<!-- lockcast:record ${Buffer.from('{"version":1,"pulls":{}}').toString('base64url')} -->`],
])('%s is no record, which grants nothing', (_what, text) => {
  expect(readRecord(text)).toEqual({ version: 4, pulls: {} })
})

test.each([2, 3, 5])('a record of version %i is said to be unreadable', (version) => {
  const encoded = Buffer.from(JSON.stringify({ ...recordOf(1), version })).toString('base64url')
  expect(parseRecord(`<!-- lockcast:record ${encoded} -->`)).toEqual({ kind: 'unreadable', version })
  expect(parseRecord('a text')).toEqual({ kind: 'none' })
})
