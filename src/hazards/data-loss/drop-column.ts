import { columnOf } from '../../catalog/catalog.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { dataLossHazard, rowsPhrase } from '../data-loss.ts'
import { unwritten } from '../unwritten.ts'

export const hazard = dataLossHazard({
  ...unwritten,
  group: 'data loss',
  id: 'drop-column',
  title: 'A column with values is dropped',
  page: {
    what: 'DROP COLUMN takes a moment, and the values of every row are gone.',
    why: 'The version of the code that runs while this deploys still names the column and fails; the values come back only from a backup.',
    instead: 'Stop using the column in an earlier deployment; drop it in a later one.',
    harmless: '',
  },
  kind: 'drops column',
  severity: () => 'high',
  message: (mark, scene) =>
    `Loses the values of \`${quoteRelation(mark.relation)}.${quoteName(mark.column)}\` in ${rowsPhrase(mark.relation.size.rows, scene)}`,
  why: (mark, scene) => {
    const share = columnOf(mark.relation, mark.column)?.statistics?.nullFraction
    const filled =
      share === undefined || !scene.exact
        ? ''
        : ` ${Number(((1 - share) * 100).toPrecision(2))} % of them are not null.`
    return `Only a backup brings them back.${filled} The code was not searched for the column: what still names it fails as soon as this is committed.`
  },
})
