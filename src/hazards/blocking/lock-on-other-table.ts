import type { Relation } from '../../catalog/relation.ts'
import { lockText } from '../../effects/model/lock-modes.ts'
import { quoteRelation } from '../../sql/quote.ts'
import { behindTimeout } from '../alternatives/alternative.ts'
import { blockedStatement, blocksText, strongLocks } from '../context/blocked-statements.ts'
import type { Step } from '../context/review-context.ts'
import { big } from '../example.ts'
import { defineHazard } from '../hazard.ts'
import { ofBlocking } from '../severity.ts'

const before = `CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE TABLE notes (id bigint PRIMARY KEY, order_id bigint);
INSERT INTO orders VALUES (1);
INSERT INTO notes VALUES (1, 1);`

export const hazard = defineHazard({
  id: 'lock-on-other-table',
  group: 'blocking',
  title: 'A table that the statement does not change is locked too',
  page: {
    what: 'A foreign key locks the table it refers to, when it is added (SHARE ROW EXCLUSIVE) and when it is dropped, by itself or with its table (ACCESS EXCLUSIVE). A new partition locks its parent.',
    why: 'The lock waits behind the other table’s running transactions, and its queries queue behind the lock. Nothing in the statement’s text shows it.',
    instead: 'Set a lock_timeout, and add a foreign key NOT VALID in a step of its own.',
    harmless:
      'When the other table is new in the same change. Behind a lock_timeout the wait has an end, so the finding is low.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source:
    'ATAddForeignKeyConstraint in src/backend/commands/tablecmds.c opens the referenced table with ShareRowExclusiveLock; ATExecDropConstraint and heap_drop_with_catalog take AccessExclusiveLock on it.',
  detect(context) {
    const found = [...strongLocks(context)].flatMap(([step, strong]) => {
      if (blockedStatement(step, context)) return []
      return strong.flatMap(({ effect, forecast: known }) => {
        const { relation, through } = effect
        // Partitions and children go with their parent: no surprise.
        if (through === null || through.kind === 'family' || isLost(relation, step)) return []
        const blocks = known?.blocks ?? ['reads', 'writes']
        const severity = ofBlocking(known?.highMs ?? null, blocks, relation, context.policy)
        const works = effect.scan || effect.rewrite || effect.builds.length > 0
        return [{ step, severity, relation, rows: relation.size.rows, through, lock: effect.lock, blocks, works }]
      })
    })
    // Ten new tables that refer to one table are one thing to know.
    const places = Map.groupBy(found, ({ step, severity, relation, lock }) =>
      [step.migration.path, severity, relation.id, lock].join('\n'),
    )
    return [...places.values()].flatMap(([first, ...others]) =>
      first ? [{ ...first, related: others.map(({ step, relation }) => ({ step, relation })) }] : [],
    )
  },
  describe: ({ step, relation, rows, through, lock, blocks, works }, { policy, format }) => ({
    message: `Also locks \`${quoteRelation(relation)}\` ${lockText(lock)}${rows === null ? '' : `: ${format.rows(rows)}`}${works ? ', and reads it whole' : ', for a moment'}`,
    why: `The statement does not change this table, but ${through.text}; ${blocksText(blocks)} wait while the lock is waited for and held.`,
    alternative: behindTimeout(step, policy),
  }),
  examples: {
    bad: [
      {
        title: 'a new table refers to a big one',
        before,
        tables: { orders: big },
        migration:
          "SET lock_timeout = '3s';\nCREATE TABLE refunds (id bigint PRIMARY KEY, order_id bigint REFERENCES orders);",
      },
      {
        title: 'a foreign key that is NOT VALID yet',
        before,
        tables: { orders: big },
        migration:
          "SET lock_timeout = '3s';\nALTER TABLE notes ADD CONSTRAINT notes_order_fk FOREIGN KEY (order_id) REFERENCES orders NOT VALID;",
      },
    ],
    good: [
      {
        title: 'both tables are new',
        before,
        migration: 'CREATE TABLE a (id int PRIMARY KEY);\nCREATE TABLE b (a int REFERENCES a);',
      },
      {
        title: 'a column without a foreign key',
        before,
        migration: "SET lock_timeout = '3s';\nALTER TABLE notes ADD COLUMN refund_id bigint;",
      },
    ],
  },
})

/** Emptied or dropped along with the named one: that loss is reported already. */
function isLost(relation: Relation, step: Step): boolean {
  return step.analysis.changes.some(
    (change) => (change.kind === 'truncates' || change.kind === 'drops relation') && change.relation.id === relation.id,
  )
}
