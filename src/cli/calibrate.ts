import { bytesText } from '../forecast/numbers.ts'
import { databaseAddress } from './database-url.ts'
import { UsageError } from './errors.ts'
import { writeNamed } from './named-file.ts'
import { steadyProgress } from './progress-line.ts'

interface CalibrateCommandOptions {
  databaseUrl: string
  scratchUrl?: string
  output?: string
}

/** `lockcast calibrate`: the profile on standard output or in a file; progress on standard error. */
export async function calibrateCommand(options: CalibrateCommandOptions): Promise<number> {
  databaseAddress(options.databaseUrl, '--database-url')
  if (options.scratchUrl !== undefined) databaseAddress(options.scratchUrl, '--scratch-url')
  const { calibrate, calibrateDefaults } = await import('../replica/calibration/run-calibration.ts')
  const progress = steadyProgress(process.stderr)
  const result = await calibrate({
    databaseUrl: options.databaseUrl,
    scratchUrl: options.scratchUrl ?? null,
    limits: calibrateDefaults,
    progress: progress.say,
    watch: null,
  })
  progress.end()
  if (result.kind === 'unreachable') throw new UsageError(`${result.reason} ${result.retry}`)
  if (result.kind === 'nothing') throw new UsageError(result.reason)
  const { profile, tables, bytes } = result
  const text = `${JSON.stringify(profile, null, 1)}\n`
  if (options.output === undefined) process.stdout.write(text)
  else writeNamed(options.output, text)
  const writes = profile.writes === 'measured' ? 'writes measured in the scratch database' : 'writes as for cloud disks'
  const read =
    tables > 0 ? `samples of ${tables} ${tables === 1 ? 'table' : 'tables'}, ${bytesText(bytes)}` : 'no samples'
  process.stderr.write(`calibrated: ${read}; ${writes}\n`)
  return 0
}
