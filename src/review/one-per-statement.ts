import type { FindingDraft, Hazard } from '../hazards/hazard.ts'
import { byWeight } from '../hazards/severity.ts'
import { quoteName } from '../sql/quote.ts'

interface Draft {
  hazard: Hazard
  draft: FindingDraft
}

/**
 * One finding for each statement and hazard: the worst speaks, and names the columns or indexes of the others. Drafts
 * without such a name stay apart, since nothing would say what they are about.
 */
export function onePerStatement(drafts: Draft[]): Draft[] {
  const groups = Map.groupBy(
    drafts,
    ({ hazard, draft }) => `${hazard.id}\0${draft.relation?.id}\0${draft.item !== null}`,
  )
  const merged = new Map<Draft, Draft | null>()
  for (const group of groups.values()) {
    for (const same of Map.groupBy(group, ({ draft }) => draft.step).values()) {
      const [worst, ...others] = same.toSorted((a, b) => byWeight(a.draft, b.draft))
      if (!worst || worst.draft.item === null || others.length === 0) continue
      for (const draft of same) merged.set(draft, null)
      merged.set(same[0] ?? worst, {
        hazard: worst.hazard,
        draft: together(
          worst.draft,
          others.map(({ draft }) => draft),
        ),
      })
    }
  }
  return drafts.flatMap((draft) => {
    const item = merged.get(draft)
    return item === undefined ? [draft] : item === null ? [] : [item]
  })
}

function together(worst: FindingDraft, others: FindingDraft[]): FindingDraft {
  const names = [...new Set(others.flatMap(({ item }) => (item === null ? [] : [`\`${quoteName(item)}\``])))]
  const listed = names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : names[0]
  const related = [...worst.related, ...others.flatMap((other) => other.related)]
  return { ...worst, message: `${worst.message}; the same of ${listed}`, related: related.slice(0, 20) }
}
