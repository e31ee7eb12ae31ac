import { InvalidArgumentError, Option } from 'commander'
import { severities } from '../../hazards/severity.ts'

const thresholds = [...severities, 'never']

export function textOrJson(): Option {
  return new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text')
}

export function failOn(): Option {
  return new Option('--fail-on <severity>', 'exit with 1 from this severity on').choices(thresholds)
}

export function runner(): Option {
  return new Option('--runner <name>', 'the migration tool (default: detected)')
}

function majorVersion(text: string): number {
  const version = Number(text)
  if (!Number.isInteger(version) || version < 10 || version > 18)
    throw new InvalidArgumentError('a major version from 10 to 18')
  return version
}

/** Parses a number from 1 to 999,999. */
export function count(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('a number from 1')
  return Number(text)
}

/** Options that say where catalog and activity come from. */
export const sourceOptions = [
  new Option(
    '--database-url <url>',
    'read the catalog from this database, best a read-only replica (or LOCKCAST_DATABASE_URL)',
  ),
  new Option('--snapshot <file>', 'read the catalog from a file that lockcast snapshot wrote'),
  new Option('--without-database', 'review with unknown sizes and schema, also where the environment names a database'),
  new Option('--profile <file>', 'what lockcast calibrate measured, for forecasts'),
  new Option(
    '--activity-url <url>',
    'ask the primary here, with a role that has pg_monitor, how much goes on (or LOCKCAST_ACTIVITY_URL)',
  ),
  new Option('--activity-interval <duration>', 'between the two readings of its counters (default: 5s)'),
]
/** The same for a review of files. */
export const catalogOptions = [
  ...sourceOptions,
  new Option('--postgres-version <n>', "major version to judge for (default: the server's, else 17)").argParser(
    majorVersion,
  ),
  new Option('--config <file>', 'policy file (default: .github/lockcast.yml)'),
]
