import type { Core } from '../../src/github/core.ts'
import { blocksMerge } from '../../src/hazards/severity.ts'
import type { Finding, Review, Severity } from '../../src/review/result.ts'

/**
 * A core of a few lines for tests of what happens on GitHub: a migration is a `.sql` file in `migrations/`, each line
 * `-- high: words` is a finding of that severity, `-- high: words -- low: words` two, `-- high (other): words` one of
 * another hazard; `-- see base` wants the base branch.
 */
export const toyCore: Core = {
  configPaths: () => [],
  migrationPaths: (project) => [...project.paths].filter((path) => /^migrations\/.+\.sql$/.test(path)).sort(),
  worthReading: (path) => /^migrations\/.+\.sql$/.test(path),
  chooseMigrations: (files) => ({ files, skipped: [], unclaimed: [] }),
  modelNotice: () => null,
  mayBeModel: () => false,
  prepareLanguages: async () => {},
  readMigrations: (files) =>
    files.map((file) => ({
      path: file.path,
      runner: 'plain',
      direction: 'up',
      statements: (file.text ?? '').split('\n').map((sql, at) => ({
        line: at + 1,
        column: 1,
        endLine: at + 1,
        sql,
        source: sql,
        leading: '',
        start: 0,
        end: 0,
        node: null,
        error: null,
        trailing: '',
        unread: '',
        kind: 'external',
        when: 'always',
        message: null,
      })),
      wrapping: 'transaction',
      batch: null,
      optOut: null,
      notes: [],
      unreadable: file.problem,
    })),
  needs: () => ({ relations: [{ schema: null, name: 'orders' }], cascades: false, code: [] }),
  review(migrations, facts, policy): Review {
    const findings = migrations.flatMap(({ path, statements, unreadable }): Finding[] => {
      if (unreadable) return [finding(path, 1, 'high', unreadable)]
      return statements.flatMap(({ source: sql, line }) => {
        const told = facts.disclosure === 'exact' ? '2,000,000 rows' : 'over 1 M rows'
        return [...sql.matchAll(/-- (low|medium|high|critical)(?: \((\w+)\))?: (.*?)(?= --|$)/g)].map(
          ([, severity, hazard, words]) => ({
            ...finding(path, line, severity as Severity, `${words} (${told})`),
            hazard: hazard ?? 'toy',
          }),
        )
      })
    })
    if (facts.catalog.kind === 'unreachable')
      findings.push(finding(migrations[0]?.path ?? '', 1, 'high', facts.catalog.reason))
    const baseNote = facts.base.length > 0 ? [`applied first: ${facts.base.map(({ path }) => path).join(', ')}`] : []
    return {
      verdict: findings.some((item) => blocksMerge(item, policy.fail_on)) ? 'fail' : 'pass',
      postgresVersion: 17,
      catalog: facts.catalog.kind === 'unreachable' ? 'none' : facts.catalog.kind,
      catalogTakenAt: null,
      traffic: null,
      files: migrations.map(({ path, runner }) => ({ path, runner, statements: [] })),
      transactions: [],
      findings,
      ignored: [],
      unread: [],
      skipped: [],
      notes: [
        ...baseNote,
        ...migrations.flatMap(({ statements }) =>
          statements.some(({ sql }) => sql === '-- see base') ? ['wants base'] : [],
        ),
      ],
    }
  },
  wantsBase: (review) => review.notes.includes('wants base'),
}

function finding(path: string, line: number, severity: Severity, message: string): Finding {
  return {
    hazard: 'toy',
    severity,
    direction: 'up',
    path,
    line,
    column: 1,
    endLine: line,
    relation: 'public.orders',
    rows: 2_000_000,
    message,
    why: 'Because.',
    related: [],
    advice: null,
    alternative: null,
    fingerprint: `toy ${path} ${message}`,
  }
}
