import { readFileSync, writeFileSync } from 'node:fs'
import { hazards } from '../src/hazards/registry.ts'
import { defaultPolicy, policyJsonSchema } from '../src/policy/policy.ts'

/**
 * Writes the documents that the code knows best: `npm run docs`. With `--check` it writes nothing and exits with 1 when
 * one of them is stale.
 */

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

const root = new URL('../', import.meta.url)
const documents = {
  'docs/hazards.md': hazardsPage(),
  'docs/policy.md': policyPage(),
  'schema/policy.json': `${JSON.stringify(policyJsonSchema(), null, 2)}\n`,
}

const stale = Object.entries(documents).filter(([path, text]) => read(path) !== text)
if (process.argv.includes('--check')) {
  for (const [path] of stale) process.stderr.write(`${path} is stale: npm run docs\n`)
  process.exitCode = stale.length > 0 ? 1 : 0
} else {
  for (const [path, text] of stale) {
    writeFileSync(new URL(path, root), text)
    process.stdout.write(`${path} written\n`)
  }
}

function hazardsPage(): string {
  const groups = [...new Set(hazards.map(({ group }) => group))]
  const anchors = hazards.map(({ id, title }) => `| [\`${id}\`](#${id}) | ${title} |`)
  const sections = groups.flatMap((group) => [
    `## ${group.charAt(0).toUpperCase()}${group.slice(1)}`,
    ...hazards
      .filter((hazard) => hazard.group === group)
      .flatMap(({ id, title, page }) => [
        `### ${id}`,
        `**${title}.** ${page.what}`,
        page.why,
        `*Instead:* ${page.instead}`,
      ]),
  ])
  return page([
    '# Hazards',
    generated,
    'What Lockcast looks for. The severity of a finding is not fixed to its hazard: it is computed from the table at hand, its size, and how long its reads and writes may be blocked ([policy](policy.md)).',
    ['| hazard | |', '| :-- | :-- |', ...anchors].join('\n'),
    ...sections,
  ])
}

function policyPage(): string {
  const rows = keysOf(policyJsonSchema() as JsonSchema, '').map(
    ({ key, type, fallback, description }) => `| \`${key}\` | ${type} | ${fallback} | ${description} |`,
  )
  return page([
    '# The policy file',
    generated,
    "`.github/lockcast.yml`. The app reads it from the pull request's base branch, never from its head, so a pull request cannot change the rules it is judged by; the command line reads it from the current folder or from `--config FILE`. Without the file the defaults count. An unknown key is a mistake that is named, with the nearest right one.",
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
    ['| key | value | default | |', '| :-- | :-- | :-- | :-- |', ...rows].join('\n'),
    'A duration is written as PostgreSQL writes it: `500ms`, `2s`, `10min`; a bare number is milliseconds.',
    'For editors there is a [JSON Schema](../schema/policy.json): `# yaml-language-server: $schema=…` on the first line.',
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
  const choices = [schema, ...(schema.anyOf ?? [])].flatMap((one) => one.enum ?? ('const' in one ? [one.const] : []))
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
  if (isDuration(schema)) return `\`${Number(value) / 1_000}s\``
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

function read(path: string): string | null {
  try {
    return readFileSync(new URL(path, root), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
