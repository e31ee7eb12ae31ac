import { quoteRelation } from '../../sql/quote.ts'
import { dataLossHazard, rowsPhrase } from '../data-loss.ts'
import { unwritten } from '../unwritten.ts'

export const hazard = dataLossHazard({
  ...unwritten,
  group: 'data loss',
  id: 'drop-table',
  title: 'A table with rows is dropped',
  page: {
    what: 'DROP TABLE removes the table and all its rows at once.',
    why: 'Only a backup brings them back, and code that still runs fails on its next query.',
    instead: 'Rename it first, in a deployment after the code stopped using it; drop it when days have passed.',
    harmless: '',
  },
  kind: 'drops relation',
  severity: () => 'high',
  together: (names) => `drops ${names}`,
  message: (mark, scene) =>
    `Loses ${rowsPhrase(mark.relation.size.rows, scene)}: drops \`${quoteRelation(mark.relation)}\``,
  why: () => 'Only a backup brings the rows back; code that still names the table fails as soon as this is committed.',
})
