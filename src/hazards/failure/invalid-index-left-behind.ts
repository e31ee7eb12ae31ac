import type { Index, Relation } from '../../catalog/relation.ts'
import { print, quoteName, quoteRelation } from '../../sql/quote.ts'
import { type AlternativeStep, alternative, outside } from '../alternatives/alternative.ts'
import type { ReviewContext, Step } from '../context/review-context.ts'
import { changesInBothDirections, changesOf } from '../context/schema-changes.ts'
import { medium } from '../example.ts'
import { defineHazard } from '../hazard.ts'

const before = `CREATE TABLE orders (id bigint PRIMARY KEY, reference text);
CREATE INDEX orders_reference_idx ON orders (reference);
INSERT INTO orders VALUES (1, 'a');`

export const hazard = defineHazard({
  id: 'invalid-index-left-behind',
  group: 'failure',
  title: 'An INVALID index exists, and IF NOT EXISTS takes it for done',
  page: {
    what: 'CREATE INDEX CONCURRENTLY that failed leaves an INVALID index: it costs every write and serves no query. IF NOT EXISTS finds the name and does nothing.',
    why: 'The migration says it succeeded, and the index is never used.',
    instead: 'Drop the invalid index CONCURRENTLY first, then build it without IF NOT EXISTS.',
    harmless: 'While CREATE INDEX CONCURRENTLY still runs, its index is INVALID too: let it finish.',
  },
  facts: ['catalog'],
  sqlstates: ['42P07'],
  source:
    'index_concurrently_build in src/backend/catalog/index.c and its callers set pg_index.indisvalid last; DefineIndex with IF NOT EXISTS looks at the name alone.',
  detect: (context) => [...takenForDone(context), ...standing(context)],
  describe({ step, relation, index, done }) {
    const name = quoteName(index.name)
    return done
      ? {
          message: `Does nothing: \`${name}\` already exists and is INVALID`,
          why: 'An earlier CONCURRENTLY build failed and left it. IF NOT EXISTS takes it for done, so every write keeps paying for an index that no query can use.',
          alternative: alternative('Drop the broken index first, then build it again.', [
            dropOf(relation, index),
            outside(2, again(step)),
          ]),
        }
      : {
          message: `\`${name}\` on \`${quoteRelation(relation)}\` is INVALID: an earlier CONCURRENTLY build failed`,
          why: 'Every write keeps paying for it, and no query can use it.',
          alternative: alternative('Drop it CONCURRENTLY.', [dropOf(relation, index)]),
        }
  },
  examples: {
    bad: [
      {
        title: 'IF NOT EXISTS over an INVALID index',
        before,
        invalid: ['orders_reference_idx'],
        tables: { orders: medium },
        transaction: 'none',
        migration: 'CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_reference_idx ON orders (reference);',
      },
      {
        title: 'another index is built beside it',
        before,
        invalid: ['orders_reference_idx'],
        tables: { orders: medium },
        transaction: 'none',
        migration: 'CREATE INDEX CONCURRENTLY orders_reference_new_idx ON orders (reference, id);',
        seen: 'runs',
      },
    ],
    good: [
      {
        title: 'dropped first, built again',
        before,
        invalid: ['orders_reference_idx'],
        tables: { orders: medium },
        transaction: 'none',
        migration:
          'DROP INDEX CONCURRENTLY orders_reference_idx;\nCREATE INDEX CONCURRENTLY orders_reference_idx ON orders (reference);',
      },
      {
        title: 'IF NOT EXISTS over a valid index',
        before,
        tables: { orders: medium },
        transaction: 'none',
        migration: 'CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_reference_idx ON orders (reference);',
      },
    ],
  },
})

interface Found {
  step: Step
  severity: 'high' | 'low'
  relation: Relation
  rows: number | null
  index: Index
  /** The statement takes the broken index for the one it was to build. */
  done: boolean
}

function takenForDone(context: ReviewContext): Found[] {
  return changesInBothDirections(context, 'builds index').flatMap(
    ({ step, change: { relation, index, skipped } }): Found[] =>
      skipped === 'exists invalid'
        ? [{ step, severity: 'high', relation, rows: relation.size.rows, index, done: true }]
        : [],
  )
}

/** Where an index is built beside a broken one over the same column, which this review does not drop: once for each. */
function standing(context: ReviewContext): Found[] {
  const reported = new Set<string>()
  const skipped = changesInBothDirections(context, 'builds index').filter(({ change }) => change.skipped !== null)
  const handled = new Set(
    [...changesInBothDirections(context, 'drops index'), ...skipped].map(({ change }) => change.index.name),
  )
  return changesOf(context, 'builds index').flatMap(({ step, change }): Found[] => {
    if (change.skipped !== null) return []
    const { relation } = change
    const broken = relation.indexes.filter(
      ({ name, valid, keys }) =>
        !valid && keys[0] === change.index.keys[0] && !handled.has(name) && !reported.has(`${relation.id} ${name}`),
    )
    for (const { name } of broken) reported.add(`${relation.id} ${name}`)
    return broken.map((index) => ({ step, severity: 'low', relation, rows: relation.size.rows, index, done: false }))
  })
}

function dropOf(relation: Relation, index: Index): AlternativeStep {
  return outside(
    1,
    `DROP INDEX CONCURRENTLY IF EXISTS ${quoteRelation({ schema: relation.schema, name: index.name })};`,
  )
}

function again({ statement: { node } }: Step): string {
  return node && 'IndexStmt' in node
    ? `${print({ IndexStmt: { ...node.IndexStmt, concurrent: true, if_not_exists: false } })};`
    : ''
}
