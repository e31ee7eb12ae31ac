import { once } from './once.ts'

/** The statements that fail, that cannot run where they stand, or that are not understood, of both directions. */
export const failing = once(({ steps }) =>
  steps.filter(
    ({ statement, judgement, refuses }) =>
      statement.error !== null || judgement.fails !== null || judgement.unknown !== null || refuses !== null,
  ),
)
