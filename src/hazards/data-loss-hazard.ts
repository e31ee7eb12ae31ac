import type { Relation } from '../catalog/relation.ts'
import type { Mark } from '../effects/mark.ts'
import type { Alternative } from './alternatives/alternative.ts'
import { type Description, defineHazard, type Hazard } from './hazard.ts'
import { namesOf } from './scene/blocked.ts'
import { holdsData, rowsPhrase } from './scene/losses.ts'
import { marksOf, stepsOf } from './scene/marks.ts'
import type { Scene, Step } from './scene/scene.ts'
import type { Severity } from './severity.ts'

type MarkOf<K extends Mark['kind']> = Extract<Mark, { kind: K; relation: Relation }>

/** A hazard about marks of one kind that lose what a table holds: nothing on empty or new ones. */
export function dataLossHazard<K extends Mark['kind']>({
  kind,
  severity,
  together,
  message,
  why,
  alternative,
  ...about
}: Description & {
  kind: K
  severity: (mark: MarkOf<K>, scene: Scene) => Severity | null
  /** Said once for all tables of a statement: TRUNCATE … CASCADE and DROP TABLE a, b. */
  together?: (names: string) => string
  message: (mark: MarkOf<K>, scene: Scene) => string
  why: (mark: MarkOf<K>, scene: Scene) => string
  alternative?: (mark: MarkOf<K>, step: Step, scene: Scene) => Alternative | null
}): Hazard {
  return defineHazard({
    ...about,
    detect: (scene) =>
      stepsOf(marksOf(scene, kind)).flatMap((step) => {
        // A schema that goes with everything in it is one loss.
        if (step.judgement.marks.some((mark) => mark.kind === 'drops schema')) return []
        const found = step.judgement.marks
          .filter((mark): mark is MarkOf<K> => mark.kind === kind)
          .flatMap((mark) => {
            const level = holdsData(mark.relation) ? severity(mark, scene) : null
            return level === null ? [] : [{ step, severity: level, mark }]
          })
        const groups = together ? [found] : found.map((item) => [item])
        return groups.flatMap((losses) => {
          const [first, ...others] = losses
          if (!first) return []
          const relations = losses.map(({ mark }) => mark.relation)
          const related = others.slice(0, 20).map(({ mark }) => ({ step, relation: mark.relation }))
          return [{ ...first, relation: first.mark.relation, rows: totalOf(relations), related, relations }]
        })
      }),
    tell: ({ step, mark, rows, relations }, scene) => ({
      message:
        together && relations.length > 1
          ? `Loses ${rowsPhrase(rows, scene)}: ${together(namesOf(relations))}`
          : message(mark, scene),
      why: why(mark, scene),
      alternative: alternative?.(mark, step, scene) ?? null,
    }),
  })
}

function totalOf(relations: Relation[]): number | null {
  return relations.reduce<number | null>(
    (sum, { size }) => (sum === null || size.rows === null ? null : sum + size.rows),
    0,
  )
}
