import { columnOf, type Relation } from '../../catalog/relation.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { alternative, outside } from '../alternatives/alternative.ts'
import { isUnseen } from '../context/blocked-statements.ts'
import type { Step } from '../context/review-context.ts'
import { changesInBothDirections, stepsOf } from '../context/schema-changes.ts'
import { medium } from '../example.ts'
import { type Detection, defineHazard } from '../hazard.ts'
import { large, type Severity } from '../severity.ts'

const before = `CREATE TABLE customers (id bigint PRIMARY KEY, email text, country text, phone text);
INSERT INTO customers VALUES (1, 'a@example.com', 'DE', '1'), (2, 'b@example.com', 'DE', '1');`

const customers = {
  ...medium,
  columns: { email: { distinct: -1 }, country: { distinct: 118 }, phone: { nulls: 0.4, distinct: -0.55 } },
}

export const hazard = defineHazard({
  id: 'duplicates-likely',
  group: 'failure',
  title: 'A unique index over values that repeat',
  page: {
    what: 'The statistics say that the columns hold fewer distinct values than rows, so a unique index over them aborts on the first value that repeats.',
    why: 'The build fails after its work, and CONCURRENTLY leaves an invalid index behind.',
    instead: 'Find and merge the duplicates first.',
    harmless:
      'When a WHERE leaves the repeating rows out of the index. The statistics are a sample: within 5 % the values may well be unique, and nothing is said.',
  },
  facts: ['catalog', 'statistics'],
  sqlstates: ['23505'],
  source:
    'comparetup_index_btree in src/backend/utils/sort/tuplesortvariants.c: could not create unique index; pg_stats.n_distinct is estimated by compute_distinct_stats in src/backend/commands/analyze.c.',
  covers: ['blocking-index-build', 'blocking-validation', 'blocking-unique'],
  detect: (context) =>
    stepsOf(
      [
        ...changesInBothDirections(context, 'builds index'),
        ...changesInBothDirections(context, 'adds constraint'),
      ].filter(({ change }) => !isUnseen(change.relation)),
    ).flatMap((step): Found[] => {
      const unique = uniqueOf(step)
      if (!unique) return []
      const { relation, columns } = unique
      const { rows } = relation.size
      const known = columns.flatMap((name) => columnOf(relation, name)?.statistics ?? [])
      const added = step.analysis.changes.flatMap((change) => (change.kind === 'adds column' ? [change.column] : []))
      const stood = columns.every((name) => columnOf(relation, name) && !added.includes(name))
      if (!stood || (rows !== null && rows < 2)) return []
      if (rows === null || known.length < columns.length) {
        // On a small table it costs nothing to try.
        if (rows !== null && rows < large) return []
        return [{ step, severity: 'low', relation, rows: null, columns, counts: null }]
      }
      if (known.some(({ distinct }) => distinct === 0)) return []
      const filled = rows * known.reduce((share, { nullFraction }) => share * (1 - nullFraction), 1)
      // The distinct values of a key's columns multiply at most: with fewer combinations than rows, some must repeat.
      const distinct = known.reduce((all, item) => all * (item.distinct > 0 ? item.distinct : -item.distinct * rows), 1)
      // ANALYZE estimates from a sample: within a few per cent the values may well be unique.
      if (distinct >= filled * 0.95) return []
      const severity: Severity = distinct < filled * 0.5 ? 'critical' : 'high'
      return [{ step, severity, relation, rows: Math.round(filled - distinct), columns, counts: { filled, distinct } }]
    }),
  describe({ severity, relation, columns, counts }, { format, exact }) {
    const names = columns.map(quoteName).join(', ')
    const table = quoteRelation(relation)
    const places = columns.map((_, i) => i + 1).join(', ')
    const search = alternative('Find the duplicates first and decide which row stays.', [
      outside(1, `SELECT ${names}, count(*) FROM ${table} GROUP BY ${places} HAVING count(*) > 1 LIMIT 100;`),
    ])
    const key = columns.length === 1 ? `\`${table}.${names}\`` : `\`${names}\` of \`${table}\``
    if (counts === null) {
      return {
        message: `Fails if a value of ${key} repeats: its statistics are not known`,
        why: 'A unique index aborts with SQLSTATE 23505 on the first value that repeats.',
        alternative: search,
      }
    }
    const values = exact
      ? `about ${format.rows(counts.distinct).replace(/ rows?$/, '')} distinct values in ${format.rows(counts.filled)}`
      : 'fewer distinct values than rows'
    return {
      message: `${severity === 'critical' ? 'Will fail' : 'May fail'}: ${key} ${columns.length === 1 ? 'has' : 'have'} ${values}`,
      why: 'A unique index aborts with SQLSTATE 23505 on the first value that repeats; the statistics say that values do.',
      alternative: search,
    }
  },
  examples: {
    bad: [
      {
        title: 'few values in many rows, CONCURRENTLY',
        before,
        tables: { customers },
        transaction: 'none',
        migration: 'CREATE UNIQUE INDEX CONCURRENTLY customers_country_key ON customers (country);',
      },
      {
        title: 'most values are distinct, but not all',
        before,
        tables: { customers: { ...customers, rows: 9_000, bytes: 2_000_000 } },
        migration: 'ALTER TABLE customers ADD CONSTRAINT customers_phone_key UNIQUE (phone);',
      },
      {
        title: 'two columns that cannot tell the rows apart',
        before: `${before}\nALTER TABLE customers ADD COLUMN city text;\nUPDATE customers SET city = 'Bonn';`,
        tables: { customers: { ...customers, columns: { country: { distinct: 118 }, city: { distinct: 4_000 } } } },
        transaction: 'none',
        migration: 'CREATE UNIQUE INDEX CONCURRENTLY customers_city_key ON customers (country, city);',
      },
    ],
    good: [
      {
        title: 'as many values as rows',
        before,
        tables: { customers },
        transaction: 'none',
        migration: 'CREATE UNIQUE INDEX CONCURRENTLY customers_email_key ON customers (email);',
      },
      {
        title: 'only some of the rows',
        before,
        tables: { customers },
        transaction: 'none',
        migration: 'CREATE UNIQUE INDEX CONCURRENTLY customers_country_key ON customers (country) WHERE phone IS NULL;',
      },
    ],
  },
})

interface Found extends Detection {
  relation: Relation
  columns: string[]
  /** Rows that have a value, and how many values; null without statistics. */
  counts: { filled: number; distinct: number } | null
}

/** The key that the statement makes unique, of plain columns; null when it makes none, or only over some rows. */
function uniqueOf(step: Step) {
  for (const change of step.analysis.changes) {
    if (
      change.kind === 'builds index' &&
      change.index.unique &&
      change.index.predicate === null &&
      change.skipped === null
    ) {
      const columns = change.index.keys.flatMap((key) => key ?? [])
      return columns.length === change.index.keys.length ? { relation: change.relation, columns } : null
    }
    if (
      change.kind === 'adds constraint' &&
      (change.type === 'unique' || change.type === 'primary key') &&
      !change.usingIndex
    )
      return change
  }
  return null
}
