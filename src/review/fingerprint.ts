import { createHash } from 'node:crypto'

/**
 * Names a finding across commits: hazard, path, relation, normalised statement, and a number among equals; never the
 * line, so that a comment stays with its finding when lines move. 16 hexadecimal digits.
 */
export function fingerprints(
  findings: { hazard: string; path: string; relation: string | null; sql: string }[],
): string[] {
  const seen = new Map<string, number>()
  return findings.map(({ hazard, path, relation, sql }) => {
    const text = JSON.stringify([hazard, path, relation, sql.replace(/\s+/g, ' ').trim().toLowerCase()])
    const number = (seen.get(text) ?? 0) + 1
    seen.set(text, number)
    return createHash('sha256').update(`${text}#${number}`).digest('hex').slice(0, 16)
  })
}
