import { expect, test } from 'vitest'
import { makeInput, seeded } from './inputs.ts'
import { problemOf } from './try-input.ts'

/** A sample of `npm run fuzz`, the same each time. */
test.each(Array.from({ length: 6 }, (_, at) => at * 1_000_000 + 1))(
  'fifty inputs from seed %i: no crash, no hang, nothing safe that PostgreSQL does not parse',
  (first) => {
    const problems = Array.from({ length: 50 }, (_, at) => first + at).flatMap((seed) => {
      const problem = problemOf(makeInput(seeded(seed)))
      return problem === null ? [] : [`seed ${seed}: ${problem}`]
    })
    expect(problems).toEqual([])
  },
)

test.each([['a template that ends in a comment: the scanner refuses what the parser takes', 76_745]])(
  '%s',
  (_words, seed) => {
    expect(problemOf(makeInput(seeded(seed)))).toBeNull()
  },
)
