import { type DestinationStream, type Logger, pino } from 'pino'

export type LogLevel = 'info' | 'warn' | 'error'

/**
 * The server's log: JSON lines. Of an error only its kind and where it was thrown are kept: messages and extra
 * properties of Octokit's, Postgres's and Probot's errors carry payloads, SQL, URLs and connection strings. There is no
 * level below info, since Probot logs whole requests there.
 */
export function createLog(level: LogLevel, destination?: DestinationStream): Logger {
  const options = { level, base: {}, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: described } }
  return destination ? pino(options, destination) : pino(options)
}

function described(error: unknown): object {
  if (!(error instanceof Error)) return { name: typeof error }
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return { name: error.name, stack: frames.slice(0, 8).map((line) => line.trim()) }
}
