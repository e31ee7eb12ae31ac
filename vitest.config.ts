import { defineConfig } from 'vitest/config'

/** Tests of the pure core keep no state and need no process of their own a file: importing the core takes a second. */
const pure = [
  'catalog',
  'effects',
  'forecast',
  'hazards',
  'policy',
  'report',
  'review',
  'runners',
  'sql',
  'truth',
  'uses',
]

export default defineConfig({
  test: {
    // Ends what hangs. A machine that is busy with other things is no failure: limits of time belong to bench/.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // Vitest leaves one processor free for itself and so uses one of two; files wait on servers and processes anyway.
    maxWorkers: '100%',
    projects: [
      {
        extends: true,
        test: { name: 'core', include: [`test/{${pure.join()}}/**/*.test.ts`, 'test/*.test.ts'], isolate: false },
      },
      {
        extends: true,
        test: { name: 'world', include: [`test/!(${pure.join('|')})/**/*.test.ts`] },
      },
    ],
  },
})
