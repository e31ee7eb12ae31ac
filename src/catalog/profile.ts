import { z } from 'zod'

/**
 * What the hardware does, part by part: seconds for one unit of work, at best and at worst. `lockcast calibrate` writes
 * it, a snapshot may carry it; without one the figures of `cloudDisks` count. Nothing in it tells of a row.
 */

/** The parts a statement's work is made of, each with its unit. */
export const partUnits = {
  'read heap': 'byte',
  'walk rows': 'row',
  evaluate: 'column of a row',
  sort: 'comparison of numbers',
  'sort text': 'comparison of texts',
  spill: 'byte written to and read from a temporary file',
  'build index': 'key of an index built in order',
  'write index': 'byte of a new index, its WAL included',
  'write heap': 'byte of new storage, its WAL included',
  'write rows': 'row of new storage',
  'update rows': 'row',
  'delete rows': 'row',
  'index entry': 'entry put into an index that stands',
  'look up': 'row put into or looked for in a hash table',
  probe: 'row looked for through an index',
  'fire trigger': 'call',
  'call function': 'call',
} as const

export type PartName = keyof typeof partUnits

const names = Object.keys(partUnits) as [PartName, ...PartName[]]

/** Seconds for one unit. */
const rate = z.strictObject({ low: z.number().nonnegative(), high: z.number().positive() })

export const profileSchema = z.strictObject({
  lockcastProfile: z.literal(1),
  /** ISO 8601, UTC; null for figures that nobody measured here. */
  measuredAt: z.string().nullable(),
  /** `server_version_num` of the server that was measured; null without one. */
  serverVersion: z.number().nullable(),
  /** What stands behind the parts that write: a scratch database, or the careful figures for cloud disks. */
  writes: z.enum(['measured', 'assumed']),
  parts: z.record(z.enum(names), rate),
})

export type Profile = z.infer<typeof profileSchema>
