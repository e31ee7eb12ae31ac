import type { Review } from '../review/result.ts'

/** Characters that would steer a terminal stand as escapes; read as JSON the text is the same. */
export function json(review: Review): string {
  const text = JSON.stringify(review, null, 2).replace(/(?!\n)[\p{C}\p{Zl}\p{Zp}]/gu, (found) =>
    found
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  )
  return `${text}\n`
}
