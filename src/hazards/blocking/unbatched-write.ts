import type { Relation } from '../../catalog/relation.ts'
import type { Effect } from '../../effects/model/effect.ts'
import { readForEachRow } from '../../forecast/row-work.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { type Alternative, alternative, outside } from '../alternatives/alternative.ts'
import { batchesOf, followersFirst } from '../alternatives/batches.ts'
import { isUnseen, namesOf } from '../context/blocked-statements.ts'
import type { ReviewContext, Step } from '../context/review-context.ts'
import { changesOf, stepsOf } from '../context/schema-changes.ts'
import { big } from '../example.ts'
import { defineHazard } from '../hazard.ts'
import { atMost, large, ofBlocking, reaches, worst } from '../severity.ts'
import { keptLocks } from './lock-kept-while-working.ts'

const before = `CREATE TABLE orders (id bigint PRIMARY KEY, status text, region text);
INSERT INTO orders SELECT n, CASE WHEN n % 3 > 0 THEN 'paid' END, 'EU' FROM generate_series(1, 90) n;
CREATE TABLE archive (id bigint PRIMARY KEY, status text);`

/** The rows that the alternative writes at a time. */
const oneBatch = 10_000

const orders = { ...big, columns: { status: { nulls: 0.33, distinct: 9 } } }

export const hazard = defineHazard({
  id: 'unbatched-write',
  group: 'blocking',
  title: 'Many rows are written in one statement',
  page: {
    what: 'An UPDATE or DELETE of many rows locks each of them to the end of its transaction, and an INSERT … SELECT each new key; every row and its index entries are written again, with their WAL.',
    why: 'Other writers of these rows wait, replicas fall behind, vacuum can clear no row of this database that dies while the transaction runs, and an UPDATE or DELETE leaves the table bloated.',
    instead: 'Write in batches of some thousand rows, each in a transaction of its own, outside the migration’s.',
    harmless:
      'When no more rows match than one batch has (10,000), which the statistics show, when it takes less than the budget for writes, or the table is new in the same change.',
  },
  facts: ['effects', 'catalog', 'statistics'],
  sqlstates: [],
  source:
    'heap_update and heap_delete in src/backend/access/heap/heapam.c mark each row with the transaction, for which other writers wait (XactLockTableWait); a full UPDATE of 5 million rows with four indexes took 141 s.',
  detect(context) {
    const writes = stepsOf(changesOf(context, 'writes rows'))
    const reported = new Set(writes.length > 0 ? keptLocks(context).flatMap((kept) => kept.working) : [])
    return writes.flatMap((step) => {
      if (reported.has(step)) return []
      const write = step.analysis.changes.find((change) => change.kind === 'writes rows')
      if (!write || write.batch || isUnseen(write.relation)) return []
      const { relation, rows } = write
      const found = step.effects.find(({ effect }) => effect.writes !== undefined && effect.relation.id === relation.id)
      const forecast = found?.forecast ?? null
      const cascades = step.effects.flatMap(({ effect, forecast: own }) =>
        effect.through?.kind === 'cascade' ? [{ effect, forecast: own }] : [],
      )
      // One row of a parent may still take many of its children along, or have them looked for.
      const follows = cascades.some(({ effect }) => (effect.writes?.rows ?? large) >= large)
      const seeks =
        write.verb === 'delete' &&
        context.catalog.referencing(relation).some((other) => readForEachRow(relation, other))
      if (!follows && (write.bounded || (!seeks && rows !== null && rows <= oneBatch))) return []
      const severity = worst(
        [{ effect: { relation }, forecast }, ...cascades].map((item) =>
          ofBlocking(item.forecast?.highMs ?? null, ['writes'], item.effect.relation, context.policy),
        ),
      )
      // Only writers of the same rows wait, so within the budget it is harmless.
      if (!found || !reaches(severity, 'high')) return []
      const related = cascades.map(({ effect }) => ({ step, relation: effect.relation }))
      // Inserted rows are not used yet: only writers of the same key wait.
      const few = rows !== null && rows <= oneBatch
      const follow = cascades.some(({ effect }) => (effect.writes?.rows ?? 0) >= large)
      // A few rows stay locked while their children are looked for: others wait only for these.
      const most = write.verb === 'insert' || (few && !follow) ? 'medium' : 'high'
      return [{ step, severity: atMost(severity, most), relation, rows, related, write, forecast, cascades }]
    })
  },
  describe({ step, relation, rows, write, forecast, cascades }, context) {
    const { format, exact } = context
    const verb = { update: 'Updates', delete: 'Deletes', insert: 'Inserts' }[write.verb]
    const into = write.verb === 'insert' ? 'into' : 'of'
    const size = rows === null ? 'an unknown number of rows' : format.rows(rows)
    // The children's part is often the larger one.
    const all = [forecast, ...cascades.map((cascade) => cascade.forecast)]
    const sum = (part: 'lowMs' | 'highMs' | 'walBytes'): number =>
      all.reduce((sum, item) => sum + (item?.[part] ?? 0), 0)
    const bytes = sum('walBytes') > 0 ? `, ${exact ? 'up to ' : ''}${format.bytes(sum('walBytes'))} of WAL` : ''
    const time = all.includes(null)
      ? ': size unknown, counted as large'
      : `: ${format.time(sum('lowMs'), sum('highMs'))}${bytes}`
    const along =
      cascades.length > 0 ? ` and what follows in ${namesOf(cascades.map(({ effect }) => effect.relation))}` : ''
    const kept = {
      update: 'Every row stays locked until the transaction ends, each gets a second version that vacuum must clear',
      delete: 'Every row stays locked until the transaction ends, its space stays until vacuum clears it',
      insert: 'Writers of the same keys wait until the transaction ends, vacuum can clear nothing that dies meanwhile',
    }[write.verb]
    const through = cascades.map(
      ({ effect }) =>
        ` The foreign key of \`${quoteRelation(effect.relation)}\` takes its rows along${followingRows(effect, context)}.`,
    )
    return {
      message: `${verb} ${size} ${into} \`${quoteRelation(relation)}\`${along} in one statement${time}`,
      why: `${kept}, and replicas must replay all of it${triggerText(relation)}.${through.join('')}`,
      alternative: alternativeFor(step),
    }
  },
  examples: {
    bad: [
      {
        title: 'an UPDATE of all rows',
        before,
        tables: { orders },
        migration: "UPDATE orders SET region = 'US';",
      },
      {
        title: 'a DELETE of a third',
        before,
        tables: { orders },
        migration: 'DELETE FROM orders WHERE status IS NULL;',
      },
      {
        title: 'an INSERT … SELECT into a table that is in use',
        before,
        tables: { orders },
        migration: 'INSERT INTO archive SELECT id, status FROM orders;',
        application: "INSERT INTO archive VALUES (1, 'paid')",
      },
      {
        title: 'one row of a parent whose children are looked for without an index',
        before: `${before}
CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders (id) ON DELETE CASCADE);`,
        tables: { items: { ...big, columns: null } },
        migration: 'DELETE FROM orders WHERE id = 1;',
      },
      {
        title: 'one row of a parent that takes many of its children along',
        before: `${before}
CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders (id) ON DELETE CASCADE);
INSERT INTO items SELECT n, 1 FROM generate_series(1, 50) n;`,
        tables: { items: { ...big, columns: { order_id: { distinct: 20 } } } },
        migration: 'DELETE FROM orders WHERE id = 1;',
      },
    ],
    good: [
      {
        title: 'one row',
        before,
        tables: { orders },
        migration: "UPDATE orders SET region = 'US' WHERE id = 42;",
      },
      {
        title: 'a batch that is to be repeated',
        before,
        tables: { orders },
        transaction: 'none',
        migration:
          "UPDATE orders SET status = 'paid' WHERE id IN (SELECT id FROM orders WHERE status IS NULL LIMIT 10000);",
      },
      {
        title: 'a table that is made and filled in the same change',
        before,
        tables: { orders },
        migration: 'CREATE TABLE copies (id bigint);\nINSERT INTO copies SELECT id FROM orders;',
      },
    ],
  },
})

/** `; each row also passes the trigger audit`. */
function triggerText({ triggers }: Relation): string {
  const names = triggers.flatMap(({ name, enabled, definition }) =>
    enabled && /FOR EACH ROW/i.test(definition) ? [`\`${quoteName(name)}\``] : [],
  )
  return names.length > 0
    ? `; each also passes ${names.length > 1 ? 'the triggers' : 'the trigger'} ${names.join(', ')}`
    : ''
}

/** ` (about 20 M of 80 M rows)`. */
function followingRows({ relation, writes }: Effect, { format, exact }: ReviewContext): string {
  if (!exact || !writes || writes.rows === null || relation.size.rows === null) return ''
  const all = format.rows(relation.size.rows)
  return writes.rows < relation.size.rows
    ? ` (about ${format.rows(writes.rows).replace(/ rows?$/, '')} of ${all})`
    : ` (${all})`
}

function alternativeFor(step: Step): Alternative {
  const inserts = step.analysis.changes.some((change) => change.kind === 'writes rows' && change.verb === 'insert')
  const sql = inserts ? null : batchesOf(step)
  if (!sql)
    return alternative('Write by ranges of the key, each in a transaction of its own, outside the migration’s.', [])
  const followers = followersFirst(step)
  const first = followers.length > 0 ? ', what follows by a foreign key first' : ''
  return alternative(`Write in batches outside the migration’s transaction${first}.`, [...followers, outside(1, sql)])
}
