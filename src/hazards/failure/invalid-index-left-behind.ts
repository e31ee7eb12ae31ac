import { print, quoteName, quoteRelation } from '../../sql/quote.ts'
import { alternative, outside } from '../alternatives.ts'
import { type Draft, defineHazard } from '../hazard.ts'
import { unwritten } from '../unwritten.ts'

export const hazard = defineHazard({
  ...unwritten,
  id: 'invalid-index-left-behind',
  group: 'failure',
  title: 'IF NOT EXISTS takes a broken index for done',
  page: {
    what: 'CREATE INDEX CONCURRENTLY that failed leaves an INVALID index: it costs every write and serves no query. IF NOT EXISTS finds the name and does nothing.',
    why: 'The migration says it succeeded, and the index is never used.',
    instead: 'Drop the invalid index CONCURRENTLY first, then build it without IF NOT EXISTS.',
    harmless: '',
  },
  tell: (found: Draft) => found,
  detect: (scene): Draft[] =>
    scene.steps.flatMap((step) =>
      step.judgement.marks.flatMap((mark): Draft[] => {
        if (mark.kind !== 'builds index' || mark.skipped !== 'exists invalid') return []
        const { relation, index } = mark
        const { node } = step.statement
        const again =
          node && 'IndexStmt' in node
            ? `${print({ IndexStmt: { ...node.IndexStmt, concurrent: true, if_not_exists: false } })};`
            : ''
        return [
          {
            step,
            severity: 'high',
            relation,
            rows: relation.size.rows,
            message: `Does nothing: \`${quoteName(index.name)}\` stands already and is INVALID`,
            why: 'An earlier CONCURRENTLY build failed and left it. IF NOT EXISTS takes it for done, so every write keeps paying for an index that no query can use.',
            related: [],
            alternative: alternative('Drop the broken index first, then build it again.', [
              outside(
                1,
                `DROP INDEX CONCURRENTLY IF EXISTS ${quoteRelation({ schema: relation.schema, name: index.name })};`,
              ),
              outside(2, again),
            ]),
          },
        ]
      }),
    ),
})
