import type { Profile } from '../catalog/profile.ts'

const ns = 1e-9

/**
 * Figures without calibration: a recent processor with everything in memory at best, a loaded one before a network
 * disk of 100 MB/s reading and 50 MB/s writing at worst. Careful on purpose, and wide.
 */
export const cloudDisks: Profile = {
  lockcastProfile: 1,
  measuredAt: null,
  serverVersion: null,
  writes: 'assumed',
  parts: {
    'read heap': { low: 0.5 * ns, high: 10 * ns },
    'walk rows': { low: 25 * ns, high: 120 * ns },
    evaluate: { low: 10 * ns, high: 60 * ns },
    'call function': { low: 200 * ns, high: 1_500 * ns },
    sort: { low: 6 * ns, high: 25 * ns },
    // A collation of the C library compares text several times slower than C or ICU.
    'sort text': { low: 10 * ns, high: 100 * ns },
    spill: { low: 3 * ns, high: 25 * ns },
    'form keys': { low: 40 * ns, high: 250 * ns },
    'write index': { low: 0.5 * ns, high: 10 * ns },
    'write rows': { low: 120 * ns, high: 800 * ns },
    'write heap': { low: 0.7 * ns, high: 10 * ns },
    'write WAL': { low: 2.5 * ns, high: 20 * ns },
    'insert rows': { low: 250 * ns, high: 1_500 * ns },
    'update rows': { low: 700 * ns, high: 5_000 * ns },
    'delete rows': { low: 350 * ns, high: 3_000 * ns },
    'add index entries': { low: 1_500 * ns, high: 12_000 * ns },
    'look up in hash': { low: 60 * ns, high: 500 * ns },
    'look up by index': { low: 2_500 * ns, high: 20_000 * ns },
    'read at random': { low: 50_000 * ns, high: 500_000 * ns },
    'fire triggers': { low: 400 * ns, high: 3_000 * ns },
  },
  workerGain: { low: 0, high: 0.9 },
}
