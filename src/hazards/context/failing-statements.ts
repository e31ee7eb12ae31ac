import { once } from './once.ts'
import type { Step } from './review-context.ts'

/** The statements of both directions that fail, cannot run in their transaction, or are not understood. */
export const failing = once(({ steps }) =>
  steps.filter(
    ({ statement, analysis, refuses }) =>
      statement.error !== null || analysis.fails !== null || analysis.unknown !== null || refuses !== null,
  ),
)

type Fails = NonNullable<Step['analysis']['fails']>

/** The problem with a name: missing or taken; null where PostgreSQL refuses for another reason. */
export function wrongName({ sqlstate, message }: Fails): 'missing' | 'taken' | null {
  if (/^(42P07|42701|42710|42P06)$/.test(sqlstate)) return 'taken'
  // The same codes are used for rules too: no operator class for json, no primary key to refer to.
  return /^(42P01|42703|42704|3F000|42883)$/.test(sqlstate) && /does not exist/.test(message) ? 'missing' : null
}
