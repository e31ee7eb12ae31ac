import type { Relation } from '../../catalog/relation.ts'
import { withoutRewrite } from '../alternatives/without-rewrite.ts'
import { blockingHazard } from '../blocking-hazard.ts'
import { lockOf } from '../context/blocked-statements.ts'
import { keyLasts } from '../context/key-use.ts'
import type { ReviewContext, Step } from '../context/review-context.ts'
import { big } from '../example.ts'

const before = `CREATE TABLE orders (id bigint PRIMARY KEY, quantity int, code varchar(20));
INSERT INTO orders SELECT n, n, 'C' || n FROM generate_series(1, 100) n;`

export const hazard = blockingHazard({
  id: 'table-rewrite',
  group: 'blocking',
  title: 'The table and every index on it are rewritten',
  page: {
    what: 'A change of type, a volatile default, serial, identity or a stored generated column gives each row another form; VACUUM FULL, CLUSTER, SET TABLESPACE and SET LOGGED copy the table. The server rewrites the whole table and all its indexes; reads and writes wait (ACCESS EXCLUSIVE lock).',
    why: 'Neither reads nor writes go on until it is done, and it needs the disk space of the table and its indexes again.',
    instead:
      'Add a new column beside the old, fill it in batches, switch over, and drop the old one in a later deployment. In place of VACUUM FULL and CLUSTER an extension such as pg_repack copies the table online.',
    harmless:
      'On a small table: then the finding is low. A type change that only widens, such as varchar(20) to varchar(80), rewrites nothing, nor does a new column with a constant default or now() from PostgreSQL 11 on.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source:
    'ATRewriteTable in src/backend/commands/tablecmds.c copies every row under AccessExclusiveLock and reindex_relation builds every index again; 5 million rows with four indexes took 22 s.',
  applies: (effect) => effect.rewrite && effect.relation.kind !== 'materialized view',
  why: (blocked, main, context) =>
    `${causeOf(blocked.step)}: the server writes all rows${main.builds.length > 0 ? ` and ${main.builds.length === 1 ? 'the index' : `${main.builds.length} indexes`}` : ''} anew under ${lockOf(blocked)}, so every query waits until it is done.${lastingOf(blocked.step, main.relation, context)}`,
  alternative: (blocked, main, context) => withoutRewrite(blocked.step, main.relation, context),
  examples: {
    bad: [
      {
        title: 'an integer that grows to bigint',
        before,
        tables: { orders: big },
        migration: 'ALTER TABLE orders ALTER COLUMN quantity TYPE bigint;',
      },
      {
        title: 'a default that differs from row to row',
        before,
        tables: { orders: big },
        migration: 'ALTER TABLE orders ADD COLUMN token uuid DEFAULT gen_random_uuid();',
      },
      {
        title: 'VACUUM FULL',
        before,
        tables: { orders: big },
        transaction: 'none',
        migration: 'VACUUM FULL orders;',
        seen: 'queues',
      },
    ],
    good: [
      {
        title: 'a constant default and now() rewrite nothing',
        before,
        tables: { orders: big },
        migration:
          "SET lock_timeout = '3s';\nALTER TABLE orders ADD COLUMN state text NOT NULL DEFAULT 'new', ADD COLUMN seen timestamptz DEFAULT now();",
      },
      {
        title: 'a longer varchar',
        before,
        tables: { orders: big },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders ALTER COLUMN code TYPE varchar(80);",
      },
    ],
  },
})

function lastingOf({ analysis }: Step, relation: Relation, context: ReviewContext): string {
  const lasts = keyLasts(relation, analysis.changes, context)
  return lasts === null ? '' : ` ${lasts}`
}

function causeOf(step: Step): string {
  for (const change of step.analysis.changes) {
    if (change.kind === 'adds column' && change.fills) return capital(change.fills)
    if (change.kind === 'changes type')
      return change.from
        ? `The change from ${change.from} to ${change.to} is made value by value${isZonePair(change.from, change.to) ? ` (free only while TimeZone is UTC; here it is ${step.timeZone ?? 'unknown'})` : ''}`
        : `A change of type to ${change.to} may change how each value is stored`
  }
  const node = step.statement.node ?? {}
  if ('VacuumStmt' in node) return 'VACUUM FULL copies the table'
  if ('ClusterStmt' in node) return 'CLUSTER copies the table in index order'
  return 'This changes how the table is stored'
}

function isZonePair(from: string, to: string): boolean {
  return /^timestamp/.test(from) && /^timestamp/.test(to) && / with time zone/.test(from) !== / with time zone/.test(to)
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}
