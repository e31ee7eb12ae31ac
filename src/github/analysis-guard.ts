import { createHash } from 'node:crypto'

/**
 * Watches over the analysis of what strangers write: parsing and reviewing run within the limits of a worker process that
 * may be ended in the middle.
 */
export interface AnalysisGuard {
  /**
   * Runs the analysis of files with these blobs (SHA by path). Throws {@link TooMuchToAnalyze} when an earlier analysis of
   * the same blobs went beyond the limits.
   */
  run<T>(blobs: Record<string, string>, task: () => Promise<T> | T): Promise<T>
}

/** An analysis went beyond the limits of time or memory. */
export class TooMuchToAnalyze extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'TooMuchToAnalyze'
  }
}

/** For a process that is nobody's to end: the command line. */
export const unguarded: AnalysisGuard = { run: async (_blobs, task) => task() }

/** Records of blobs whose analysis was ended. */
interface Suspicion {
  /** How often a process was ended while it analyzed them, among others. */
  deaths: number
  /** They alone were analyzed when a process was ended. */
  proven: boolean
  /** In words: `it took more than 400 MB of memory`. */
  limit: string
}

/** Where suspicions are kept. */
interface Suspicions {
  poison(blobs: string): Promise<string | null>
  savePoison(blobs: string, reason: string): Promise<void>
}

/**
 * Guards the analyses of a worker. `report` tells the process that watches it which blobs are under analysis, so that it
 * knows whom to suspect. Blobs that are suspected are analyzed alone: then it is certain.
 */
export function createAnalysisGuard(
  suspicions: Suspicions,
  report: (key: string, runs: boolean) => void,
): AnalysisGuard {
  let underWay = 0
  let isExclusive = false
  let waiting: (() => void)[] = []
  const wake = (): void => {
    const woken = waiting
    waiting = []
    for (const go of woken) go()
  }
  const enter = async (alone: boolean): Promise<void> => {
    while (isExclusive || (alone && underWay > 0)) await new Promise<void>((resolve) => waiting.push(resolve))
    underWay++
    isExclusive = alone
  }
  return {
    async run(blobs, task) {
      const key = blobsKey(blobs)
      const known = await suspicions.poison(key)
      const suspicion = known === null ? null : (JSON.parse(known) as Suspicion)
      if (suspicion?.proven) throw new TooMuchToAnalyze(suspicion.limit)
      await enter(suspicion !== null)
      report(key, true)
      try {
        return await task()
      } finally {
        report(key, false)
        underWay--
        isExclusive = false
        wake()
      }
    },
  }
}

/** Notes that a worker was ended while it analyzed these. */
export async function suspect(suspicions: Suspicions, keys: string[], limit: string): Promise<void> {
  for (const key of keys) {
    const known = await suspicions.poison(key)
    const deaths = known === null ? 0 : (JSON.parse(known) as Suspicion).deaths
    const suspicion: Suspicion = { deaths: deaths + 1, proven: keys.length === 1, limit }
    await suspicions.savePoison(key, JSON.stringify(suspicion))
  }
}

function blobsKey(blobs: Record<string, string>): string {
  const shas = [...new Set(Object.values(blobs))].sort()
  return createHash('sha256').update(shas.join('\n')).digest('hex')
}
