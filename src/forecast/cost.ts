import type { PartName, Profile } from '../catalog/profile.ts'
import { bytesText, rowsText } from './numbers.ts'

/** So many units of one part. The two ends differ where it is not known which way the server goes. */
interface Cost {
  part: PartName
  low: number
  high: number
  /** Parallel workers that share it; 0 for none. */
  workers: number
}

/** The work that one effect makes the server do. */
export interface Work {
  costs: Cost[]
  /** Facts that cannot be known beforehand, one phrase each; any of them doubles the high end. */
  doubts: string[]
}

/** So many units of one part; `low`: at best, when that is fewer. */
export function cost(part: PartName, units: number, options: { low?: number; workers?: number } = {}): Cost {
  return { part, low: options.low ?? units, high: units, workers: options.workers ?? 0 }
}

/** All of it, one after the other. */
export function together(...works: Work[]): Work {
  return { costs: works.flatMap(({ costs }) => costs), doubts: [...new Set(works.flatMap(({ doubts }) => doubts))] }
}

/** How long the work takes by a profile, ms. */
export function timeOf(work: Work, profile: Profile): { lowMs: number; highMs: number } {
  const sum = (end: 'low' | 'high'): number =>
    work.costs.reduce((total, item) => total + seconds(item, end, profile), 0)
  return { lowMs: sum('low') * 1_000, highMs: sum('high') * 1_000 * (work.doubts.length > 0 ? 2 : 1) }
}

function seconds(item: Cost, end: 'low' | 'high', { parts, workerGain }: Profile): number {
  const gain = end === 'low' ? workerGain.high : workerGain.low
  return (item[end] * parts[item.part][end]) / (1 + item.workers * gain)
}

/** Bytes of WAL, at most. */
export function walOf(work: Work): number {
  return work.costs.reduce((total, item) => total + (item.part === 'write WAL' ? item.high : 0), 0)
}

/** The parts that take the time, longest first, at most three, then what is uncertain. */
export function reasonsOf(work: Work, profile: Profile): string[] {
  const parts = Map.groupBy(work.costs, ({ part }) => part)
  const weighed = [...parts].map(([part, costs]) => ({
    part,
    costs,
    seconds: costs.reduce((total, item) => total + seconds(item, 'high', profile), 0),
  }))
  const all = weighed.reduce((total, item) => total + item.seconds, 0)
  const main = weighed.filter((item) => item.seconds > all * 0.1).sort((a, b) => b.seconds - a.seconds)
  return [
    ...main
      .slice(0, 3)
      .map(({ part, costs }) => workText(part, sumOf(costs, 'high'), Math.max(...costs.map(({ workers }) => workers)))),
    ...work.doubts.map((doubt) => `twice as long at worst: ${doubt}`),
  ]
}

function sumOf(costs: Cost[], end: 'low' | 'high'): number {
  return costs.reduce((total, item) => total + item[end], 0)
}

/** One part in words: `reads 41 GB`. */
function workText(part: PartName, units: number, workers: number): string {
  const many = rowsText(units).replace(/ rows?$/, '')
  const by = workers > 0 ? ` with up to ${workers} ${workers === 1 ? 'worker' : 'workers'}` : ''
  switch (part) {
    case 'read heap':
      return `reads ${bytesText(units)}`
    case 'walk rows':
      return `walks ${many} rows`
    case 'evaluate':
      return `evaluates ${many} expressions`
    case 'call function':
      return `calls a function ${many} times`
    case 'sort':
    case 'sort text':
      return `sorts keys, ${many} comparisons${by}`
    case 'spill':
      return `sorts in files of ${bytesText(units)}: more than the memory it may use`
    case 'form keys':
      return `forms ${many} index keys${by}`
    case 'write index':
      return `writes ${bytesText(units)} of index`
    case 'write rows':
      return `forms ${many} new rows`
    case 'write heap':
      return `writes ${bytesText(units)} of rows`
    case 'write WAL':
      return `writes ${bytesText(units)} of WAL`
    case 'insert rows':
      return `inserts ${many} rows`
    case 'update rows':
      return `updates ${many} rows`
    case 'delete rows':
      return `deletes ${many} rows`
    case 'add index entries':
      return `adds ${many} index entries`
    case 'look up in hash':
      return `looks up ${many} rows`
    case 'look up by index':
      return `looks up ${many} rows by index`
    case 'read at random':
      return `reads ${many} index pages that do not fit in memory`
    case 'fire triggers':
      return `fires ${many} triggers`
  }
}
