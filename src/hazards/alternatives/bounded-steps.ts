import type { ReviewContext } from '../context/review-context.ts'
import { type Alternative, type AlternativeStep, lockTimeout, own, same } from './alternative.ts'

/**
 * The alternative with a lock_timeout in each transaction of its own that waits for a strong lock, unless the session has
 * one: whoever copies it must not queue every query behind a long one.
 */
export function bounded({ summary, steps }: Alternative, { policy, sessionWaits }: ReviewContext): Alternative {
  if (!sessionWaits) return { summary, steps }
  return {
    summary,
    steps: steps.flatMap((step, at) =>
      step.transaction === 'own' && transactionAt(steps, at).some(({ sql }) => waits.test(sql))
        ? [own(step.file, `SET LOCAL ${lockTimeout(policy)};`), same(step.file, step.sql)]
        : [step],
    ),
  }
}

function transactionAt(steps: AlternativeStep[], at: number): AlternativeStep[] {
  const [first, ...rest] = steps.slice(at)
  const end = rest.findIndex(({ transaction, file }) => transaction !== 'same' || file !== first?.file)
  return steps.slice(at, at + 1 + (end < 0 ? rest.length : end))
}

/** By their first words: these steps are our own, and a lock_timeout too many does no harm. */
const waits =
  /^(ALTER (TABLE(?![^;]* VALIDATE CONSTRAINT)|INDEX|(MATERIALIZED )?VIEW)|DROP (TABLE|(MATERIALIZED )?VIEW|TRIGGER)|CREATE (OR REPLACE )?TRIGGER|CREATE TABLE\b[^;]* PARTITION OF)/i
