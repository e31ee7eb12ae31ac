#!/usr/bin/env node
// No other import: an older Node has to get as far as this check.
import { oldNodeProblem } from './node-version.ts'

const problem = oldNodeProblem(process.versions.node)
if (problem === null) await import('./run.ts')
else {
  process.stderr.write(`lockcast: ${problem}\n`)
  process.exitCode = 2
}
