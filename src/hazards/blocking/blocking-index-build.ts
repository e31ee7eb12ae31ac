import type { Relation } from '../../catalog/relation.ts'
import type { Effect } from '../../effects/model/effect.ts'
import { print, quoteName, quoteRelation } from '../../sql/quote.ts'
import { type Alternative, alternative, outside, outsideHow, own, same } from '../alternatives/alternative.ts'
import { concurrently, indexSql, inPlaceOfDropped } from '../alternatives/concurrent-index.ts'
import { besideTheOld } from '../alternatives/expand-and-contract-steps.ts'
import { blockingHazard } from '../blocking-hazard.ts'
import { lockOf } from '../context/blocked-statements.ts'
import type { ReviewContext, Step } from '../context/review-context.ts'
import { addedKey } from '../context/schema-changes.ts'
import { big } from '../example.ts'

const before = `CREATE TABLE orders (id bigint PRIMARY KEY, total numeric NOT NULL, note text);
INSERT INTO orders SELECT n, n, NULL FROM generate_series(1, 100) n;`

export const hazard = blockingHazard({
  id: 'blocking-index-build',
  group: 'blocking',
  title: 'An index is built while writes wait',
  page: {
    what: 'CREATE INDEX takes SHARE on the table until the index is built, so every INSERT, UPDATE and DELETE waits; REINDEX also takes ACCESS EXCLUSIVE on the indexes, so reads wait too. ATTACH PARTITION builds each index that the parent has and the partition lacks, under ACCESS EXCLUSIVE on the partition.',
    why: 'The time grows with the rows: milliseconds on a small table, minutes on a large one.',
    instead: 'Build it CONCURRENTLY, outside a transaction, and check afterwards that it is valid.',
    harmless:
      'On a table that is new in the same change, or so small that the build takes milliseconds: then the finding is low.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source:
    'DefineIndex in src/backend/commands/indexcmds.c takes ShareLock, with CONCURRENTLY ShareUpdateExclusiveLock; 5 million rows took 2.5 to 3.2 s an index.',
  applies: (effect, step) => effect.builds.length > 0 && !effect.rewrite && addedKey(step) === null,
  why: (blocked, main) => {
    if ('ReindexStmt' in (blocked.step.statement.node ?? {})) {
      return 'REINDEX locks the indexes ACCESS EXCLUSIVE, and every query locks all indexes of its tables when it is planned, so reads wait as well as writes.'
    }
    const waits = blocked.blocks.includes('reads') ? 'every query' : 'every INSERT, UPDATE and DELETE'
    const what = blocked.step.analysis.changes.some((change) => change.kind === 'builds index')
      ? 'CREATE INDEX keeps'
      : `Building \`${quoteName(main.builds[0]?.name ?? '')}\` keeps`
    return `${what} ${lockOf(blocked)} until the index is built; ${waits} waits for it.`
  },
  alternative: (blocked, main, context) => alternativeFor(blocked.step, main, context),
  examples: {
    bad: [
      {
        title: 'CREATE INDEX on a big table',
        before,
        tables: { orders: big },
        migration: 'CREATE INDEX orders_total_idx ON orders (total);',
      },
      {
        title: 'REINDEX, which stops reads too',
        before: `${before}\nCREATE INDEX orders_total_idx ON orders (total);`,
        tables: { orders: big },
        transaction: 'none',
        migration: 'REINDEX INDEX orders_total_idx;',
      },
      {
        title: 'a partition is attached that lacks the parent’s index',
        before: `CREATE TABLE events (id bigint, day date) PARTITION BY RANGE (day);
CREATE INDEX events_id_idx ON events (id);
CREATE TABLE events_2025 (id bigint, day date, CHECK (day IS NOT NULL AND day >= '2025-01-01' AND day < '2026-01-01'));`,
        tables: { events_2025: big },
        migration: "ALTER TABLE events ATTACH PARTITION events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');",
      },
    ],
    good: [
      {
        title: 'CONCURRENTLY, outside a transaction',
        before,
        tables: { orders: big },
        transaction: 'none',
        migration: 'CREATE INDEX CONCURRENTLY orders_total_idx ON orders (total);',
      },
      {
        title: 'a table that is made in the same change',
        before,
        migration:
          'CREATE TABLE refunds (id bigint PRIMARY KEY, order_id bigint);\nCREATE INDEX ON refunds (order_id);',
      },
    ],
  },
})

function alternativeFor(step: Step, main: Effect, context: ReviewContext): Alternative | null {
  const { node } = step.statement
  if (!node) return null
  const how = outsideHow(step)
  if ('ReindexStmt' in node) {
    const params = [
      ...(node.ReindexStmt.params ?? []),
      { DefElem: { defname: 'concurrently', defaction: 'DEFELEM_UNSPEC' as const } },
    ]
    if (!context.catalog.behaves('reindex-can-be-concurrent')) return null
    const sql = print({ ReindexStmt: { ...node.ReindexStmt, params } })
    const written = context.catalog.behaves('reindex-options-in-parentheses')
      ? sql
      : sql.replace(/^REINDEX \(CONCURRENTLY\) (\w+)/, 'REINDEX $1 CONCURRENTLY')
    return alternative(`Rebuild it CONCURRENTLY, outside a transaction: ${how}.`, [outside(1, `${written};`)])
  }
  const changed = step.analysis.changes.find((item) => item.kind === 'changes type')
  if (changed?.kind === 'changes type')
    return besideTheOld(changed.relation, changed.column, changed.to, context, changed.using)
  if ('AlterTableStmt' in node && main.builds.length > 0) return beforeAttaching(step, main)
  if (!('IndexStmt' in node)) return null
  const change = step.analysis.changes.find((change) => change.kind === 'builds index')
  const name = change?.kind === 'builds index' ? change.index.name : (main.builds[0]?.name ?? 'index')
  if (change?.kind === 'builds index' && change.relation.kind === 'partitioned table') {
    return onPartitions(step, context, node.IndexStmt, name, change.relation)
  }
  return (
    inPlaceOfDropped(step, context) ??
    alternative(`Build it CONCURRENTLY, outside a transaction: ${how}.`, [
      outside(1, concurrently(node.IndexStmt, name)),
    ])
  )
}

/** ATTACH PARTITION builds the indexes that the partition lacks; existing ones are only attached. */
function beforeAttaching(step: Step, { relation, builds }: Effect): Alternative | null {
  const plain = builds.filter((index) => !index.keys.includes(null) && index.predicate === null)
  if (plain.length < builds.length) return null
  return alternative(
    `Build what the partition lacks CONCURRENTLY first, outside a transaction; ATTACH then takes it over: ${outsideHow(step)}.`,
    [...plain.map((index) => outside(1, indexSql(relation, index, index.name))), own(2, `${step.statement.sql};`)],
  )
}

/** CONCURRENTLY does not work on a partitioned table: an index on the parent only, one on each partition, then attach. */
function onPartitions(
  step: Step,
  context: ReviewContext,
  node: Parameters<typeof concurrently>[0],
  name: string,
  parent: Relation,
): Alternative {
  const partitions = step.effects.filter(({ effect }) => effect.builds.length > 0).map(({ effect }) => effect)
  // Left out, not false: that is how the parser says ONLY, and all that the deparser takes for it.
  const { inh: _, ...parentOnly } = node.relation ?? {}
  const only = print({ IndexStmt: { ...node, idxname: name, relation: parentOnly } })
  const steps = partitions.slice(0, 20).flatMap(({ relation, builds }, i) => {
    const child = builds[0]?.name ?? `${relation.name}_${name}`
    const target = {
      ...node.relation,
      relname: relation.name,
      schemaname: relation.schema === 'public' ? undefined : relation.schema,
    }
    const home = relation.schema === 'public' ? '' : `${quoteName(relation.schema)}.`
    return [
      outside(
        2 + i,
        `${print({ IndexStmt: { ...node, idxname: child, relation: { ...target, inh: true }, concurrent: true, if_not_exists: false } })};`,
      ),
      (i === 0 ? own : same)(
        2 + partitions.length,
        `ALTER INDEX ${quoteRelation({ schema: parent.schema, name })} ATTACH PARTITION ${home}${quoteName(child)};`,
      ),
    ]
  })
  const ordered = [own(1, `${only};`), ...steps].sort((a, b) => a.file - b.file)
  const more =
    partitions.length > 20
      ? ` (the first 20 of ${context.format.rows(partitions.length).replace(/ rows?/, '')} partitions are shown)`
      : ''
  return alternative(
    `Make it on the parent ONLY, build it CONCURRENTLY on each partition, outside a transaction, then attach${more}: ${outsideHow(step)}.`,
    ordered,
  )
}
