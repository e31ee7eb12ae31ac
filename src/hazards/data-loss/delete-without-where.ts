import { quoteRelation } from '../../sql/quote.ts'
import { dataLossHazard, rowsPhrase } from '../data-loss.ts'
import { unwritten } from '../unwritten.ts'

export const hazard = dataLossHazard({
  ...unwritten,
  group: 'data loss',
  id: 'delete-without-where',
  title: 'DELETE without WHERE',
  page: {
    what: 'DELETE without a WHERE removes every row of the table.',
    why: 'Only a backup brings them back.',
    instead: 'Say which rows with a WHERE, and delete in batches.',
    harmless: '',
  },
  kind: 'writes rows',
  severity: (mark) => (mark.verb === 'delete' && mark.where === null ? 'high' : null),
  message: (mark, scene) =>
    `Loses ${rowsPhrase(mark.relation.size.rows, scene)}: deletes all of \`${quoteRelation(mark.relation)}\``,
  why: () => 'There is no WHERE, so every row goes; only a backup brings them back.',
})
