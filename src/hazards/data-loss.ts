import type { Relation } from '../catalog/catalog.ts'
import type { Mark } from '../effects/judging.ts'
import { isUnseen } from './blocked.ts'
import type { Draft, Hazard, Scene, Severity, Step } from './hazard.ts'

/** A hazard about marks of one kind that lose the rows of a table: nothing on empty or new ones, high otherwise. */
export function dataLossHazard<K extends Mark['kind']>(about: {
  id: string
  title: string
  page: Hazard['page']
  kind: K
  severity: (mark: Extract<Mark, { kind: K }>) => Severity | null
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
        return step.judgement.marks
          .filter((mark): mark is Extract<Mark, { kind: K }> => mark.kind === about.kind)
          .flatMap((mark): Draft[] => {
            const relation = relationOf(mark)
            const severity = about.severity(mark)
            if (!relation || severity === null || !holdsData(relation, step)) return []
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
      }),
  }
}

function relationOf(mark: Mark): Relation | null {
  return 'relation' in mark ? mark.relation : null
}

/** Views and sequences hold nothing of their own; an empty or new table loses nothing; unknown counts as large. */
export function holdsData(relation: Relation, step: Step): boolean {
  if (!['table', 'partitioned table'].includes(relation.kind) || relation.persistence === 'temporary') return false
  return relation.size.rows !== 0 && !isUnseen(relation, step)
}

/** `80 M rows`, or that their number is unknown. */
export function rowsPhrase(relation: Relation, scene: Scene): string {
  return relation.size.rows === null ? 'an unknown number of rows' : scene.say.rows(relation.size.rows)
}
