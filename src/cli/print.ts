import { annotations } from '../report/annotations.ts'
import { codeQuality } from '../report/code-quality.ts'
import { gcc } from '../report/gcc.ts'
import { json } from '../report/json.ts'
import { reviewMarkdown } from '../report/markdown.ts'
import { rdjson } from '../report/rdjson.ts'
import { sarif } from '../report/sarif.ts'
import { text } from '../report/text.ts'
import type { Review } from '../review/result.ts'
import type { Format } from './formats.ts'
import { screenOf } from './screen.ts'

/** Prints a review on standard output; colour only on a terminal that wants it. */
export function printReview(reviewed: Review, format: Format, detail: boolean): void {
  process.stdout.write(rendered(reviewed, format, detail))
}

function rendered(reviewed: Review, format: Format, detail: boolean): string {
  switch (format) {
    case 'text':
      return text(reviewed, { ...screenOf(process.stdout, process.env), detail })
    case 'json':
      return json(reviewed)
    case 'markdown':
      return reviewMarkdown(reviewed, 'exact')
    case 'sarif':
      return sarif(reviewed)
    case 'github':
      return annotations(reviewed)
    case 'gcc':
      return gcc(reviewed)
    case 'gitlab':
      return codeQuality(reviewed)
    case 'rdjson':
      return rdjson(reviewed)
  }
}
