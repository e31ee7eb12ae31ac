import type { PullReport } from '../../report/github-texts.ts'
import type { LabelDecision } from '../decide/override.ts'
import type { Placed } from './comment-sync.ts'

/** The comments that a review asks for: kept with its verdict, and written when budget is left. */
export interface WantedComments {
  /** The reviewed head and base: for others the comments are obsolete. */
  head: string
  base: string
  inline: Placed[]
  report: PullReport
  labels: LabelDecision[]
  /** The check's page. */
  details: string | null
}

/** Leaves out what no comment shows, which can be most of a report. */
export function withoutStatements(report: PullReport): PullReport {
  if (report.review === null) return report
  const findings = report.review.findings.map((finding) => ({ ...finding, alternative: null }))
  return { ...report, review: { ...report.review, findings, files: [], transactions: [] } }
}
