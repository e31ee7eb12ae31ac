import { explanation } from '../report/explanation.ts'
import { json } from '../report/json.ts'
import { gatherAndReview, reviewCore } from '../review/gather-and-review.ts'
import { readMigrations } from '../runners/read-migrations.ts'
import { loadParser } from '../sql/parse.ts'
import { type ActivityUrlOptions, activitySource } from './activity-source.ts'
import { type CatalogOptions, catalogSource } from './catalog-source.ts'
import { UsageError } from './errors.ts'
import { projectOf } from './files.ts'
import { readPolicy } from './policy-file.ts'
import { screenOf } from './screen.ts'

interface ExplainOptions extends CatalogOptions, ActivityUrlOptions {
  postgresVersion?: number
  format: 'text' | 'json'
  config?: string
}

/** `lockcast explain "<sql>"`: effects and forecast of statements, each as if it ran alone. */
export async function explainCommand(sql: string, options: ExplainOptions): Promise<number> {
  await loadParser()
  const policy = {
    ...readPolicy(options.config),
    migrations: [{ paths: 'statement.sql', runner: 'plain', transaction: 'none' as const }],
  }
  const migrations = readMigrations(
    [{ path: 'statement.sql', text: sql, problem: null }],
    projectOf(new Set(['statement.sql'])),
    policy,
  )
  if (migrations.every(({ statements }) => statements.length === 0))
    throw new UsageError('explain: the text has no statement')
  const reviewed = await gatherAndReview(
    {
      migrations,
      policy,
      catalog: catalogSource(options, policy),
      activity: activitySource(options, policy),
      base: null,
      code: async () => null,
      history: null,
      postgresVersion: options.postgresVersion ?? null,
      now: new Date().toISOString(),
      disclosure: 'exact',
      skipped: [],
    },
    reviewCore,
  )
  process.stdout.write(
    options.format === 'json' ? json(reviewed) : explanation(reviewed, screenOf(process.stdout, process.env).colour),
  )
  for (const { reason } of reviewed.unread) process.stderr.write(`lockcast: ${reason}\n`)
  return reviewed.unread.length > 0 ||
    reviewed.files.some((file) => file.statements.some((statement) => statement.fails?.sqlstate === '42601'))
    ? 2
    : 0
}
