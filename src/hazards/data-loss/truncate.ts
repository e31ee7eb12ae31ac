import { quoteRelation } from '../../sql/quote.ts'
import { dataLossHazard, rowsPhrase } from '../data-loss.ts'
import { unwritten } from '../unwritten.ts'

export const hazard = dataLossHazard({
  ...unwritten,
  group: 'data loss',
  id: 'truncate',
  title: 'A table with rows is emptied',
  page: {
    what: 'TRUNCATE removes every row at once, with CASCADE those of every referencing table too.',
    why: 'Only a backup brings them back.',
    instead: 'Delete what is not needed in batches, with a WHERE that says which.',
    harmless: '',
  },
  kind: 'truncates',
  severity: () => 'high',
  together: (names) => `empties ${names}`,
  message: (mark, scene) =>
    `Loses ${rowsPhrase(mark.relation.size.rows, scene)}: empties \`${quoteRelation(mark.relation)}\``,
  why: () => 'TRUNCATE removes every row at once; only a backup brings them back.',
})
