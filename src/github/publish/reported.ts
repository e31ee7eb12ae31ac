import { z } from 'zod'
import type { PullReport } from '../../report/github-texts.ts'
import { atMost, bySeverity } from '../../report/markdown.ts'
import type { Finding } from '../../review/result.ts'

/**
 * The findings of the summary comment, hidden in itself, so that the next one can say which were fixed. Anyone with write access
 * can edit it, so it decides nothing but these sentences.
 */

const reportedFinding = z.strictObject({ fingerprint: z.string(), path: z.string(), message: z.string() })

const reportedBlock = z.strictObject({
  /** The names that were looked up: a finding about another name is not fixed. */
  catalog: z.string(),
  disclosure: z.string(),
  standing: z.array(reportedFinding),
  fixed: z.array(reportedFinding),
})

export type Reported = z.infer<typeof reportedBlock>

/** Findings that are remembered; more would crowd the comment out. */
const most = 30

/** The current findings, and the earlier ones that are fixed. `worth` selects findings that deserve a comment. */
export function reportedNow(
  report: PullReport,
  before: Reported | null,
  worth: (finding: Finding) => boolean,
): Reported {
  const { review, disclosure } = report
  const catalog = review?.catalog ?? 'none'
  const all = bySeverity(review?.findings ?? [])
  const present = new Set(all.map((finding) => finding.fingerprint))
  const standing = all
    .filter(worth)
    .slice(0, most)
    .map(({ fingerprint, path, message }) => ({ fingerprint, path: atMost(path, 200), message: atMost(message, 200) }))
  // Numbers of a private repository are not told again once it is public.
  if (!before || before.disclosure !== disclosure) return { catalog, disclosure, standing, fixed: [] }
  const absent = [...before.standing, ...before.fixed].filter(({ fingerprint }) => !present.has(fingerprint))
  const unsure = (review?.unread.length ?? 0) > 0 || (review !== null && before.catalog !== catalog)
  if (unsure) {
    const kept = before.fixed.filter(({ fingerprint }) => !present.has(fingerprint))
    const unseen = absent.filter((item) => !before.fixed.includes(item))
    return { catalog: before.catalog, disclosure, standing: [...standing, ...unseen].slice(0, most), fixed: kept }
  }
  return { catalog, disclosure, standing, fixed: absent.slice(0, most) }
}

const opening = '<!-- told '

/** Of a comment's 65,535 bytes; the rest is for the reader. */
const mostHiddenBytes = 16_000

/** One line of Markdown that nobody sees. Where names are long, fewer findings are remembered. */
export function hiddenBlock(now: Reported): string {
  const block = `${opening}${Buffer.from(JSON.stringify(now)).toString('base64url')} -->\n`
  if (block.length <= mostHiddenBytes) return block
  const half = <T>(list: T[]): T[] => list.slice(0, Math.floor(list.length / 2))
  return hiddenBlock({ ...now, standing: half(now.standing), fixed: half(now.fixed) })
}

/** The findings stored in the summary comment; null when there are none or it was edited. */
export function readReported(body: string): Reported | null {
  const [, encoded] = /^.*\r?\n<!-- told ([\w-]+) -->/.exec(body) ?? []
  if (encoded === undefined) return null
  try {
    const result = reportedBlock.safeParse(JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8')))
    return result.success ? result.data : null
  } catch {
    return null
  }
}
