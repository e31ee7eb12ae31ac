import type { DemoSupport } from '../../src/cli/demo/support.ts'
import { startFakeGitHub } from './github/fake-github.ts'
import { startLockcast } from './github/lockcast.ts'
import { startPostgres, startStandby, waitForReplay } from './postgres.ts'

/** What `lockcast demo` takes from here, by this file's address. */
export const support = { startPostgres, startStandby, waitForReplay, startFakeGitHub, startLockcast }

// The demo knows these by their shapes only; this line holds them to it.
support satisfies DemoSupport
