import type { Relation } from '../catalog/relation.ts'
import type { Alternative } from './alternatives/alternative.ts'
import { bounded } from './alternatives/bounded-steps.ts'
import type { ReviewContext, Step } from './context/review-context.ts'
import type { Example } from './example.ts'
import type { Severity } from './severity.ts'

/** The groups of hazards, in the order of the docs. A hazard's folder is its group with `-` for the space. */
export const groups = ['blocking', 'failure', 'data loss', 'compatibility', 'advice'] as const

/** One kind of danger: all that is known of it, in one file. {@link defineHazard} makes it. */
export interface Hazard extends Description {
  /** Finds the hazard in the context and words it. */
  detect(context: ReviewContext): FindingDraft[]
}

/** The contents of the hazard's page. Prose is in whole sentences. */
export interface Description {
  /** The name of its file. */
  id: string
  group: (typeof groups)[number]
  /** One line for lists, without a full stop. */
  title: string
  page: {
    what: string
    why: string
    instead: string
    /** When it does not matter, so that Lockcast is silent or the finding is low. */
    harmless: string
  }
  /** The facts that it needs to be certain. A missing fact never turns a danger safe. */
  facts: readonly ('effects' | 'catalog' | 'statistics' | 'activity' | 'code' | 'history')[]
  /** The SQLSTATE of the error or warning; empty when the statement itself works. */
  sqlstates: readonly string[]
  /** The server's source (function and file) or the measurement that backs it. */
  source: string
  /** Hazards that are silent on a statement for which this one is critical. */
  covers?: readonly string[]
  /** Run on a real server: each bad one gives exactly this finding and shows its danger, each good one gives none. */
  examples: { bad: readonly Example[]; good: readonly Example[] }
}

/** Where a hazard was found and how bad it is there: the detection's part of a finding. */
export interface Detection {
  step: Step
  severity: Severity
  relation: Relation | null
  rows: number | null
  related?: { step: Step; relation: Relation | null }[]
}

/** The words of a finding. Message, why and the alternative's summary are at most four sentences together. */
export interface Wording {
  /** Verdict and number first: one line without a full stop. */
  message: string
  /** The consequence and why it matters, one or two sentences. */
  why: string
  /** The safe way. */
  alternative: Alternative | null
}

/** A finding before its severity is compared, its fingerprint made and its place written out. */
export interface FindingDraft extends Detection, Wording {
  /** The column or index that it is about; null when it is about more or less. */
  item: string | null
  related: { step: Step; relation: Relation | null }[]
}

/** Puts a hazard together: `detect` finds, `describe` finds the words for one that was found. */
export function defineHazard<Found extends Detection>(
  about: Description & {
    detect: (context: ReviewContext) => Found[]
    describe: (found: Found, context: ReviewContext) => Wording
  },
): Hazard {
  const { detect, describe, ...description } = about
  return {
    ...description,
    detect: (context) =>
      detect(context).map((found) => {
        const { step, severity, relation, rows, related = [] } = found
        const words = describe(found, context)
        const way = words.alternative && bounded(words.alternative, context)
        return { step, severity, relation, rows, related, item: itemOf(found), ...words, alternative: way }
      }),
  }
}

/** The column or index that a hazard notes with what it found. */
function itemOf(found: object): string | null {
  const { column, index, change } = found as { column?: unknown; index?: unknown; change?: unknown }
  for (const value of [column, index]) {
    if (typeof value === 'string') return value
    if (typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string')
      return value.name
  }
  return typeof change === 'object' && change !== null ? itemOf({ ...change, change: null }) : null
}
