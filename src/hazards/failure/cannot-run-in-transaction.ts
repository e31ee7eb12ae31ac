import { outside, outsideHow, own, titleOf } from '../alternatives.ts'
import { plainVacuum } from '../blocking/table-rewrite.ts'
import { type Draft, defineHazard } from '../hazard.ts'
import type { Alternative, Step } from '../scene.ts'
import { unwritten } from '../unwritten.ts'

export const hazard = defineHazard({
  ...unwritten,
  id: 'cannot-run-in-transaction',
  group: 'failure',
  title: 'A statement that refuses a transaction is in one',
  page: {
    what: 'CREATE INDEX CONCURRENTLY, VACUUM and some others abort with SQLSTATE 25001 inside a transaction block, be it the runner’s, the file’s own BEGIN, or the implicit one of several statements sent together.',
    why: 'The migration fails on every database, large or small.',
    instead: 'Give the statement a migration of its own and switch the runner’s transaction off for it.',
    harmless: '',
  },
  tell: (found: Draft) => found,
  detect: (scene): Draft[] =>
    scene.steps.flatMap((step): Draft[] => {
      if (step.refuses?.sqlstate !== '25001') return []
      const [first] = step.effects
      const { wrapping } = step.migration
      const runner = titleOf(step.migration)
      const because = step.transaction?.explicit
        ? 'the BEGIN above it opened one'
        : wrapping === 'implicit'
          ? `${runner} sends the whole file as one query, and its ${step.transaction?.steps.length} statements are one implicit transaction`
          : step.migration.runner === 'plain'
            ? 'a file of plain SQL counts as one, unless the policy says otherwise'
            : `${runner} wraps the ${step.migration.batch ? 'whole batch of pending files' : 'file'} in one`
      return [
        {
          step,
          severity: 'critical',
          relation: first?.effect.relation ?? null,
          rows: first?.effect.relation.size.rows ?? null,
          message: `Will fail: ${step.refuses.message}`,
          why: `The statement runs in a transaction: ${because}. Run it outside: ${outsideHow(step)}.`,
          related: [],
          alternative: rewrites(step) ?? {
            summary: `Run it outside a transaction: ${outsideHow(step)}.`,
            steps: [
              step.migration.optOut === null && wrapping !== 'autocommit'
                ? own(1, `COMMIT;`)
                : outside(1, `${step.statement.sql};`),
              ...(step.migration.optOut === null && wrapping !== 'autocommit'
                ? [outside(1, `${step.statement.sql};`)]
                : []),
            ],
          },
        },
      ]
    }),
})

/** VACUUM FULL outside of the transaction would run, and block everyone. */
function rewrites(step: Step): Alternative | null {
  const rewritten = step.effects.find(({ effect }) => effect.rewrite)
  return rewritten && 'VacuumStmt' in (step.statement.node ?? {}) ? plainVacuum(rewritten.effect.relation) : null
}
