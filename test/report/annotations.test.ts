import { expect, test } from 'vitest'
import { annotations } from '../../src/report/annotations.ts'
import type { Finding } from '../../src/review/result.ts'
import { reviewOf } from './made.ts'

test('a finding is an annotation on its lines, the verdict the last one', () => {
  expect(annotations(reviewOf({ why: 'Everyone: waits,\n100 % of the time.' })).split('\n')).toEqual([
    '::error file=migrations/1.sql,line=2,endLine=2,title=lockcast index-not-concurrent::Blocks writes to `public.orders` for 20–40 s: 2 M rows are read to build an index.%0AEveryone: waits,%0A100 %25 of the time.',
    '::error title=lockcast::fail: 1 critical',
    '',
  ])
})

test('of each level as many stand as GitHub shows, the worst first, and the rest in the log', () => {
  const review = reviewOf()
  const [first] = review.findings
  const some = (severity: Finding['severity'], count: number) =>
    Array.from({ length: count }, (_, at) => ({ ...first!, severity, message: `${severity} ${at}` }))
  const findings = [...some('low', 20), ...some('high', 8), ...some('medium', 12), ...some('critical', 5)]
  const lines = annotations({ ...review, findings })
    .trimEnd()
    .split('\n')
  const count = (start: string) => lines.filter((line) => line.startsWith(start)).length
  expect([count('::error'), count('::warning'), count('::notice')]).toEqual([10, 10, 10])
  expect(lines[0]).toContain('critical 0')
  expect(lines.filter((line) => /^(critical|high|medium|low) /.test(line))).toHaveLength(45 - 29)
  expect(lines.at(-1)).toBe(
    '::error title=lockcast::fail: 5 critical, 8 high, 12 medium, 20 low; 16 of them only in this log',
  )
})

test('neither a path nor a note is a command of its own', () => {
  const path = 'a,title=x::b\n::error::c.sql'
  const review = { ...reviewOf({ path }), notes: ['::stop-commands::x', '##[error]y'] }
  const [annotation, ...rest] = annotations(review).trimEnd().split('\n')
  expect(annotation).toMatch(/^::error file=a%2Ctitle=x%3A%3Ab%0A%3A%3Aerror%3A%3Ac\.sql,line=2,/)
  expect(rest).toEqual([
    'note: ::stop-commands::x',
    'note: ##\u200b[error]y',
    '::error title=lockcast::fail: 1 critical',
  ])
})
