import { listOverrides, type OverrideEntry } from '../github/decide/list-overrides.ts'
import { policyLayers } from '../github/gather/repository-policy-file.ts'
import { layeredPolicy } from '../policy/layers.ts'
import { defaultPolicy } from '../policy/policy.ts'
import { oneLine } from '../report/hostile.ts'
import { UsageError } from './errors.ts'
import { clientFor, onGitHub } from './github.ts'

export interface OverridesOptions {
  /** `owner/name`. */
  repo: string
  /** A date or a time, ISO 8601. */
  since?: string
  /** Pull requests that are looked at. */
  limit: number
  format: 'text' | 'json' | 'csv'
}

/** `lockcast overrides --repo OWNER/REPO`: who overrode what and when, and what was refused, as the checks record it. */
export async function overridesCommand(options: OverridesOptions): Promise<number> {
  const since = options.since === undefined ? null : timeOf(options.since)
  const client = clientFor(options.repo)
  const entries = await onGitHub(async () => {
    const { policy } = layeredPolicy(await policyLayers(client, null))
    const { label } = (policy ?? defaultPolicy).override
    return listOverrides(client, { label, since, most: options.limit })
  })
  process.stdout.write(formats[options.format](entries))
  return 0
}

const formats = { text, json, csv } as const satisfies Record<
  OverridesOptions['format'],
  (entries: OverrideEntry[]) => string
>

function timeOf(text: string): string {
  const time = new Date(text)
  if (Number.isNaN(time.getTime())) throw new UsageError(`--since ${text}: write a date like 2026-01-31`)
  return time.toISOString().replace(/\.\d+Z$/, 'Z')
}

function text(entries: OverrideEntry[]): string {
  if (entries.length === 0) return 'No override label was set.\n'
  return entries
    .map((overrideEntry) => {
      const role = overrideEntry.role === null ? '' : ` (${overrideEntry.role})`
      const why = overrideEntry.why === null ? '' : `: ${overrideEntry.why}`
      const lines = [
        `${overrideEntry.at}  #${overrideEntry.pull}  ${overrideEntry.outcome}${why}  ${overrideEntry.label} by ${overrideEntry.actor}${role}`,
        ...(hazardsText(overrideEntry) === '' ? [] : [`  ${hazardsText(overrideEntry)}`]),
        ...(overrideEntry.reason === null ? [] : [`  reason: ${overrideEntry.reason}`]),
        ...(overrideEntry.head === '' ? [] : [`  on ${overrideEntry.head}, recorded by ${overrideEntry.app}`]),
      ]
      return `${lines.map(printable).join('\n')}\n`
    })
    .join('\n')
}

/** Reasons, labels and logins are foreign text; the indentation is ours. */
function printable(line: string): string {
  return `${/^ */.exec(line)?.[0] ?? ''}${oneLine(line)}`
}

function json(entries: OverrideEntry[]): string {
  return `${JSON.stringify(entries, null, 2)}\n`
}

const columns = ['at', 'pull', 'outcome', 'why', 'label', 'actor', 'role', 'reason', 'hazards', 'head', 'app'] as const

function csv(entries: OverrideEntry[]): string {
  const rows = entries.map((overrideEntry) =>
    columns.map((column) => (column === 'hazards' ? hazardsText(overrideEntry) : String(overrideEntry[column] ?? ''))),
  )
  return [columns, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}

/** As RFC 4180 quotes. A spreadsheet would run a cell that begins like a formula. */
function cell(value: string): string {
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

function hazardsText({ hazards }: OverrideEntry): string {
  return Object.entries(hazards)
    .map(([hazard, count]) => (count === 1 ? hazard : `${hazard} (${count})`))
    .join(', ')
}
