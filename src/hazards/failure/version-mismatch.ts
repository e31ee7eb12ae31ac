import { type VersionGap, versionGaps } from '../../catalog/version-gaps.ts'
import { textOf } from '../../sql/statement.ts'
import { alternative } from '../alternatives/alternative.ts'
import type { ReviewContext } from '../context/review-context.ts'
import { small } from '../example.ts'
import { type Detection, defineHazard, type Wording } from '../hazard.ts'

const before =
  'CREATE TABLE orders (id bigint PRIMARY KEY, total numeric, vat numeric);\nINSERT INTO orders VALUES (1, 10, 2);'

export const hazard = defineHazard({
  id: 'version-mismatch',
  group: 'failure',
  title: 'The server’s version does not have it',
  page: {
    what: 'The statement uses syntax, a function, a type or a cast that came with a later major version than the server has, or that an earlier one still had.',
    why: 'It works on the newer server of a laptop and aborts in production. On 14.0 to 14.3 an index that is built CONCURRENTLY may lack rows, without an error.',
    instead: 'Write it as the server’s version has it, or upgrade the server first.',
    harmless:
      'When the server is upgraded before this runs: say so with the policy’s postgres_version. A function or type of that name that the database itself has is never reported; where the database was not read, the finding is high instead of critical.',
  },
  facts: ['effects'],
  sqlstates: ['42601', '42883', '42704', '42846', '0A000', '22023'],
  source:
    'Servers of PostgreSQL 10 to 18, which were asked for all their functions and types and ran an example of each piece of syntax (npm run facts); the parser here is that of 18.',
  detect: (context) =>
    context.steps.flatMap((step): Found[] => {
      const relation = step.effects[0]?.effect.relation ?? null
      const minor = minorThatMissesRows(context)
      if (
        minor !== null &&
        !step.refuses &&
        step.effects.some(({ effect }) => effect.builds.length > 0 && effect.awaits)
      )
        return [{ step, severity: 'high', relation, rows: null, gap: null, version: `14.${minor}` }]
      const gaps = versionGaps(textOf(step.statement), step.statement.node, context.catalog)
        // A type that is missing fails the statement by itself, and is reported there.
        .filter(({ kind }) => kind !== 'type' || !step.analysis?.fails)
        .sort((a, b) => Number(b.certain) - Number(a.certain) || b.since - a.since)
      const [gap] = gaps
      if (!gap) return []
      const severity = gap.certain ? ('critical' as const) : ('high' as const)
      return [{ step, severity, relation, rows: null, gap, major: context.catalog.major }]
    }),
  describe: (found) => {
    if (found.gap === null) return missedRows(found.version)
    const { gap, major } = found
    return {
      message: `${gap.certain ? 'Will' : 'May'} fail: ${gap.words} ${versionsOf(gap, major)}, and the server is ${major}`,
      why: gap.certain
        ? 'The server does not know it and aborts the migration there.'
        : `The server does not know it and aborts the migration there, unless the database has ${gap.kind === 'type' ? 'a type' : 'a function'} of that name.`,
      alternative: alternative(
        gap.since > major
          ? `Write it as PostgreSQL ${major} has it, or upgrade the server first and say so with postgres_version in the policy.`
          : `Write it as PostgreSQL ${major} has it.`,
        [],
      ),
    }
  },
  examples: {
    bad: [
      {
        title: 'a virtual generated column, of 18',
        before,
        tables: { orders: small },
        migration:
          "SET lock_timeout = '3s';\nALTER TABLE orders ADD COLUMN gross numeric GENERATED ALWAYS AS (total + vat) VIRTUAL;",
      },
      {
        title: 'a function of 18',
        before,
        migration: 'CREATE TABLE refunds (id uuid PRIMARY KEY DEFAULT uuidv7());',
      },
      {
        title: 'NOT ENFORCED, of 18',
        before,
        tables: { orders: small },
        migration:
          "SET lock_timeout = '3s';\nALTER TABLE orders ADD CONSTRAINT total_positive CHECK (total > 0) NOT ENFORCED;",
      },
    ],
    good: [
      {
        title: 'a stored generated column, of 12',
        before,
        migration: 'CREATE TABLE refunds (total numeric, gross numeric GENERATED ALWAYS AS (total * 1.2) STORED);',
      },
      {
        title: 'NULLS NOT DISTINCT, of 15',
        before,
        migration: 'CREATE TABLE refunds (order_id bigint, UNIQUE NULLS NOT DISTINCT (order_id));',
      },
    ],
  },
})

function versionsOf({ since, until }: VersionGap, major: number): string {
  return since > major ? `came with PostgreSQL ${since}` : `was removed in PostgreSQL ${until + 1}`
}

type Found = Detection & ({ gap: VersionGap; major: number } | { gap: null; version: string })

/** 14.0 to 14.3: an index built or rebuilt CONCURRENTLY may lack rows that were updated meanwhile (release notes of 14.4). */
function minorThatMissesRows({ catalog }: ReviewContext): number | null {
  const version = catalog.snapshot?.serverVersion ?? 0
  return catalog.major === 14 && version >= 140_000 && version <= 140_003 ? version - 140_000 : null
}

function missedRows(version: string): Wording {
  return {
    message: `May build an index that lacks rows, without an error: the server is ${version}, and CONCURRENTLY is sound from 14.4 on`,
    why: 'Rows that are updated during the build can be missing in the index, so queries through it do not find them.',
    alternative: alternative(
      'Upgrade the server to the newest 14 first; then REINDEX what was built CONCURRENTLY before.',
      [],
    ),
  }
}
