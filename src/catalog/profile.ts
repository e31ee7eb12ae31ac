import { z } from 'zod'

/**
 * The speed of the hardware, part by part: seconds for one unit of work, at best and at worst. `lockcast calibrate` writes
 * it, a snapshot may carry it; without one the figures of `cloudDisks` count. It contains nothing about rows.
 */

/** The parts a statement's work is made of, each with its unit. */
export const partUnits = {
  'read heap': 'byte',
  'walk rows': 'row',
  evaluate: 'expression of a row',
  'call function': 'call',
  sort: 'comparison of numbers',
  'sort text': 'comparison of texts',
  spill: 'byte written to a temporary file and read again',
  'form keys': 'key of an index built whole',
  'write index': 'byte of an index built whole',
  'write rows': 'row of new storage',
  'write heap': 'byte of new rows',
  'write WAL': 'byte',
  'insert rows': 'row',
  'update rows': 'row',
  'delete rows': 'row',
  'add index entries': 'entry added to an existing index',
  'look up in hash': 'row put into or looked for in a hash table',
  'look up by index': 'row',
  'read at random': 'page that is not in memory',
  'fire triggers': 'call',
} as const

export type PartName = keyof typeof partUnits

const names = Object.keys(partUnits) as [PartName, ...PartName[]]

/** Seconds for one unit. */
const rate = z.strictObject({ low: z.number().nonnegative(), high: z.number().positive() })

export const profileSchema = z.strictObject({
  lockcastProfile: z.literal(1),
  /** ISO 8601, UTC; null for figures that were not measured here. */
  measuredAt: z.string().nullable(),
  /** `server_version_num` of the server that was measured; null without one. */
  serverVersion: z.number().nullable(),
  /** Where the figures of the writing parts come from: a scratch database, or the careful figures for cloud disks. */
  writes: z.enum(['measured', 'assumed']),
  parts: z.record(z.enum(names), rate),
  /** By how much one more worker speeds up a parallel index build: 0 for nothing, 1 for as much as the first one */
  workerGain: z.strictObject({ low: z.number().min(0), high: z.number().min(0) }),
})

export type Profile = z.infer<typeof profileSchema>
