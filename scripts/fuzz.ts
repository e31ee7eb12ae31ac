import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { makeInput, seeded } from '../test/fuzz/inputs.ts'
import { problemOf } from '../test/fuzz/try-input.ts'

/**
 * `npm run fuzz -- [--inputs N] [--seed N] [--seconds N]`: reviews inputs that nobody would write. Prints each that
 * crashes, takes over five seconds, or is called safe although PostgreSQL does not parse it; exit code 1 when there are any.
 */
const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '3600' },
    /** A file that gets the input at hand, for one that ends the process. */
    trace: { type: 'string' },
  },
})
const first = Number(values.seed)
const end = performance.now() + Number(values.seconds) * 1_000
const problems = new Map<string, number>()
let done = 0
for (let at = 0; at < Number(values.inputs) && performance.now() < end; at++, done++) {
  const seed = first + at
  const input = makeInput(seeded(seed))
  if (values.trace) writeFileSync(values.trace, `${seed} ${JSON.stringify(input)}`)
  const problem = problemOf(input)
  if (problem === null) continue
  const kind = problem.slice(0, 160)
  problems.set(kind, (problems.get(kind) ?? 0) + 1)
  if (problems.get(kind) === 1) console.log(`seed ${seed}: ${problem}\n  ${JSON.stringify(input).slice(0, 1_500)}`)
}
console.log(
  `${done} inputs, ${[...problems.values()].reduce((sum, count) => sum + count, 0)} problems of ${problems.size} kinds`,
)
process.exit(problems.size > 0 ? 1 : 0)
