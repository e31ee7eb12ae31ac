import { readFileSync } from 'node:fs'
import { parseSnapshot } from '../src/catalog/catalog-files.ts'
import { collect } from '../src/cli/files.ts'
import { wantedComments, wantedSummary } from '../src/github/publish/comment-sync.ts'
import { reportedNow } from '../src/github/publish/reported.ts'
import { defaultPolicy } from '../src/policy/policy.ts'
import { type PullReport, summaryComment } from '../src/report/github-texts.ts'
import { type Facts, nothingGathered } from '../src/review/facts.ts'
import type { Review } from '../src/review/result.ts'
import { review } from '../src/review/review.ts'
import { readMigrations } from '../src/runners/read-migrations.ts'

const root = new URL('../', import.meta.url)

/** What Lockcast writes on a pull request, from fixtures that the tests review too. The parser must be loaded. */
export function commentsPage(generated: string): string {
  const index = reviewed('fixtures/scenarios/01-index-on-a-big-table')
  const timeout = reviewed('fixtures/scenarios/08-column-without-lock-timeout')
  const nulls = reviewed('fixtures/scenarios/14-not-null-over-nulls')
  const several = reviewed('fixtures/scenarios/23-shorter-varchar')
  const outside = reviewed('fixtures/scenarios/01-index-on-a-big-table', 'buckets')
  const mixed = merged([index, timeout, reviewed('fixtures/scenarios/03-new-table-with-index-and-foreign-key')])
  return [
    '# What the comments look like',
    generated,
    'The examples are made from [fixtures](../fixtures/scenarios) by the code that writes comments on GitHub; the database behind them is a shop with 80 million orders.',
    '## On a line',
    'One comment stands on each statement with a finding of severity medium or above: what happens and how long, why, what to do instead, and in small print where the numbers come from and how old they are.',
    ...shown(inline(index)),
    'Where the way out fits exactly into the commented lines it is a suggestion, which a click commits:',
    ...shown(inline(timeout)),
    'What will certainly fail says so, with the steps that get there:',
    ...shown(inline(nulls)),
    'Several findings of one statement share its comment. The worst is told in full, the alternatives of the others are folded:',
    ...shown(inline(several)),
    'On public repositories and for forks numbers are told in powers of ten, and no name is told that only the database knows:',
    ...shown(inline(outside)),
    'At most thirty comments are written, the worst first. When a finding is fixed its comment goes, unless someone answered it; when it grew worse it is written anew. A finding outside the changed lines stands in the summary.',
    '## The summary',
    'One comment, made with the first finding of medium or above and edited in place from then on. Without such a finding there is none.',
    ...shown(summary(mixed, null)),
    'After a push that mends the index it says so:',
    ...shown(summary(timeout, mixed)),
    'Beyond thirty findings the worst are listed and the check, which has all that fit into its 65,535 bytes, is linked.',
  ].join('\n\n')
}

interface Made {
  report: PullReport
  files: ReturnType<typeof collect>['files']
}

function reviewed(folder: string, disclosure: Facts['disclosure'] = 'exact'): Made {
  const { files, project } = collect([`${folder}/files`], defaultPolicy)
  const named = files.map((file) => ({ ...file, path: file.path.replace(`${folder}/files/`, '') }))
  const { value: snapshot } = parseSnapshot(readFileSync(new URL('fixtures/catalogs/shop.json', root), 'utf8'))
  if (!snapshot) throw new Error('the shop cannot be read')
  const facts: Facts = { ...nothingGathered, catalog: { kind: 'replica', snapshot }, disclosure }
  const paths = new Set([...project.paths].map((path) => path.replace(`${folder}/files/`, '')))
  const migrations = readMigrations(named, { paths, text: () => null }, defaultPolicy)
  return { report: reportOf(review(migrations, facts, defaultPolicy), disclosure), files: named }
}

function reportOf(made: Review, disclosure: Facts['disclosure']): PullReport {
  return {
    review: made,
    overrides: [],
    blockers: [],
    skipped: [],
    notices: [],
    notes: [],
    failOn: 'high',
    disclosure,
    rules: defaultPolicy.override,
    url: 'https://github.com/acme/shop/pull/12',
  }
}

/** As if one pull request brought all the files. */
function merged(all: Made[]): Made {
  const reviews = all.flatMap(({ report }) => report.review ?? [])
  const [first] = reviews
  if (!first) throw new Error('nothing to merge')
  const together: Review = {
    ...first,
    files: reviews.flatMap((item) => item.files),
    transactions: reviews.flatMap((item) => item.transactions),
    findings: reviews.flatMap((item) => item.findings),
    notes: [],
  }
  return { report: reportOf(together, 'exact'), files: all.flatMap((made) => made.files) }
}

/** The comments of a pull request that adds the files. */
function inline({ report, files }: Made): string[] {
  const changed = files.map(({ path, text }) => {
    const lines = (text ?? '').trimEnd().split('\n').length
    return { path, previous: null, status: 'added', sha: null, patch: `@@ -0,0 +1,${lines} @@` }
  })
  return wantedComments(report.review, { files, changed }, report.disclosure, 'lockcast').map(
    ({ comment }) => comment.body,
  )
}

function summary({ report }: Made, before: Made | null): string[] {
  const details = 'https://github.com/acme/shop/runs/34'
  const speaker = { login: '', marks: 'lockcast' } as const
  if (!before) return [wantedSummary(report, null, speaker, details) ?? '']
  const { fixed } = reportedNow(report, reportedNow(before.report, null, isWorth), isWorth)
  return [summaryComment(report, { hidden: '', fixed, details })]
}

function isWorth({ severity }: { severity: string }): boolean {
  return severity !== 'low'
}

/** As quotations, without the hidden lines. */
function shown(bodies: string[]): string[] {
  return bodies.map((body) =>
    body
      .replace(/^(<!--.*-->\n)+/, '')
      .replace(/^/gm, '> ')
      .replace(/ +$/gm, ''),
  )
}
