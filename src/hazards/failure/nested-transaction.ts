import { titleOf } from '../alternatives.ts'
import { type Draft, defineHazard } from '../hazard.ts'
import { unwritten } from '../unwritten.ts'
import { controlOf } from './transaction-left-open.ts'

export const hazard = defineHazard({
  ...unwritten,
  id: 'nested-transaction',
  group: 'failure',
  title: 'BEGIN or COMMIT inside the runner’s transaction',
  page: {
    what: 'The runner wraps the file in a transaction. BEGIN in it only warns; COMMIT ends the runner’s own transaction early.',
    why: 'After the COMMIT each statement is on its own: a failure leaves the migration half applied, and the runner may not record it.',
    instead: 'Leave BEGIN and COMMIT to the runner, or switch its transaction off for this file.',
    harmless: '',
  },
  tell: (found: Draft) => found,
  detect: (scene): Draft[] =>
    scene.steps.flatMap((step): Draft[] => {
      const control = controlOf(step.statement.node)
      if (
        step.migration.wrapping !== 'transaction' ||
        !['TRANS_STMT_COMMIT', 'TRANS_STMT_BEGIN', 'TRANS_STMT_START'].includes(control ?? '')
      )
        return []
      const commits = control === 'TRANS_STMT_COMMIT'
      const { optOut } = step.migration
      const runner = titleOf(step.migration)
      return [
        {
          step,
          severity: commits ? 'medium' : 'low',
          relation: null,
          rows: null,
          message: commits
            ? `COMMIT ends the transaction that ${runner} opened`
            : `BEGIN inside the transaction that ${runner} opened does nothing`,
          why: `${commits ? 'What follows runs statement by statement; a failure leaves it half applied.' : 'PostgreSQL only warns.'}${optOut ? ` To run outside a transaction: ${optOut}.` : ''}`,
          related: [],
          alternative: null,
        },
      ]
    }),
})
