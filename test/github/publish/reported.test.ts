import { expect, test } from 'vitest'
import { wantedSummary } from '../../../src/github/publish/comment-sync.ts'
import { hiddenBlock, type Reported, readReported } from '../../../src/github/publish/reported.ts'
import { mostTextBytes } from '../../../src/report/github-texts.ts'
import { reportOf, reviewOf } from '../../report/made.ts'

const speaker = { login: 'lockcast[bot]', marks: 'lockcast' } as const
const finding = (at: number) => ({ fingerprint: `${at}`, path: `${at}.sql`, message: 'Blocks writes' })
const told = (standing: number, fixed: number): Reported => ({
  catalog: 'replica',
  disclosure: 'exact',
  standing: Array.from({ length: standing }, (_, at) => finding(at)),
  fixed: Array.from({ length: fixed }, (_, at) => finding(100 + at)),
})

test('what was told is read back from behind the marker, and from nowhere else', () => {
  const block = hiddenBlock(told(2, 1))
  expect(readReported(`<!-- lockcast:summary -->\n${block}**Text**`)).toEqual(told(2, 1))
  expect(readReported(`<!-- lockcast:summary -->\n**Text**\n${block}`)).toBeNull()
  expect(readReported('<!-- lockcast:summary -->\n<!-- told bm90IEpTT04 -->\n')).toBeNull()
})

test('with 5,000 findings of the longest names the summary comment fits, before and after all is fixed', () => {
  const review = reviewOf()
  const [first] = review.findings
  const findings = Array.from({ length: 5_000 }, (_, at) => ({
    ...first!,
    path: `${'語'.repeat(900)}/${at}.sql`,
    message: `Blocks writes to \`${'ß日'.repeat(500)}${at}\``,
    fingerprint: `${at}`,
  }))
  const report = { ...reportOf({ ...review, findings }), url: 'https://github.test/acme/shop/pull/1' }
  const body = wantedSummary(report, null, speaker, null) ?? ''
  expect(Buffer.byteLength(body)).toBeLessThanOrEqual(mostTextBytes)
  const before = { id: 1, author: speaker.login, body, at: '2026-01-02T03:04:05Z' }
  const after = wantedSummary(reportOf({ ...review, verdict: 'pass', findings: [] }), before, speaker, null) ?? ''
  expect(Buffer.byteLength(after)).toBeLessThanOrEqual(mostTextBytes)
  expect(after).toContain('**Fixed:**')
})

test('what cannot be seen any more is not told as fixed', () => {
  const seen = {
    id: 1,
    author: speaker.login,
    body: wantedSummary(reportOf(reviewOf()), null, speaker, null) ?? '',
    at: '',
  }
  const blind = {
    ...reviewOf(),
    catalog: 'none' as const,
    findings: [],
    unread: [{ path: null, reason: 'It refuses.' }],
  }
  expect(wantedSummary(reportOf(blind), seen, speaker, null)).not.toContain('Fixed')
})

test('numbers that were told where they may not be told any more are not repeated', () => {
  const seen = {
    id: 1,
    author: speaker.login,
    body: wantedSummary(reportOf(reviewOf()), null, speaker, null) ?? '',
    at: '',
  }
  const now = { ...reportOf({ ...reviewOf(), findings: [] }), disclosure: 'buckets' as const }
  expect(wantedSummary(now, seen, speaker, null)).not.toContain('2 M rows')
})
