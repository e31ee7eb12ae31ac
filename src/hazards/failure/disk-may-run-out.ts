import { columnOf, type Index, type Relation } from '../../catalog/relation.ts'
import { bytesText } from '../../forecast/numbers.ts'
import { quoteRelation } from '../../sql/quote.ts'
import { alternative } from '../alternatives/alternative.ts'
import { blockedStatement, isUnseen } from '../context/blocked-statements.ts'
import type { Step } from '../context/review-context.ts'
import { big } from '../example.ts'
import { defineHazard } from '../hazard.ts'
import { reaches, type Severity } from '../severity.ts'

const before = `CREATE TABLE orders (id bigint PRIMARY KEY, code varchar(40), quantity int);
INSERT INTO orders SELECT n, md5(n::text), n FROM generate_series(1, 20000) n;`

/** From this size on the need is reported even where the free space is unknown: 100 GB. */
const noteworthy = 100 * 1024 ** 3

export const hazard = defineHazard({
  id: 'disk-may-run-out',
  group: 'failure',
  title: 'A rewrite or an index needs more disk than there may be',
  page: {
    what: 'A rewrite keeps the old table until it commits, so table and indexes need their bytes again; a new index needs its own, and while it is built as much again for sorting.',
    why: 'When the disk is full the statement aborts, and so does everybody else’s write; a full WAL volume stops the server.',
    instead: 'Make room first, or change the table in steps that need less at a time.',
    harmless:
      'When there is room: say in the policy how much is free (free_disk_gb). Without that only a need of 100 GB and more is reported, and the finding is low.',
  },
  facts: ['effects', 'catalog', 'statistics'],
  sqlstates: ['53100'],
  source:
    'mdextend in src/backend/storage/smgr/md.c raises 53100; RelationSetNewRelfilenumber in src/backend/utils/cache/relcache.c schedules the old file for removal at commit.',
  detect: (context) =>
    context.steps.flatMap((step) => {
      if (step.migration.direction === 'down' || step.refuses || !step.effects.some(writesAnew)) return []
      const { needs, relation } = needOf(step)
      const free = context.policy.free_disk_gb === undefined ? null : context.policy.free_disk_gb * 1024 ** 3
      if (!relation || (needs ?? Number.POSITIVE_INFINITY) < (free === null ? noteworthy : free * 0.8)) return []
      if (needs === null && free === null) return []
      // A statement that blocks for long has a safe way anyway, which needs no such space.
      if (free === null && reaches(blockedStatement(step, context)?.severity ?? 'low', 'high')) return []
      const severity: Severity = free === null ? 'low' : needs === null ? 'medium' : needs > free ? 'critical' : 'high'
      return [{ step, severity, relation, rows: relation.size.rows, needs, free }]
    }),
  describe({ step, relation, needs, free }, { exact }) {
    const rewrites = step.effects.some(({ effect }) => effect.rewrite)
    const sure = free !== null && needs !== null && needs > free
    const bytes = needs === null ? 'an unknown number of bytes' : exact ? `some ${bytesText(needs)}` : 'many bytes'
    const room = free === null || !exact ? '' : `, ${bytesText(free)} are free`
    return {
      message: `${sure ? 'Will' : 'May'} run out of disk: \`${quoteRelation(relation)}\` needs ${bytes} more while it works${room}`,
      why: `${rewrites ? 'The old table stays until the commit' : 'Those are the index’s own bytes; sorting takes up to as much again in temporary files'}; on a full disk the statement aborts with SQLSTATE 53100, and so do the writes of others.`,
      alternative: alternative(
        rewrites
          ? 'Make room first, or add a column beside the old one and fill it in batches, with a VACUUM between them.'
          : 'Make room first, or put temp_tablespaces or the index itself on another disk.',
        [],
      ),
    }
  },
  examples: {
    bad: [
      {
        title: 'an index with too little room',
        before,
        tables: { orders: { ...big, columns: { code: { width: 33 } } } },
        policy: 'free_disk_gb: 5',
        transaction: 'none',
        migration: 'CREATE INDEX CONCURRENTLY orders_code_idx ON orders (code);',
        seen: 'grows',
      },
      {
        title: 'a rewrite of a table, with unknown free space',
        before,
        tables: { orders: { rows: 1_000, bytes: 140 * 1024 ** 3 } },
        policy: 'budget: { reads: 24h, writes: 24h }\nsession: { lock_timeout: 3s }',
        code: { 'src/app.ts': 'export {}\n' },
        migration: 'ALTER TABLE orders ALTER COLUMN quantity TYPE bigint;',
        seen: 'grows',
      },
    ],
    good: [
      {
        title: 'enough room',
        before,
        tables: { orders: big },
        policy: 'free_disk_gb: 500',
        transaction: 'none',
        migration: 'CREATE INDEX CONCURRENTLY orders_code_idx ON orders (code);',
      },
      {
        title: 'a column that is written nowhere yet',
        before,
        tables: { orders: big },
        policy: 'free_disk_gb: 5',
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders ADD COLUMN note text;",
      },
    ],
  },
})

/** It writes the table or an index of it beside the existing one. */
function writesAnew({ effect }: Step['effects'][number]): boolean {
  return (effect.rewrite || effect.builds.length > 0) && !effect.emptied && !isUnseen(effect.relation)
}

/** Bytes that the statement writes beside the existing ones; null when a size is unknown. */
function needOf(step: Step): { needs: number | null; relation: Relation | null } {
  const work = step.effects.filter(writesAnew)
  const needs = work.reduce<number | null>((sum, { effect: { relation, rewrite, builds } }) => {
    const { heapBytes, toastBytes } = relation.size
    const built = builds.map((index) => bytesOf(index, relation))
    if (sum === null || heapBytes === null || built.includes(null)) return null
    return (
      sum + (rewrite ? heapBytes + (toastBytes ?? 0) : 0) + built.reduce<number>((all, item) => all + (item ?? 0), 0)
    )
  }, 0)
  return { needs, relation: work[0]?.effect.relation ?? null }
}

/** An existing index has its size; a new one has, for each row, its columns and 20 bytes, and its pages are 90 % full. */
function bytesOf(index: Index, relation: Relation): number | null {
  if (index.bytes) return index.bytes
  const { rows } = relation.size
  const width = index.keys.reduce(
    (sum, key) => sum + ((key === null ? null : columnOf(relation, key)?.statistics?.averageWidth) ?? 8),
    0,
  )
  return rows === null ? null : (rows * (width + 20)) / 0.9
}
