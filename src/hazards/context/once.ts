import type { ReviewContext } from './review-context.ts'

/** A look at the whole context that several hazards share: the first that asks takes it, for each context once. */
export function once<T>(look: (context: ReviewContext) => T): (context: ReviewContext) => T {
  const taken = new WeakMap<ReviewContext, { seen: T }>()
  return (context) => {
    const known = taken.get(context) ?? { seen: look(context) }
    taken.set(context, known)
    return known.seen
  }
}
