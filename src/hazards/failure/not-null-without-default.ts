import type { ColumnDef } from '@pgsql/types'
import { print, quoteName, quoteRelation } from '../../sql/quote.ts'
import { walk } from '../../sql/walk.ts'
import { alternative, batch, notNullByCheck, outside, own, someValue } from '../alternatives.ts'
import { isUnseen } from '../blocked.ts'
import { type Draft, defineHazard } from '../hazard.ts'
import type { Step } from '../scene.ts'
import { unwritten } from '../unwritten.ts'

export const hazard = defineHazard({
  ...unwritten,
  id: 'not-null-without-default',
  group: 'failure',
  covers: ['blocking-index-build', 'blocking-validation', 'blocking-unique'],
  title: 'A NOT NULL column without a default is added to a table with rows',
  page: {
    what: 'ADD COLUMN … NOT NULL without a default fails with SQLSTATE 23502 as soon as the table has one row.',
    why: 'The migration aborts.',
    instead: 'Give it a default, or add it nullable, fill it, and make it NOT NULL afterwards.',
    harmless: '',
  },
  tell: (found: Draft) => found,
  detect: (scene): Draft[] =>
    scene.steps.flatMap((step) =>
      step.judgement.marks.flatMap((mark): Draft[] => {
        if (mark.kind !== 'adds column' || !mark.notNullWithoutDefault || mark.relation.kind === 'foreign table')
          return []
        const { relation, column } = mark
        const { rows } = relation.size
        if (rows === 0 || isUnseen(relation)) return []
        const table = quoteRelation(relation)
        const name = quoteName(column)
        return [
          {
            step,
            severity: rows === null ? 'high' : 'critical',
            relation,
            rows,
            message:
              rows === null
                ? `Will fail if \`${table}\` has a row: \`${name}\` is NOT NULL and has no default`
                : `Will fail: \`${name}\` is NOT NULL without a default, and \`${table}\` has ${scene.say.rows(rows)}`,
            why: 'The rows that are there would hold null in the new column, so PostgreSQL refuses with SQLSTATE 23502.',
            related: [],
            alternative: alternative(
              'Add it nullable, fill it, then make it NOT NULL; or give it a constant default, which costs nothing.',
              [
                own(1, `${step.statement.sql.replace(/\s+NOT\s+NULL\b/i, '')};`),
                outside(
                  2,
                  batch(relation, { update: `${name} = ${someValue(typeOfNew(step, column))}` }, `${name} IS NULL`),
                ),
                ...notNullByCheck(relation, column, 3, scene.catalog),
              ],
            ),
          },
        ]
      }),
    ),
})

/** The type that the statement gives the new column. */
function typeOfNew(step: Step, column: string): string | undefined {
  let type: string | undefined
  walk(step.statement.node, (name, value) => {
    if (name === 'ColumnDef' && (value as ColumnDef).colname === column) {
      const { typeName } = value as ColumnDef
      type = typeName && print({ TypeName: typeName })
    }
    return type === undefined
  })
  return type
}
