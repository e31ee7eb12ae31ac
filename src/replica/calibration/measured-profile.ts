import { type PartName, type Profile, partUnits } from '../../catalog/profile.ts'
import { cloudDisks } from '../../forecast/cloud-disks.ts'
import type { SampleRates } from './sample.ts'
import type { ScratchRates } from './scratch.ts'

interface Measured {
  takenAt: string
  serverVersion: number
  samples: SampleRates | null
  scratch: ScratchRates | null
}

/**
 * How far a part may differ from one measurement: caches, other load, and rows that are not those of the measurement.
 * docs/forecast.md has how often the truth lay within.
 */
const spread = { low: 1 / 1.9, high: 1.35 }

/** Processors differ less than disks: without a scratch database the parts that write are moved along by so much. */
const processor: ReadonlySet<PartName> = new Set([
  'evaluate',
  'call function',
  'sort text',
  'form keys',
  'write rows',
  'look up in hash',
  'fire triggers',
])

/** Replaces the careful figures for cloud disks by measured ones. Pure. */
export function profileFrom({ takenAt, serverVersion, samples, scratch }: Measured): Profile {
  const parts = { ...cloudDisks.parts }
  const put = (part: PartName, low: number, high = low): void => {
    parts[part] = { low: low * spread.low, high: high * spread.high }
  }
  if (scratch) for (const [part, seconds] of Object.entries(scratch.parts)) put(part as PartName, seconds)
  if (samples) {
    put('read heap', samples.secondByte, Math.max(samples.firstByte, samples.secondByte))
    // Parts that only compute are measured better by whole scans of our own tables.
    if (!scratch) put('walk rows', samples.row)
    if (samples.sort !== null && !scratch) put('sort', samples.sort)
  }
  if (samples && !scratch) {
    const reference = cloudDisks.parts['walk rows']
    const factor = samples.row / Math.sqrt(reference.low * reference.high)
    for (const part of processor) {
      const { low, high } = cloudDisks.parts[part]
      put(part, Math.sqrt(low * high) * factor)
    }
  }
  const gain = scratch?.workerGain ?? null
  return {
    lockcastProfile: 1,
    measuredAt: takenAt,
    serverVersion,
    writes: scratch ? 'measured' : 'assumed',
    parts: Object.fromEntries(
      (Object.keys(partUnits) as PartName[]).map((part) => [part, rounded(parts[part])]),
    ) as Profile['parts'],
    workerGain: gain === null ? cloudDisks.workerGain : { low: gain * 0.7, high: Math.min(1, gain * 1.2 + 0.05) },
  }
}

/** Three digits say all that was measured. */
function rounded({ low, high }: { low: number; high: number }): { low: number; high: number } {
  return { low: Number(low.toPrecision(3)), high: Number(high.toPrecision(3)) }
}
