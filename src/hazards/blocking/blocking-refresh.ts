import { quoteRelation } from '../../sql/quote.ts'
import { alternative, own } from '../alternatives.ts'
import { blockingHazard } from '../blocked.ts'
import { unwritten } from '../unwritten.ts'

export const hazard = blockingHazard({
  ...unwritten,
  group: 'blocking',
  id: 'blocking-refresh',
  title: 'A materialized view is filled while reads wait',
  page: {
    what: 'REFRESH MATERIALIZED VIEW takes ACCESS EXCLUSIVE on the view for as long as its query runs.',
    why: 'Every read of the view waits.',
    instead: 'REFRESH MATERIALIZED VIEW CONCURRENTLY, which needs a unique index over plain columns.',
    harmless: '',
  },
  applies: (effect) => effect.rewrite && effect.relation.kind === 'materialized view',
  why: () => 'REFRESH runs the view’s query under ACCESS EXCLUSIVE, so every read of the view waits until it is done.',
  alternative: (_blocked, main) =>
    alternative('Refresh CONCURRENTLY; the view needs a unique index over plain columns for it.', [
      own(1, `REFRESH MATERIALIZED VIEW CONCURRENTLY ${quoteRelation(main.relation)};`),
    ]),
})
