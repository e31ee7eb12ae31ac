import { columnOf, type Relation } from '../catalog/catalog.ts'
import { provesNotNull } from '../catalog/expressions.ts'
import { quoteName, quoteRelation } from '../sql/quote.ts'
import { alternative, batch, notNullByCheck, notValidThenValidate, outside, own, someValue } from './alternatives.ts'
import type { AlternativeStep, Draft, Hazard, Scene, Step } from './hazard.ts'

export const nullValuesPresent: Hazard = {
  id: 'null-values-present',
  group: 'failure',
  title: 'A column that holds nulls is made NOT NULL',
  page: {
    what: 'SET NOT NULL, or the validation of CHECK (… IS NOT NULL), aborts on the first null it reads; the column’s statistics say that there are some.',
    why: 'The migration fails after reading part of the table under its lock.',
    instead: 'Fill the nulls in batches first, in an earlier deployment.',
  },
  detect: (scene) => scene.steps.flatMap((step) => claimsOf(step).flatMap((claim) => draftsOf(step, claim, scene))),
}

function draftsOf(step: Step, { relation, column: claimed }: Claim, scene: Scene): Draft[] {
  const column = columnOf(relation, claimed)
  const share = column?.statistics?.nullFraction ?? 0
  const { rows } = relation.size
  if (column?.notNull || share <= 0 || rows === 0) return []
  const name = quoteName(claimed)
  const nulls = rows === null ? null : Math.max(1, Math.round(rows * share))
  return [
    {
      step,
      severity: 'critical',
      relation,
      rows: nulls,
      message: `Will fail: \`${quoteRelation(relation)}.${name}\` holds about ${nulls === null ? 'some' : scene.say.rows(nulls).replace(/ rows?$/, '')} nulls`,
      why: `The statistics say that ${scene.exact ? `${Number((share * 100).toPrecision(2))} % of the values are null` : 'some values are null'}; PostgreSQL aborts with SQLSTATE 23502 or 23514 on the first one.`,
      related: [],
      alternative: alternative('Fill the nulls in batches first; then let it be checked without blocking.', [
        outside(
          1,
          batch(relation, { update: `${name} = ${column?.default ?? someValue(column?.type)}` }, `${name} IS NULL`),
        ),
        ...checked(step, relation, claimed, scene),
      ]),
    },
  ]
}

/** What the statement wanted once no null is left. */
function checked(step: Step, relation: Relation, column: string, scene: Scene): AlternativeStep[] {
  for (const mark of step.judgement.marks) {
    if (mark.kind === 'validates constraint') return [own(2, `${step.statement.sql};`)]
    if (mark.kind === 'adds constraint' && mark.type === 'check')
      return notValidThenValidate(relation, mark.constraint, mark.definition, 2)
  }
  return notNullByCheck(relation, column, 2, scene.catalog)
}

interface Claim {
  relation: Relation
  column: string
}

/** The columns that a statement claims to be free of nulls now. */
function claimsOf(step: Step): Claim[] {
  return step.judgement.marks.flatMap((mark): Claim[] => {
    if (mark.kind === 'sets not null' && !mark.proven) return [mark]
    if (mark.kind === 'adds constraint' && mark.type === 'check' && mark.validated) {
      const column = mark.columns.find((one) => provesNotNull(mark.definition, one))
      if (column) return [{ relation: mark.relation, column }]
    }
    if (mark.kind === 'adds constraint' && mark.type === 'primary key') {
      const column = mark.columns.find((one) => columnOf(mark.relation, one)?.notNull === false)
      if (column) return [{ relation: mark.relation, column }]
    }
    if (mark.kind === 'validates constraint') {
      const constraint = mark.relation.constraints.find((one) => one.name === mark.constraint)
      const column =
        constraint?.kind === 'check' && !constraint.validated
          ? constraint.columns.find((one) => provesNotNull(constraint.definition, one))
          : undefined
      if (column) return [{ relation: mark.relation, column }]
    }
    return []
  })
}
