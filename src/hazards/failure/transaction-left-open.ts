import { type Draft, defineHazard } from '../hazard.ts'
import { unwritten } from '../unwritten.ts'

export const hazard = defineHazard({
  ...unwritten,
  id: 'transaction-left-open',
  group: 'failure',
  title: 'BEGIN without COMMIT',
  page: {
    what: 'The file opens a transaction and does not end it.',
    why: 'Depending on the driver the changes are rolled back when the connection closes, or the locks stay until it does.',
    instead: 'End it with COMMIT in the same file.',
    harmless: '',
  },
  tell: (found: Draft) => found,
  detect: (scene): Draft[] =>
    scene.transactions.flatMap((transaction): Draft[] => {
      const [first] = transaction.steps
      if (!transaction.explicit || !first || first.migration.wrapping === 'transaction') return []
      const ends = transaction.steps.some((step) =>
        ['TRANS_STMT_COMMIT', 'TRANS_STMT_ROLLBACK', 'TRANS_STMT_PREPARE'].includes(
          controlOf(step.statement.node) ?? '',
        ),
      )
      if (ends) return []
      return [
        {
          step: first,
          severity: 'high',
          relation: null,
          rows: null,
          message: 'Leaves its transaction open: BEGIN has no COMMIT',
          why: 'The changes are lost or their locks stay, as the driver has it.',
          related: [],
          alternative: null,
        },
      ]
    }),
})

export function controlOf(node: Draft['step']['statement']['node']): string | null {
  return node && 'TransactionStmt' in node ? (node.TransactionStmt.kind ?? null) : null
}
