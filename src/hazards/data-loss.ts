import type { Relation } from '../catalog/catalog.ts'
import type { Mark } from '../effects/judging.ts'
import { isUnseen, namesOf } from './blocked.ts'
import type { Draft, Hazard, Scene, Severity } from './hazard.ts'

/** A hazard about marks of one kind that lose the rows of a table: nothing on empty or new ones, high otherwise. */
export function dataLossHazard<K extends Mark['kind']>(about: {
  id: string
  title: string
  page: Hazard['page']
  kind: K
  severity: (mark: Extract<Mark, { kind: K }>) => Severity | null
  /** Said once for all tables of a statement: TRUNCATE … CASCADE and DROP TABLE a, b. */
  together?: (names: string) => string
  message: (mark: Extract<Mark, { kind: K }>, scene: Scene) => string
  why: (mark: Extract<Mark, { kind: K }>, scene: Scene) => string
}): Hazard {
  return {
    id: about.id,
    group: 'data loss',
    title: about.title,
    page: about.page,
    detect: (scene) =>
      scene.steps.flatMap((step) => {
        if (step.migration.direction === 'down') return []
        const drafts = step.judgement.marks
          .filter((mark): mark is Extract<Mark, { kind: K }> => mark.kind === about.kind)
          .flatMap((mark): Draft[] => {
            const relation = relationOf(mark)
            const severity = about.severity(mark)
            if (!relation || severity === null || !holdsData(relation)) return []
            return [
              {
                step,
                severity,
                relation,
                rows: relation.size.rows,
                message: about.message(mark, scene),
                why: about.why(mark, scene),
                related: [],
                alternative: null,
              },
            ]
          })
        return about.together ? merged(drafts, about.together, scene) : drafts
      }),
  }
}

function merged(drafts: Draft[], words: (names: string) => string, scene: Scene): Draft[] {
  const [first, ...others] = drafts
  if (!first || others.length === 0) return drafts
  const relations = drafts.flatMap(({ relation }) => relation ?? [])
  const rows = relations.reduce<number | null>(
    (sum, { size }) => (sum === null || size.rows === null ? null : sum + size.rows),
    0,
  )
  const lost = rows === null ? 'an unknown number of rows' : scene.say.rows(rows)
  const related = others.slice(0, 20).map(({ step, relation }) => ({ step, relation }))
  return [{ ...first, rows, related, message: `Loses ${lost}: ${words(namesOf(relations))}` }]
}

function relationOf(mark: Mark): Relation | null {
  return 'relation' in mark ? mark.relation : null
}

/** Views and sequences hold nothing of their own; an empty or new table loses nothing; unknown counts as large. */
export function holdsData(relation: Relation): boolean {
  if (!['table', 'partitioned table'].includes(relation.kind) || relation.persistence === 'temporary') return false
  return relation.size.rows !== 0 && !isUnseen(relation)
}

/** `80 M rows`, or that their number is unknown. */
export function rowsPhrase(relation: Relation, scene: Scene): string {
  return relation.size.rows === null ? 'an unknown number of rows' : scene.say.rows(relation.size.rows)
}
