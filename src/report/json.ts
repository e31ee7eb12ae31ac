import type { Review } from '../review/result.ts'

/** The Review as JSON, two spaces, one line feed at the end. Its JSON Schema is schema/review.json. */
export function json(review: Review): string {
  return `${JSON.stringify(review, null, 2)}\n`
}
