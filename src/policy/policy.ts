import { z } from 'zod'
import { type PolicyProblem, problemText, readDocument } from './document.ts'
import { milliseconds } from './duration.ts'
import { glob } from './glob.ts'
import { nearest } from './nearest.ts'
import { runnerNames } from './runner-names.ts'

/** Path of the policy file in a repository. */
export const policyPath = '.github/lockcast.yml'

/**
 * The policy file, read from the base branch, or `--config FILE`.
 *
 * This schema is the only place a key is named: it validates, gives the defaults, and prints the JSON Schema.
 */

const severity = z.enum(['low', 'medium', 'high', 'critical'])

const duration = z.union([z.string(), z.number()]).transform((text, context) => {
  const value = milliseconds(String(text))
  if (value === null) {
    context.addIssue({ code: 'custom', message: `not a duration: ${text} (write 500ms, 2s or 10min)` })
    return z.NEVER
  }
  return value
})

const runner = z.enum(runnerNames as readonly string[] as [string, ...string[]], {
  error: ({ input }) => {
    const near = nearest(String(input), [...runnerNames])
    return `no runner is called ${input}${near === null ? '' : `; did you mean ${near}?`} (known: ${runnerNames.join(', ')})`
  },
})

/** ms. */
const day = 86_400_000

const limits = z.strictObject({
  reads: duration.optional().describe('How long reads of the table may be blocked.'),
  writes: duration.optional().describe('How long writes to the table may be blocked.'),
})

const schema = z.strictObject({
  fail_on: z
    .union([severity, z.literal('never')])
    .default('high')
    .describe('The check fails on findings of this severity or above.'),
  budget: z
    .strictObject({
      reads: duration.default(1_000).describe('How long reads of a table may be blocked.'),
      writes: duration.default(2_000).describe('How long writes to a table may be blocked.'),
      tables: z.record(z.string(), limits).default({}).describe('Other limits for one table, by schema.name.'),
    })
    .prefault({})
    .describe('How long reads and writes of a table may be blocked.'),
  big_table: z
    .strictObject({
      rows: z.number().positive().default(1_000_000).describe('Rows from which a table counts as big.'),
      gb: z.number().positive().default(1).describe('GB, with indexes, from which a table counts as big.'),
    })
    .prefault({})
    .describe(
      'On a big table a strong lock without lock_timeout is high; on any other at most medium, unless it is hot.',
    ),
  deployment_patience: duration
    .default(600_000)
    .describe(
      'A backfill that takes longer by the forecast is a job of its own in a plan, not a file of the migration tool.',
    ),
  max_lock_timeout: duration.default(5_000).describe('A lock_timeout above this counts as none.'),
  traffic: z
    .strictObject({
      long_transaction: duration
        .default(30_000)
        .describe('With a transaction this old on the table, waiting for a strong lock without lock_timeout is high.'),
      hot: z.number().positive().default(100).describe('The same from so many reads and writes a second.'),
      lag: duration.default(10_000).describe('`lockcast preflight` lets a standby this far behind catch up first.'),
      delayed_standbys: z
        .array(z.string().min(1))
        .default([])
        .describe('Standbys behind on purpose (`recovery_min_apply_delay`), by `application_name`: never waited for.'),
    })
    .prefault({})
    .describe('What counts as much going on, where Lockcast may look at the primary.'),
  free_disk_gb: z
    .number()
    .positive()
    .optional()
    .describe('Free disk of the database server in GB: a rewrite or index that needs more of it is reported.'),
  cannot_be_judged: severity.default('medium').describe('Severity of a statement that cannot be judged.'),
  postgres_version: z
    .number()
    .int()
    .min(10)
    .max(18)
    .optional()
    .describe("Major version to review for; default: the server's, else 17."),
  runner: runner.optional().describe('The migration tool, when it should not be detected.'),
  migrations: z
    .array(
      z.strictObject({
        paths: glob.describe('A glob: db/migrate/**/*.sql.'),
        runner: runner
          .optional()
          .describe('The migration tool that runs these files; default: the runner above, else detected, else plain.'),
        database: z
          .string()
          .min(1)
          .optional()
          .describe(
            'Name of the database that they are for. Its address, and whether this repository may use it, is in the server’s configuration, or in `--database` on the command line.',
          ),
        exclude: z.array(glob).optional().describe('Globs of files among them that are no migrations.'),
        dialect: z
          .enum(['postgresql', 'mysql', 'mariadb', 'sqlite', 'clickhouse', 'sqlserver', 'oracle', 'h2', 'other'])
          .optional()
          .describe('The database that they are for; only PostgreSQL is reviewed. Default: detected.'),
        transaction: z
          .enum(['file', 'none'])
          .default('file')
          .describe('For plain SQL: one transaction a file, or each statement on its own.'),
      }),
    )
    .default([])
    .describe('Which files are migrations, when the tool cannot be detected.'),
  not_migrations: z
    .array(glob)
    .default([])
    .describe('Globs of files that look like migrations and are none; they are named as left out.'),
  unread: z
    .enum(['failure', 'notice'])
    .default('failure')
    .describe('A migration of which nothing could be read fails the check, or is a low finding.'),
  limits: z
    .strictObject({
      megabytes: z
        .number()
        .positive()
        .max(64)
        .default(4)
        .describe('MB of migrations in one pull request; a file that is there twice counts twice.'),
      files: z.number().int().positive().max(10_000).default(1_000).describe('Migrations in one pull request.'),
      statements: z.number().int().positive().max(100_000).default(5_000).describe('Statements of these migrations.'),
      findings: z.number().int().positive().max(20_000).default(2_000).describe('Findings of one review.'),
    })
    .prefault({})
    .describe(
      'How much one review takes. A pull request with more fails the check, which names the limit. A higher limit needs more memory of the server: LOCKCAST_WORKER_MEMORY_MB.',
    ),
  session: z
    .strictObject({
      lock_timeout: duration.optional().describe("The migrating session's lock_timeout."),
      statement_timeout: duration.optional().describe("The migrating session's statement_timeout."),
      time_zone: z.string().optional().describe("The migrating session's TimeZone."),
      role: z.string().optional().describe('The role that migrates: its own settings in the database count.'),
      search_path: z.array(z.string()).optional().describe("The migrating session's search_path."),
    })
    .prefault({})
    .describe('What is in force in the session that runs the migrations.'),
  numbers: z
    .strictObject({
      private: z.enum(['exact', 'buckets', 'none']).default('exact').describe('Private repositories.'),
      public: z.enum(['exact', 'buckets', 'none']).default('buckets').describe('Public repositories and forks.'),
    })
    .prefault({})
    .describe('How exact rows, bytes and times in comments are.'),
  snapshot: z
    .strictObject({
      path: z
        .string()
        .optional()
        .describe(
          'A file of this repository that `lockcast snapshot` wrote: the catalog when no database is configured.',
        ),
      warn_after: duration.default(7 * day).describe('A snapshot older than this comes with a warning.'),
      unknown_after: duration.default(30 * day).describe('Sizes of a snapshot older than this count as unknown.'),
    })
    .prefault({})
    .describe('Where the app may not connect to the database.'),
  value_statistics: z
    .boolean()
    .default(false)
    .describe(
      'Compare the values that the server’s statistics keep (most common values and histogram bounds: values of rows) with a narrower type or a cast. A view in the database does it and returns only sizes; see docs/replica.md.',
    ),
  code_search: z
    .strictObject({
      enabled: z
        .boolean()
        .default(true)
        .describe('Look up in the repository’s code what a migration drops, renames or retypes.'),
      ignore: z
        .array(glob)
        .default([])
        .describe('Globs of files that do not count as code; migrations, lock files, vendored code and docs never do.'),
    })
    .prefault({})
    .describe('Where the code names what a migration takes away.'),
  advice: z
    .strictObject({
      style: z.boolean().default(false).describe('Also give advice that is a matter of style.'),
      off: z.array(z.string()).default([]).describe('Hazards of the group advice that are not wanted.'),
    })
    .prefault({})
    .describe('Advice: never above low, never inline.'),
  ignores: z
    .strictObject({
      may_silence: z
        .array(z.string())
        .default([])
        .describe('Data-loss and certain-failure hazards that a lockcast-ignore comment may silence too.'),
    })
    .prefault({})
    .describe('What lockcast-ignore comments in the SQL may do.'),
  override: z
    .strictObject({
      label: z
        .string()
        .min(1)
        .max(50)
        .default('lockcast:override')
        .describe(
          'The label with which a maintainer accepts the findings of a pull request; with /<hazard> after it, those of one hazard.',
        ),
      author: z.boolean().default(true).describe('A maintainer may override on a pull request of their own.'),
      reason: z
        .boolean()
        .default(false)
        .describe('An override counts only with a reason: a line lockcast: <reason> by the same person.'),
      teams: z
        .array(z.string())
        .default([])
        .describe('Teams of the organisation, by their slug, whose members may override whatever their role is.'),
      never: z.array(z.string()).default([]).describe('Hazards that cannot be overridden, by name.'),
    })
    .prefault({})
    .describe('How a maintainer overrides.'),
  locked: z
    .array(z.string())
    .default([])
    .describe(
      "Only in an organisation's .github repository: keys that its repositories may not set, `budget` with all below it.",
    ),
})

export type Policy = z.output<typeof schema>

export { type PolicyProblem, problemText }

export const defaultPolicy: Policy = schema.parse({})

/** The policy in a YAML text, or every problem in it with its line. An empty file is the default policy. */
export function parsePolicy(
  text: string,
  path: string,
): { policy: Policy; problems: [] } | { policy: null; problems: PolicyProblem[] } {
  const document = readDocument(text, path)
  if (document.problems.length > 0) return { policy: null, problems: document.problems }
  const { content, lineOf } = document
  const result = schema.safeParse(content)
  if (result.success) return { policy: result.data, problems: [] }
  const problems = result.error.issues.flatMap((issue): PolicyProblem[] => {
    if (issue.code !== 'unrecognized_keys') {
      return [{ path, line: lineOf(issue.path), message: `${issue.path.join('.') || 'policy'}: ${issue.message}` }]
    }
    return issue.keys.map((key) => {
      const near = nearest(key, keysAt(issue.path))
      const name = [...issue.path, key].join('.')
      return {
        path,
        line: lineOf([...issue.path, key]),
        message: `unknown key ${name}${near ? `; did you mean ${near}?` : ''}`,
      }
    })
  })
  return { policy: null, problems }
}

/** Merges several policy files into one policy. Each of them has been read by {@link parsePolicy} without a problem. */
export function policyOf(content: object): Policy {
  return schema.parse(content)
}

/** True for `budget.reads` and for `budget`; false for keys that no policy has. */
export function isPolicyKey(key: string): boolean {
  const path = key.split('.')
  return keysAt(path.slice(0, -1)).includes(path.at(-1) ?? '')
}

/** The policy file's JSON Schema, for editors. */
export function policyJsonSchema(): object {
  return {
    title: 'Lockcast policy',
    description: 'The file .github/lockcast.yml; docs/policy.md describes it.',
    ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }),
  }
}

/** True for keys whose value is a time: a number of ms in the {@link Policy}. */
export function isDurationKey(path: string[]): boolean {
  const { type } = schemaAt(path)
  return Array.isArray(type) && type.includes('string') && type.includes('number')
}

function keysAt(path: PropertyKey[]): string[] {
  return Object.keys(schemaAt(path).properties ?? {})
}

interface SchemaNode {
  type?: string | string[]
  properties?: Record<string, SchemaNode>
  additionalProperties?: SchemaNode
  items?: SchemaNode
}

function schemaAt(path: PropertyKey[]): SchemaNode {
  let node: SchemaNode = policyJsonSchema()
  for (const step of path) {
    const { properties, additionalProperties, items } = node
    node = (typeof step === 'number' ? items : (properties?.[String(step)] ?? additionalProperties)) ?? {}
  }
  return node
}
