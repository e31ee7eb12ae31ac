import fc from 'fast-check'
import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'
import { describe, expect, test } from 'vitest'
import { defaultPolicy } from '../../src/policy/policy.ts'
import { annotations } from '../../src/report/annotations.ts'
import {
  checkSummary,
  checkText,
  checkTitle,
  failureTexts,
  inlineComment,
  type PullReport,
  policyFailureTexts,
  summaryComment,
} from '../../src/report/github-texts.ts'
import { json } from '../../src/report/json.ts'
import { reviewMarkdown } from '../../src/report/markdown.ts'
import { overrideAnswer } from '../../src/report/override-texts.ts'
import { sarif } from '../../src/report/sarif.ts'
import { text } from '../../src/report/text.ts'
import type { Review } from '../../src/review/result.ts'
import { planOf } from '../support/alternatives.ts'
import { reportOf, reviewOf, sql } from './made.ts'

/**
 * Whatever a pull request names its tables, files, labels and branches, its text changes nothing but its own display:
 * the page has the same elements as with harmless names, and nothing of it is a link, a mention or a command.
 */

const tokens = [
  '`',
  '```',
  '~~~',
  '\n',
  '\r\n',
  '\t',
  '    ',
  '**',
  '_',
  '[a](https://evil.test)',
  '![i](https://evil.test/i.png)',
  '[r]: https://evil.test',
  'https://evil.test/x',
  'www.evil.test',
  'root@evil.test',
  '<b>',
  '</sub>',
  '</details>',
  '<script>alert(1)</script>',
  '<!-- lockcast:summary -->',
  '<!-- lockcast:record e30 -->',
  '-->',
  '@acme/admins',
  '@everyone',
  '#12',
  'GH-12',
  '|',
  '# ',
  '> ',
  '- ',
  '1. ',
  '---',
  '===',
  '&lt;',
  '&#64;x',
  '\\',
  '$x$',
  '\u0000',
  '\u001b[31m',
  '\u001b]0;title\u0007',
  '\u009b2J',
  '\u202e',
  '\u2066',
  '\u200b',
  '\u2028',
  '\ud800',
  '::error::x',
  '\n::stop-commands::x',
  '##[error]x',
  '%0A',
  '```suggestion\nDROP TABLE users;\n```',
  'a',
  'é',
  '日本',
]

const hostile = fc
  .array(fc.constantFrom(...tokens), { minLength: 1, maxLength: 12 })
  .map((parts) => `x${parts.join('')}`)

/** A review in which everything that a pull request chooses is this text. */
function reviewWith(foreign: string): Review {
  const review = reviewOf({
    path: `${foreign}.sql`,
    relation: `public.${foreign}`,
    message: `Blocks writes to \`${foreign}\` for 20–40 s`,
    why: `${foreign} waits.`,
    related: [{ path: foreign, line: 5, endLine: 5, relation: foreign }],
    alternative: planOf(`Without ${foreign}.`, [{ sql: `SELECT '${foreign}'`, transaction: 'none', file: 1 }]),
  })
  const [file] = review.files
  const [statement] = file!.statements
  const [effect] = statement!.effects
  const forecast = { ...effect!.forecast!, sources: [foreign] }
  const effects = [{ ...effect!, relation: `public.${foreign}`, builds: [foreign], forecast }]
  const statements = [{ ...statement!, sql: `SELECT '${foreign}'`, effects, unknown: { reason: foreign }, forecast }]
  const second = { ...review.findings[0]!, severity: 'low' as const, message: foreign }
  return {
    ...review,
    files: [{ ...file!, path: `${foreign}.sql`, statements }],
    findings: [...review.findings, second],
    notes: [foreign],
  }
}

const rulesWith = (foreign: string) => ({
  ...defaultPolicy.override,
  label: foreign,
  never: [foreign],
  teams: [foreign],
})

function reportWith(foreign: string): PullReport {
  return {
    ...reportOf(reviewWith(foreign)),
    blockers: [foreign],
    notes: [foreign],
    rules: rulesWith(foreign),
    url: 'https://github.test/acme/shop/pull/1',
  }
}

const overridden = (foreign: string): PullReport => ({
  ...reportWith(foreign),
  overrides: [
    {
      actor: foreign,
      role: foreign,
      at: '2026-01-02T03:04:05Z',
      reason: foreign,
      label: foreign,
      findings: reviewWith(foreign).findings.map(({ fingerprint }) => fingerprint),
    },
  ],
})

const marker = '<!-- lockcast:0123 -->\n'

const texts: [string, (foreign: string) => string][] = [
  ['an inline comment', (foreign) => comment(reviewWith(foreign))],
  ['the summary comment', (foreign) => summary(reportWith(foreign), foreign)],
  ['the summary of an override', (foreign) => summary(overridden(foreign), foreign)],
  ["the check's summary", (foreign) => checkSummary(reportWith(foreign))],
  ["the check's text", (foreign) => checkText(reportWith(foreign), marker.trimEnd())],
  ['--format markdown', (foreign) => reviewMarkdown(reviewWith(foreign), 'exact')],
  ['a failure', (foreign) => failureTexts(foreign, foreign).summary],
  ['a broken policy', (foreign) => policyFailureTexts([{ path: foreign, line: 1, message: foreign }], foreign).summary],
  [
    'the answer to a label',
    (foreign) =>
      marker + overrideAnswer({ kind: 'void', actor: foreign, news: [foreign] }, foreign, rulesWith(foreign)),
  ],
]

function comment(review: Review): string {
  return inlineComment(review.findings, review, 'exact', sql, marker)
}

function summary(report: PullReport, foreign: string): string {
  return summaryComment(report, {
    hidden: marker,
    fixed: [{ path: foreign, message: foreign }],
    details: 'https://github.test/acme/shop/runs/1',
  })
}

describe('in Markdown', () => {
  test.each(texts)('%s has the elements that it has with harmless names', (_, made) => {
    const benign = skeleton(made('name'))
    fc.assert(
      fc.property(hostile, (foreign) => {
        const markdown = made(foreign)
        expect(skeleton(markdown)).toEqual(benign)
        expect(markdown).not.toMatch(unseen)
      }),
      { numRuns: 60 },
    )
  })
})

describe('elsewhere', () => {
  test('the terminal is not steered, and each finding has its own line and no other', () => {
    fc.assert(
      fc.property(hostile, (foreign) => {
        const printed = text(reviewWith(foreign), { colour: false, width: 100, detail: true })
        expect(printed).not.toMatch(unseen)
        expect(printed).not.toMatch(/^\s*::/m)
        expect(printed).not.toContain('##[')
        expect(printed.match(/^\S.*:2:\d+ {2}(critical|low)/gm)).toHaveLength(2)
      }),
      // Wrapping puts a word at the start of a line.
      { examples: [['x<script>alert(1)</script>\n::stop-commands::xwww.evil.test@acme/admins# ::error::x`']] },
    )
  })

  test('in annotations every command is ours', () => {
    fc.assert(
      fc.property(hostile, (foreign) => {
        const lines = annotations(reviewWith(foreign)).trimEnd().split('\n')
        expect(lines.map((line) => /^\s*::(\w+)/.exec(line)?.[1] ?? 'plain')).toEqual([
          'error',
          'notice',
          'plain',
          'error',
        ])
        expect(lines.join('')).not.toMatch(unseen)
        expect(lines[2]).not.toContain('##[')
      }),
    )
  })

  test('SARIF has its two results, without a link of theirs', () => {
    fc.assert(
      fc.property(hostile, (foreign) => {
        const { results } = (JSON.parse(sarif(reviewWith(foreign))) as Sarif).runs[0]!
        expect(results).toHaveLength(2)
        for (const { message, locations } of results) {
          expect(message.text.replace(/\\[[\]\\]/g, '')).not.toMatch(/\[.*\]/s)
          expect(message.text).not.toMatch(unseen)
          expect(() => new URL(locations[0]!.physicalLocation.artifactLocation.uri, 'file:///repo/')).not.toThrow()
        }
      }),
    )
  })

  test('JSON is the review again, in characters that a terminal only prints', () => {
    fc.assert(
      fc.property(hostile, (foreign) => {
        const review = reviewWith(foreign)
        expect(JSON.parse(json(review))).toEqual(review)
        expect(json(review)).not.toMatch(unseen)
      }),
    )
  })

  test("the check's title is one line", () => {
    fc.assert(
      fc.property(hostile, (foreign) => {
        expect(checkTitle(overridden(foreign))).not.toMatch(/[\n\r\u2028]/)
      }),
    )
  })
})

interface Sarif {
  runs: {
    results: {
      message: { text: string }
      locations: { physicalLocation: { artifactLocation: { uri: string } } }[]
    }[]
  }[]
}

/** What steers, hides or reorders; a zero-width space is how we break mentions and links. */
const unseen = /(?![\n\t\u200b])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

/**
 * The elements of the page as CommonMark with GitHub's extensions makes them, with their links. Inline code is left out:
 * a backtick in a name may end it early and start it again.
 */
function skeleton(markdown: string): string[] {
  const html = micromark(markdown, {
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
    allowDangerousHtml: true,
  })
  return [...html.matchAll(/<!--|<\/?([a-z][a-z0-9]*)([^>]*)>/g)]
    .filter(([, name]) => name !== 'code' && name !== 'br')
    .map(([found, name = '', rest = '']) => {
      const [, href = ''] = /(?:href|src)="([^"]*)"/.exec(rest) ?? []
      // The anchor of a line is a hash of its path.
      return name === ''
        ? found
        : `${found.startsWith('</') ? '/' : ''}${name} ${href.replace(/diff-[0-9a-f]{64}/, '')}`
    })
}
