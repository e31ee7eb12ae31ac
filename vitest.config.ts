import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Vitest leaves one processor free for itself and so uses one of two; files wait on servers and processes anyway.
    maxWorkers: '100%',
  },
})
