import type { Relation } from '../catalog/relation.ts'
import type { SchemaChange } from '../effects/model/schema-change.ts'
import type { Alternative } from './alternatives/alternative.ts'
import { namesOf } from './context/blocked-statements.ts'
import { holdsData, rowsPhrase } from './context/held-data.ts'
import type { ReviewContext, Step } from './context/review-context.ts'
import { changesOf, stepsOf } from './context/schema-changes.ts'
import { type Description, defineHazard, type Hazard } from './hazard.ts'
import type { Severity } from './severity.ts'

type ChangeOf<K extends SchemaChange['kind']> = Extract<SchemaChange, { kind: K; relation: Relation }>

/** Defines a hazard about changes of one kind that lose a table's data: nothing on empty or new ones. */
export function dataLossHazard<K extends SchemaChange['kind']>({
  kind,
  severity,
  together,
  message,
  why,
  alternative,
  ...about
}: Description & {
  kind: K
  severity: (change: ChangeOf<K>, context: ReviewContext) => Severity | null
  /** Said once for all tables of a statement: TRUNCATE … CASCADE and DROP TABLE a, b. */
  together?: (names: string) => string
  message: (change: ChangeOf<K>, context: ReviewContext) => string
  why: (change: ChangeOf<K>, context: ReviewContext) => string
  alternative?: (change: ChangeOf<K>, step: Step, context: ReviewContext) => Alternative | null
}): Hazard {
  return defineHazard({
    ...about,
    detect: (context) =>
      stepsOf(changesOf(context, kind)).flatMap((step) => {
        // A schema that goes with everything in it is one loss.
        if (step.analysis.changes.some((change) => change.kind === 'drops schema')) return []
        const found = step.analysis.changes
          .filter((change): change is ChangeOf<K> => change.kind === kind)
          .flatMap((change) => {
            const level = holdsData(change.relation) ? severity(change, context) : null
            return level === null ? [] : [{ step, severity: level, change }]
          })
        const groups = together ? [found] : found.map((item) => [item])
        return groups.flatMap((losses) => {
          const [first, ...others] = losses
          if (!first) return []
          const relations = losses.map(({ change }) => change.relation)
          const related = others.slice(0, 20).map(({ change }) => ({ step, relation: change.relation }))
          return [{ ...first, relation: first.change.relation, rows: totalOf(relations), related, relations }]
        })
      }),
    describe: ({ step, change, rows, relations }, context) => ({
      message:
        together && relations.length > 1
          ? `Loses ${rowsPhrase(rows, context)}: ${together(namesOf(relations))}`
          : message(change, context),
      why: why(change, context),
      alternative: alternative?.(change, step, context) ?? null,
    }),
  })
}

function totalOf(relations: Relation[]): number | null {
  return relations.reduce<number | null>(
    (sum, { size }) => (sum === null || size.rows === null ? null : sum + size.rows),
    0,
  )
}
