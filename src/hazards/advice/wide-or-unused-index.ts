import type { Index, Relation } from '../../catalog/relation.ts'
import { spanText } from '../../forecast/numbers.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { alternative, outside } from '../alternatives/alternative.ts'
import { addedIndexes } from '../context/added-objects.ts'
import type { ReviewContext } from '../context/review-context.ts'
import { medium, small } from '../example.ts'
import { defineHazard } from '../hazard.ts'
import type { Severity } from '../severity.ts'

const visits = `CREATE TABLE people (id bigint PRIMARY KEY);
CREATE TABLE visits (id bigint PRIMARY KEY, person bigint REFERENCES people, at date, note text);
CREATE INDEX visits_person ON visits (person);
CREATE INDEX visits_note ON visits (note);`

const another = 'CREATE INDEX CONCURRENTLY visits_at ON visits (at);'

export const hazard = defineHazard({
  id: 'wide-or-unused-index',
  group: 'advice',
  title: 'A wide index, or one more where others are not read',
  page: {
    what: 'An index over more than five columns, or over text that is wide on average, is built. Or one more is built on a table where no query has read another one for a month and longer.',
    why: 'A wide index is nearly as large as the table, and a value beyond 2,704 bytes is refused. An index that nothing reads takes its room, and every write pays for it.',
    instead:
      'Index what the queries look up by; put what they only read into INCLUDE, or index a hash. Drop what nothing reads, unless it is younger than that or waits for a rare job.',
    harmless:
      'On new tables nothing is known of widths, so only the number of columns counts. That nothing reads an index is said only where the activity connection and the standby that the catalog is read on have counted for 31 days and more, and where no other standby follows the primary: its reads are counted there alone. Not of an index under 10 MB, of one that is unique or behind a constraint, begins with the column of a foreign key, holds an expression (the planner uses its statistics), or is on partitions.',
  },
  facts: ['effects', 'catalog', 'statistics', 'activity'],
  sqlstates: [],
  source:
    'BTMaxItemSize in nbtree.h: a third of a page, 2,704 bytes, is the most that a btree entry holds. idx_scan and, from PostgreSQL 16, last_idx_scan of pg_stat_all_indexes count on each server for itself; a crash and pg_stat_reset start them again, as stats_reset of pg_stat_database and pg_stat_bgwriter shows, and a standby that is promoted brings the counts of its own queries (seen on 13 to 18).',
  detect: (context) => [...wide(context), ...besideUnread(context)],
  describe({ relation, index, width, unread }, context) {
    const [name, table] = [`\`${quoteName(index.name)}\``, `\`${quoteRelation(relation)}\``]
    if (unread.length === 0) {
      return {
        message: `${name} of ${table} is wide: ${index.keys.length > mostColumns ? `${index.keys.length} columns` : `${context.format.bytes(width)} an entry`}`,
        why: 'It takes nearly the room of the table, and every write pays for it.',
        alternative: { summary: 'Index what queries look up by, and INCLUDE what they only read.', steps: [] },
      }
    }
    const idle = unread.map((item) => {
      const size = item.index.bytes === null ? '' : `, ${context.format.bytes(item.index.bytes)}`
      return `\`${quoteName(item.index.name)}\` (${spanText(item.seconds)}${size})`
    })
    const drop = (item: Unread): string =>
      `DROP INDEX CONCURRENTLY ${quoteRelation({ schema: relation.schema, name: item.index.name })};`
    return {
      message: `${name} joins ${unread.length === 1 ? 'an index' : `${unread.length} indexes`} of ${table} that no query has read for long: ${idle.join(', ')}`,
      why: 'Every write pays for it, and no query on the primary or a standby of it has used it.',
      alternative: alternative(
        'Drop what nothing reads, unless it is younger than that or waits for a rare job.',
        unread.map((item, i) => outside(i + 1, drop(item))),
      ),
    }
  },
  examples: {
    bad: [
      {
        title: 'six columns',
        before: '',
        migration:
          'CREATE TABLE visits (id bigint PRIMARY KEY, a int, b int, c int, d int, e int, f int);\nCREATE INDEX wide ON visits (a, b, c, d, e, f);',
      },
      {
        title: 'one more beside one that nothing reads',
        before: visits,
        tables: { visits: medium },
        unread: { visits_note: 92 },
        transaction: 'none',
        migration: another,
      },
    ],
    good: [
      {
        title: 'two columns and more to read',
        before: '',
        migration:
          'CREATE TABLE visits (id bigint PRIMARY KEY, a int, b int, c int, d int, e int, f int);\nCREATE INDEX narrow ON visits (a, b) INCLUDE (c, d, e, f);',
      },
      {
        title: 'a month has not passed',
        before: visits,
        tables: { visits: medium },
        unread: { visits_note: 20 },
        transaction: 'none',
        migration: another,
      },
      {
        title: 'a key and the index of a foreign key',
        before: visits,
        tables: { visits: medium },
        unread: { visits_pkey: 92, visits_person: 92 },
        transaction: 'none',
        migration: another,
      },
      {
        title: 'the one that nothing reads goes',
        before: visits,
        tables: { visits: medium },
        unread: { visits_note: 92 },
        transaction: 'none',
        migration: `DROP INDEX CONCURRENTLY visits_note;\n${another}`,
      },
      {
        title: 'a small table',
        before: visits,
        tables: { visits: small },
        unread: { visits_note: 92 },
        transaction: 'none',
        migration: another,
      },
    ],
  },
})

const mostColumns = 5

/** Average of an entry, bytes. */
const mostBytes = 400

/** Seconds: long enough that monthly queries have run. */
const month = 31 * 86_400

/** Bytes; the room and the work of a smaller one are not worth a word. */
const leastBytes = 10 * 1024 ** 2

const severity: Severity = 'low'

interface Unread {
  index: Index
  seconds: number
}

function wide(context: ReviewContext) {
  return addedIndexes(context).flatMap(({ step, relation, index }) => {
    const width = index.keys.reduce<number>(
      (sum, key) => sum + (relation.columns.find(({ name }) => name === key)?.statistics?.averageWidth ?? 0),
      0,
    )
    if (index.method !== 'btree' || (index.keys.length <= mostColumns && width <= mostBytes)) return []
    return [{ step, severity, relation, rows: relation.size.rows, index, width, unread: [] as Unread[] }]
  })
}

function besideUnread(context: ReviewContext) {
  if (!context.exact) return []
  const found = addedIndexes(context).flatMap(({ step, relation, index }) => {
    if (relation.kind !== 'table' || relation.isNew) return []
    const unread = relation.indexes.flatMap((item) => {
      const seconds = isRemovable(item, relation) ? context.traffic.unread(relation, item.name) : null
      return seconds !== null && seconds >= month ? [{ index: item, seconds }] : []
    })
    return unread.length === 0 ? [] : [{ step, severity, relation, rows: relation.size.rows, index, width: 0, unread }]
  })
  return oncePerTable(found)
}

function oncePerTable<T extends { relation: Relation }>(all: T[]): T[] {
  return all.filter((item, i) => all.findIndex(({ relation }) => relation.id === item.relation.id) === i)
}

/** Nothing but queries needs it. */
function isRemovable(index: Index, { constraints }: Relation): boolean {
  if (index.unique || !index.valid || index.keys.includes(null) || (index.bytes ?? 0) < leastBytes) return false
  return !constraints.some(
    (constraint) =>
      constraint.index === index.name ||
      (constraint.kind === 'foreign key' && constraint.columns.includes(index.keys[0] ?? '')),
  )
}
