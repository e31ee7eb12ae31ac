import { readFileSync } from 'node:fs'
import { policySchemaAddress } from '../src/hazards/address.ts'
import { groups, type Hazard } from '../src/hazards/hazard.ts'
import { hazards } from '../src/hazards/hazard-registry.ts'
import { durationWritten } from '../src/policy/duration.ts'
import { defaultPolicy, policyJsonSchema } from '../src/policy/policy.ts'
import { hazardMarkdown } from '../src/report/hazard-page.ts'
import { runners } from '../src/runners/runner-registry.ts'
import { loadParser } from '../src/sql/parse.ts'
import { commentsPage } from './comments-page.ts'
import { versionsPage } from './versions-page.ts'

interface JsonSchema {
  title?: string
  description?: string
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  anyOf?: JsonSchema[]
  items?: JsonSchema
  properties?: Record<string, JsonSchema>
  additionalProperties?: JsonSchema | boolean
  minimum?: number
  maximum?: number
}

const generated = '*Generated from the code by `npm run docs`; CI fails when it is stale.*'

await loadParser()

/** Every generated document but the registry of hazards, by path. */
export const documents: Record<string, string> = {
  'docs/hazards.md': hazardsPage(),
  ...Object.fromEntries(hazards.map((hazard) => [`docs/hazards/${hazard.id}.md`, hazardPage(hazard)])),
  'docs/comments.md': `${commentsPage(generated)}\n`,
  'README.md': readme(),
  'docs/policy.md': policyPage(),
  'docs/versions.md': versionsPage(generated),
  'docs/runners.md': runnersPage(),
  'schema/policy.json': `${JSON.stringify(policyJsonSchema(), null, 2)}\n`,
}

function hazardsPage(): string {
  const sections = groups.flatMap((group) => {
    const rows = hazards.filter((hazard) => hazard.group === group)
    if (rows.length === 0) return []
    const lines = rows.map(({ id, title }) => `| [\`${id}\`](hazards/${id}.md) | ${title} |`)
    return [`## ${group.charAt(0).toUpperCase()}${group.slice(1)}`, ['| | |', '| :-- | :-- |', ...lines].join('\n')]
  })
  return page([
    '# Hazards',
    generated,
    'What Lockcast looks for; each has a page with examples, and `lockcast hazards <id>` prints it. The severity of a finding is not fixed to its hazard: it is computed from the table at hand, its size, and how long its reads and writes may be blocked ([policy](policy.md)). Every example is reviewed and run on a real server in the tests. How to add one: [adding a hazard](adding-a-hazard.md).',
    ...sections,
  ])
}

function hazardPage(hazard: Hazard): string {
  return hazardMarkdown(hazard, `${generated} [All hazards](../hazards.md)`)
}

/** The README with its line of migration tools as the registry has them. */
function readme(): string {
  const text = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const titles = runners.map(({ title }) => title).sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1))
  return text.replace(/^Migration tools that are read: .*$/m, `Migration tools that are read: ${titles.join(', ')}.`)
}

function runnersPage(): string {
  const rows = runners
    .toSorted((a, b) => (a.title.toLowerCase() < b.title.toLowerCase() ? -1 : 1))
    .map(({ name, title, about, historyTables }) => {
      const tables = historyTables.map((table) => `\`${table}\``).join(', ')
      return `| ${title} | \`${name}\` | ${literal(about.files)} | ${literal(about.transaction)} | ${tables} |`
    })
  return page([
    '# Migration tools',
    generated,
    'The tools whose migrations Lockcast reads, which files are theirs, what each wraps them in, and where it keeps its history (those tables are never reported as missing). The second column is the name for `runner` in the [policy](policy.md) and for `--runner`. `lockcast detect` prints which tool runs which folder of a repository, and why.',
    ['| tool | name | files | transaction | history |', '| :-- | :-- | :-- | :-- | :-- |', ...rows].join('\n'),
    'A file belongs to the tool that the policy names for it, else to the tool whose marker its text has, else to the one that is surest of its path. Where a repository depends on several tools, the text decides between them; two tools that are equally sure are an error that names both.',
    '**What is not read fails the check.** A file with the path or the marker of a migration tool, or in a folder for migrations, of which no statement can be read is the finding [`not-reviewed`](hazards/not-reviewed.md): Flyway in Java or Kotlin, Liquibase in XML, YAML or JSON, EF Core, Laravel, Doctrine, goose in Go, SeaORM and others. To review it, hand over the SQL that the tool sends: `lockcast review -` reads it from standard input, `--from-command` runs the command that prints it. A path that is no migration goes under `not_migrations` in the policy.',
    '**Other databases.** A migration of MySQL, SQLite, ClickHouse and the like is named as skipped and left out: by a folder (`mysql/`), a suffix (`1_x.mysql.up.sql`), a config file of its tool, or the dialect of its text. A file with words that only PostgreSQL knows is never left out. `migrations[].dialect` in the policy decides before all of that.',
    'How to add one: [adding a runner](adding-a-runner.md).',
  ])
}

function policyPage(): string {
  const rows = keysOf(policyJsonSchema() as JsonSchema, '').map(
    ({ key, type, fallback, description }) => `| \`${key}\` | ${type} | ${fallback} | ${description} |`,
  )
  return page([
    '# The policy file',
    generated,
    "`.github/lockcast.yml`. The app reads it from the pull request's base branch, never from its head, so a pull request cannot change the rules it is judged by; the command line reads it from the current folder or from `--config FILE`. Without the file the defaults count. An unknown key is a mistake that is named, with the nearest right one. A pull request that changes the file is told its mistakes before it is merged.",
    [
      '```yaml',
      'fail_on: high',
      'budget:',
      '  reads: 1s',
      '  writes: 2s',
      '  tables:',
      '    public.audit_log:',
      '      writes: 30s',
      'session:',
      '  lock_timeout: 3s',
      '```',
    ].join('\n'),
    '`lockcast policy check [FILE]` lists every mistake with its line. `lockcast policy show` prints the policy in force and where each value comes from, with `--repo OWNER/REPO` that of a repository on GitHub.',
    "**Defaults for an organisation.** The same file in the owner's repository `.github` (`.github/lockcast.yml` there, on its default branch) holds for all repositories of that owner; the app has to be installed on that repository to read it. A repository's own file goes over it: mappings are merged key by key, lists and single values are replaced. What `locked` names there a repository cannot set: its word is passed over with a note in the check, so that a new lock breaks nobody's merges. A mistake in the organisation's file fails the check in all its repositories.",
    [
      '```yaml',
      '# acme/.github: .github/lockcast.yml',
      'fail_on: high',
      'numbers:',
      '  public: none',
      'locked: [numbers, override]',
      '```',
    ].join('\n'),
    ['| key | value | default | |', '| :-- | :-- | :-- | :-- |', ...rows].join('\n'),
    'A duration is written as PostgreSQL writes it: `500ms`, `2s`, `10min`; a bare number is milliseconds.',
    'For editors there is a [JSON Schema](../schema/policy.json). With the YAML extension of VS Code, or any editor that has yaml-language-server, this first line completes and checks the file:',
    ['```yaml', `# yaml-language-server: $schema=${policySchemaAddress}`, 'fail_on: high', '```'].join('\n'),
  ])
}

interface Key {
  key: string
  type: string
  fallback: string
  description: string
}

function keysOf(schema: JsonSchema, prefix: string): Key[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, child]): Key[] => {
    const key = `${prefix}${name}`
    if (child.properties) return keysOf(child, `${key}.`)
    const own = {
      key,
      type: typeOf(child),
      fallback: fallbackOf(key, child),
      description: literal(child.description ?? ''),
    }
    const { items, additionalProperties: values } = child
    if (items?.properties) return [own, ...keysOf(items, `${key}[].`)]
    if (typeof values === 'object' && values.properties) return [own, ...keysOf(values, `${key}.<name>.`)]
    return [own]
  })
}

function typeOf(schema: JsonSchema): string {
  if (isDuration(schema)) return 'duration'
  const choices = [schema, ...(schema.anyOf ?? [])].flatMap(
    (jsonSchema) => jsonSchema.enum ?? ('const' in jsonSchema ? [jsonSchema.const] : []),
  )
  if (choices.length > 0) return choices.map((choice) => `\`${choice}\``).join(', ')
  if (schema.type === 'array') return schema.items?.properties ? 'list' : `list of ${typeOf(schema.items ?? {})}s`
  if (schema.type === 'object') return 'by name'
  if (schema.type === 'integer') return `${schema.minimum} to ${schema.maximum}`
  return String(schema.type)
}

/** What the policy is when the file does not say it; the schema prints no default for a duration. */
function fallbackOf(key: string, schema: JsonSchema): string {
  const value = key
    .split('.')
    .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], defaultPolicy)
  if (value === undefined || value === null) return ''
  if (isDuration(schema)) return `\`${durationWritten(Number(value))}\``
  return typeof value === 'object' ? '' : `\`${value}\``
}

/** A glob's stars are no emphasis. */
function literal(text: string): string {
  return text.replaceAll('*', '\\*')
}

function isDuration({ type }: JsonSchema): boolean {
  return Array.isArray(type) && type.includes('string') && type.includes('number')
}

function page(parts: string[]): string {
  return `${parts.join('\n\n')}\n`
}
