import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkSummary, checkText, inlineComment, mostTextBytes, summaryComment } from '../../src/report/github-texts.ts'
import { code, cutToBytes, fenced, prose } from '../../src/report/hostile.ts'
import { findingDetails } from '../../src/report/markdown.ts'
import type { Finding, Plan } from '../../src/review/result.ts'
import { planOf } from '../support/alternatives.ts'
import { reportOf, reviewOf, sql } from './made.ts'

function details(finding: Partial<Finding>, original: string | null = null): string {
  const review = reviewOf(finding)
  return findingDetails(review.findings[0]!, review, 'exact', original)
}

const oneStep: Plan = planOf('Build it without blocking writes.', [
  { sql: 'CREATE INDEX CONCURRENTLY orders_total ON orders (total);', transaction: 'own', file: 1 },
])

const twoSteps = (transaction: 'own' | 'same'): Plan =>
  planOf('Let the wait end.', [
    { sql: "SET LOCAL lock_timeout = '3s';", transaction: 'own', file: 1 },
    { sql, transaction, file: 1 },
  ])

describe('an inline comment', () => {
  test('says verdict and number, why, the lock, the size and its source, and the alternative', () => {
    const alternative: Plan = planOf('Build it without blocking writes.', [
      { sql: 'SET lock_timeout = 0;', transaction: 'none', file: 1 },
      { sql: 'CREATE INDEX CONCURRENTLY orders_total ON orders (total)', transaction: 'none', file: 1 },
      { sql: 'ALTER TABLE orders ADD CONSTRAINT c CHECK (total > 0) NOT VALID', transaction: 'own', file: 2 },
    ])
    expect(details({ alternative })).toMatchInlineSnapshot(`
      "**Blocks writes to \`public.orders\` for 20–40 s: 2 M rows are read to build an index.**

      Every INSERT, UPDATE and DELETE waits until the index is built.

      **Instead:** Build it without blocking writes.

      <details><summary>2 steps</summary>

      1. **Migration, file 1, outside any transaction**

      \`\`\`sql
      SET lock_timeout = 0;
      CREATE INDEX CONCURRENTLY orders_total ON orders (total);
      \`\`\`

      2. **Migration, file 2, in a transaction of its own**

      \`\`\`sql
      ALTER TABLE orders ADD CONSTRAINT c CHECK (total > 0) NOT VALID;
      \`\`\`

      </details>

      <sub>critical · [index-not-concurrent](https://github.com/lockcast/lockcast/blob/main/docs/hazards.md) · SHARE on \`public.orders\`, writes wait · 2 M rows, 286 MB · as of 2026-01-02 03:04 UTC: rows and bytes from the replica</sub>"
    `)
  })

  test('each file, backfill, check and deployment is one numbered step; what changes for good comes first', () => {
    const plan = planOf('So.', [
      { kind: 'deployment', sql: null, text: 'Deploy it.', transaction: 'none', file: null },
      { sql: 'A', transaction: 'own', file: 1, highMs: 20, undo: 'B' },
      { sql: 'C', transaction: 'same', file: 1, highMs: 30 },
      { sql: 'SET statement_timeout = 0;', transaction: 'none', file: 2, highMs: 0 },
      { kind: 'backfill', sql: 'D', text: 'Ends by itself.', transaction: 'none', file: 2, highMs: 61_000 },
      { kind: 'check', sql: 'SELECT 1', text: 'Look.', transaction: 'none', file: null },
    ])
    expect(details({ alternative: { ...plan, changes: ['It is last.'] } })).toContain(
      `Changes for good:
- It is last.

1. **Deployment**: Deploy it.

2. **Migration, file 1, in a transaction of its own**, a moment

\`\`\`sql
A;
C;
\`\`\`

To take it back: \`B\`

3. **Backfill, file 2, outside any transaction**, up to 61 s: Ends by itself.

\`\`\`sql
SET statement_timeout = 0;
D;
\`\`\`

4. **Check**: Look.`,
    )
  })

  test('says how long the lock is kept when the transaction goes on', () => {
    const review = reviewOf()
    const place = (line: number) => ({ path: 'migrations/1.sql', line })
    const hold = {
      relation: 'public.orders',
      lock: 'ShareLock' as const,
      from: place(2),
      to: place(9),
      blocks: ['writes' as const],
    }
    const holds = [{ ...hold, lowMs: 60_000, highMs: 120_000, waiting: null }]
    const held = { ...review, transactions: [{ id: '1', from: place(1), to: place(9), holds }] }
    expect(findingDetails(held.findings[0]!, held, 'exact', null)).toContain(
      'the lock is kept for 60 s–2 min, until the transaction ends at line 9',
    )
  })

  test('offers a suggestion where one step replaces exactly the commented lines', () => {
    expect(details({ alternative: oneStep }, `  ${sql};`)).toContain(
      '```suggestion\n  CREATE INDEX CONCURRENTLY orders_total ON orders (total);\n```',
    )
  })

  test('several steps that stay in the transaction are one suggestion', () => {
    const review = reviewOf({ alternative: twoSteps('same') })
    for (const statement of review.files[0]!.statements) statement.transaction = 't1'
    expect(findingDetails(review.findings[0]!, review, 'exact', `  ${sql};`)).toContain(
      "```suggestion\n  SET LOCAL lock_timeout = '3s';\n  CREATE INDEX orders_total ON orders (total);\n```",
    )
  })

  test.each<[string, Plan, string]>([
    ['other text stands on the line', oneStep, `${sql}; SELECT 1;`],
    ['the step needs another file', { ...oneStep, steps: [{ ...oneStep.steps[0]!, file: 2 }] }, `${sql};`],
    ['the plan stands for more than the lines', { ...oneStep, covers: [1, 2] }, `${sql};`],
    [
      'the step leaves the transaction',
      { ...oneStep, steps: [{ ...oneStep.steps[0]!, transaction: 'none' }] },
      `${sql};`,
    ],
    ['a second step needs its own transaction', twoSteps('own'), `${sql};`],
    [
      'something is left to fill in',
      { ...oneStep, steps: [{ ...oneStep.steps[0]!, sql: 'UPDATE orders SET total = 0 /* the right value */;' }] },
      `${sql};`,
    ],
    [
      'a step is words alone',
      { ...oneStep, steps: [...oneStep.steps, { ...oneStep.steps[0]!, sql: '-- here: make the view again' }] },
      `${sql};`,
    ],
  ])('offers none when %s', (_, alternative, original) => {
    const text = details({ alternative }, original)
    expect(text).not.toContain('suggestion')
    expect(text).toContain('```sql')
  })

  test('tells no number and no name from the database where numbers are in buckets', () => {
    const review = reviewOf({ message: 'Blocks writes: over 1 M rows.' })
    const text = inlineComment(review.findings, review, 'buckets', sql, '')
    expect(text).not.toContain('public.orders')
    expect(text).not.toContain('2 M rows')
  })
})

describe('hostile text', () => {
  test('names mention nobody, link nowhere, and forge no marker', () => {
    const text = prose('Drops @acme/team and #12, see https://evil.test <!-- lockcast:summary --> **bold** [a](b) `x`')
    expect(text).toMatchInlineSnapshot(
      `"Drops @​acme/team and #​12, see https:​//evil.test &lt;!-- lockcast:summary --&gt; \\*\\*bold\\*\\* \\[a\\](b) \`x\`"`,
    )
  })

  test('text that reorders or hides is taken out', () => {
    expect(code('a\u202eb\u0000c\u200bd')).toBe('`abcd`')
  })

  test('a bar in a name in backticks stays one', () => {
    expect(details({ message: 'Renames `a||b` | c' })).toContain('Renames `a||b` \\| c')
  })

  test('no SQL ends its code block', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[`~a-z\n@<!-]*$/), (text) => {
        const lines = fenced('sql', text).split('\n')
        const fence = /^`+/.exec(lines[0] ?? '')?.[0] ?? ''
        const ends = lines.slice(1).filter((line) => line.trim().startsWith(fence))
        expect(ends).toEqual([fence])
      }),
    )
  })

  test('inline code is ended by nothing inside', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[`a-z ]*$/), (text) => {
        const made = code(text)
        const fence = /^`+/.exec(made)?.[0] ?? ''
        const runs = (made.match(/`+/g) ?? []).filter((run) => run === fence)
        expect(runs).toHaveLength(2)
      }),
    )
  })

  test('a suggestion cannot be broken out of', () => {
    const evil = 'SELECT 1;\n```\n@everyone\n```suggestion\nDROP TABLE users'
    const text = details({ alternative: { ...oneStep, steps: [{ ...oneStep.steps[0]!, sql: evil }] } }, `${sql};`)
    expect(text).toContain('````suggestion\n')
  })
})

describe('limits', () => {
  test('texts are cut by bytes of UTF-8, at a line, and say so', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('é', 'a', '\n', '```\n', '日本'), { maxLength: 300 }),
        fc.integer({ min: 60, max: 400 }),
        (parts, bytes) => {
          const text = parts.join('')
          const cut = cutToBytes(text, bytes, '\n(cut)')
          expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(Math.max(bytes, 0))
          if (cut !== text) expect(cut).toContain('(cut)')
        },
      ),
    )
  })

  const review = reviewOf()
  const findings = Array.from({ length: 5_000 }, (_, at) => ({
    ...review.findings[0]!,
    path: `migrations/${at}.sql`,
    message: `Blocks writes to \`bestellungen_der_größten_kunden_${at}\` – über 日本語`,
    alternative: planOf(`So ${at}.`, [{ ...oneStep.steps[0]!, sql: `SELECT '${'ä```'.repeat(at % 60)}'` }]),
    fingerprint: `${at}`,
  }))
  const many = { ...review, findings }
  const report = { ...reportOf(many), notes: ['n'.repeat(50_000)], url: 'https://github.test/acme/shop/pull/1' }

  test.each<[string, () => string]>([
    ["a check's summary", () => checkSummary(report)],
    ["a check's text", () => checkText(report, '<!-- record -->')],
    [
      'the summary comment',
      () => summaryComment(report, { hidden: '<!-- x -->\n', fixed: [], details: 'https://x.test' }),
    ],
    ['a comment on one line', () => inlineComment(findings, many, 'exact', sql, '<!-- x -->\n')],
  ])('with 5,000 findings %s fits, with every code block closed, and says what is left out', (_, made) => {
    const text = made()
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(mostTextBytes)
    expect(openFence(text)).toBeNull()
    expect(text).toMatch(/[\d,]+ more findings/)
  })

  test('the record comes first and whole, whatever follows', () => {
    expect(checkText(report, '<!-- record -->').startsWith('<!-- record -->\n')).toBe(true)
  })

  test('one finding larger than a comment is cut, and its code block closed', () => {
    const steps = [{ ...oneStep.steps[0]!, sql: "SELECT 'é'\n".repeat(20_000) }]
    const text = inlineComment([{ ...findings[0]!, alternative: planOf('So.', steps) }], many, 'exact', sql, '')
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(mostTextBytes)
    expect(openFence(text)).toBeNull()
  })
})

test('of what is found on one line the worst stands first and whole, the rest with its alternative folded', () => {
  const review = reviewOf()
  const [first] = review.findings
  const second = { ...first!, severity: 'medium' as const, message: 'Waits.', alternative: oneStep }
  const text = inlineComment([second, { ...second, message: 'Waits too.' }, first!], review, 'exact', sql, '')
  expect(text.match(/\*\*(Blocks|Waits too|Waits)\b/g)).toEqual(['**Blocks', '**Waits', '**Waits too'])
  expect(text.match(/<details>/g)).toHaveLength(1)
  expect(text).toContain('The way out above settles this too.')
})

test('a finding about several statements names the others in words', () => {
  const at = (path: string, line: number) => ({ path, line, endLine: line, relation: null })
  const related = [at('migrations/1.sql', 5), at('migrations/1.sql', 2), at('migrations/1.sql', 9), at('b.sql', 1)]
  expect(details({ related })).toContain('It also concerns lines 5 and 9 and `b.sql:1`.')
})

describe('the summary comment', () => {
  const extras = { hidden: '', fixed: [], details: null }

  test('lists what blocks first, what is worth a look, and folds advice', () => {
    const review = reviewOf()
    const [first] = review.findings
    const findings = [
      { ...first!, severity: 'low' as const, message: 'Could be nicer.' },
      { ...first!, severity: 'medium' as const, message: 'Waits.' },
      first!,
    ]
    expect(
      summaryComment({ ...reportOf({ ...review, findings }), url: 'https://github.test/a/b/pull/1' }, extras),
    ).toMatchInlineSnapshot(`
      "**One critical finding blocks this merge.**

      - **critical** [\`migrations/1.sql:2\`](https://github.test/a/b/pull/1/files#diff-ee390a0f4ae8fa1aba0bc7d06f87795b74638e01e5752f91779c731a84f018d9R2) Blocks writes to \`public.orders\` for 20–40 s: 2 M rows are read to build an index.

      Does not stop the merge:

      - **medium** [\`migrations/1.sql:2\`](https://github.test/a/b/pull/1/files#diff-ee390a0f4ae8fa1aba0bc7d06f87795b74638e01e5752f91779c731a84f018d9R2) Waits.

      <details><summary>One remark</summary>

      - **low** [\`migrations/1.sql:2\`](https://github.test/a/b/pull/1/files#diff-ee390a0f4ae8fa1aba0bc7d06f87795b74638e01e5752f91779c731a84f018d9R2) Could be nicer.

      </details>

      <sub>A maintainer can accept these findings with the label \`lockcast:override\`, or those of one hazard with \`lockcast:override/index-not-concurrent\`.</sub>

      <sub>plain SQL, judged for PostgreSQL 17; sizes from the replica as of 2026-01-02 03:04 UTC; traffic is unknown.</sub>"
    `)
  })

  test('parts what a maintainer accepted from what still blocks', () => {
    const review = reviewOf()
    const [first] = review.findings
    const findings = [first!, { ...first!, fingerprint: 'other', message: 'Waits.' }]
    const at = '2026-01-02T03:04:05Z'
    const accepted = { label: 'lockcast:override', actor: 'mia', role: 'admin', at, reason: null, findings: ['other'] }
    const report = { ...reportOf({ ...review, verdict: 'fail', findings }), overrides: [accepted] }
    const [blocking, behind] = summaryComment(report, extras).split('Accepted:')
    expect(blocking).toContain('Blocks writes to')
    expect(blocking).not.toContain('Waits.')
    expect(behind).toMatch(/^\n\n- \*\*critical\*\* `migrations\/1\.sql:2` Waits\.\n/)
  })

  test('says what a comment in the SQL silenced, and why', () => {
    const review = reviewOf()
    const ignored = { ...review.findings[0]!, reason: 'the table is *empty*', comment: { path: 'a.sql', line: 1 } }
    expect(summaryComment(reportOf({ ...review, findings: [], ignored: [ignored] }), extras)).toContain(
      '- **critical** `migrations/1.sql:2` index-not-concurrent: the table is \\*empty\\*',
    )
  })

  test('says what was fixed', () => {
    const fixed = [{ path: 'a.sql', message: 'Blocks writes to `orders`' }]
    const report = reportOf({ ...reviewOf(), verdict: 'pass', findings: [] })
    expect(summaryComment(report, { ...extras, fixed })).toContain('**Fixed:** Blocks writes to `orders` (`a.sql`)')
  })
})

test('what only a rollback would do is told as such and does not block', () => {
  const review = { ...reviewOf({ direction: 'down' }), verdict: 'pass' as const }
  expect(checkSummary(reportOf(review))).toContain('- **critical, rollback** `migrations/1.sql:2`')
  expect(checkSummary(reportOf(review))).toContain('**Safe to run.**')
})

test('the summary of the check: headline, findings, sources, who may override', () => {
  expect(checkSummary(reportOf(reviewOf()))).toMatchInlineSnapshot(`
    "**One critical finding blocks this merge.**

    - **critical** \`migrations/1.sql:2\` Blocks writes to \`public.orders\` for 20–40 s: 2 M rows are read to build an index.

    <sub>plain SQL, judged for PostgreSQL 17; sizes from the replica as of 2026-01-02 03:04 UTC; traffic is unknown.</sub>

    <sub>A maintainer can accept these findings with the label \`lockcast:override\`, or those of one hazard with \`lockcast:override/index-not-concurrent\`.</sub>"
  `)
})

/** The fence of a code block that is never closed. */
function openFence(text: string): string | null {
  let open: string | null = null
  for (const line of text.split('\n')) {
    const [, fence = ''] = /^(`{3,})[^`]*$/.exec(line) ?? []
    if (open === null && fence !== '') open = fence
    else if (open !== null && line.startsWith(open) && /^`+$/.test(line)) open = null
  }
  return open
}
