import { annotations } from '../report/annotations.ts'
import { json } from '../report/json.ts'
import { reviewMarkdown } from '../report/markdown.ts'
import { sarif } from '../report/sarif.ts'
import { text } from '../report/text.ts'
import type { Review } from '../review/result.ts'
import type { Format } from './formats.ts'

/** Prints a review on standard output; colour only on a terminal that wants it. */
export function printReview(reviewed: Review, format: Format): void {
  process.stdout.write(rendered(reviewed, format))
}

function rendered(reviewed: Review, format: Format): string {
  switch (format) {
    case 'text':
      return text(reviewed, {
        colour: process.stdout.hasColors?.() ?? false,
        width: Math.min(process.stdout.columns ?? 100, 120),
      })
    case 'json':
      return json(reviewed)
    case 'markdown':
      return reviewMarkdown(reviewed, 'exact')
    case 'sarif':
      return sarif(reviewed)
    case 'github':
      return annotations(reviewed)
  }
}
