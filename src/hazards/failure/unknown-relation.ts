import { nearest } from '../../policy/nearest.ts'
import { alternative } from '../alternatives/alternative.ts'
import { failing, wrongName } from '../context/failing-statements.ts'
import { isApplied } from '../context/history-facts.ts'
import { once } from '../context/once.ts'
import type { ReviewContext } from '../context/review-context.ts'
import { defineHazard } from '../hazard.ts'
import type { Severity } from '../severity.ts'

const before = 'CREATE TABLE orders (id bigint PRIMARY KEY, total numeric);\nINSERT INTO orders VALUES (1, 10);'

export const hazard = defineHazard({
  id: 'unknown-relation',
  group: 'failure',
  title: 'A name does not exist at this point, or exists already',
  page: {
    what: 'The statement names a table, column, constraint, index or type that neither the database nor the migrations before it have, or makes one that is there already.',
    why: 'The migration aborts.',
    instead: 'Correct the name, or put the migration that makes it first.',
    harmless:
      'With IF EXISTS or IF NOT EXISTS. When a merged migration makes it that the server has not run yet, nothing is said; without a catalog the hazard never fires.',
  },
  facts: ['catalog'],
  sqlstates: ['42P01', '42703', '42704', '3F000', '42883', '42P07', '42701', '42710', '42P06'],
  source:
    'RangeVarGetRelidExtended in src/backend/catalog/namespace.c for what is missing, heap_create_with_catalog in src/backend/catalog/heap.c for what is taken.',
  detect(context) {
    // An earlier placeholder may have created or dropped the object that this statement names.
    const unsure = context.steps.some((step) => step.hasPlaceholder)
    const severity: Severity = unsure ? 'medium' : 'critical'
    return failing(context).flatMap((step) => {
      const { fails } = step.analysis
      if (!fails || !context.exact || step.hasPlaceholder) return []
      const wrong = wrongName(fails)
      if (wrong === null) return []
      // Its objects already exist where it has run; edited-applied-migration reports that.
      if (wrong === 'taken' && isApplied(context, step.migration.path)) return []
      return [{ step, severity, relation: null, rows: null, fails, unsure }]
    })
  },
  describe({ fails, unsure }, context) {
    const { sqlstate, message, object } = fails
    const isTaken = wrongName(fails) === 'taken'
    const placeholder = unsure ? ', unless a placeholder in these migrations means it' : ''
    const existing = isTaken
      ? `It already exists at this point${placeholder}.`
      : `Neither the database nor the migrations before this one have it at this point${placeholder}.`
    const near = isTaken || !object ? null : nearestTo(object, context)
    return {
      message: `${unsure ? 'May' : 'Will'} fail: ${message} (SQLSTATE ${sqlstate})${near === null ? '' : `; did you mean \`${near}\`?`}`,
      why: context.whyMissing(object?.name ?? '') ?? existing,
      alternative: alternative(
        isTaken
          ? 'Give it another name, or leave it out; if this migration has run there, review only what changed (--base).'
          : 'Correct the name, or put the migration that makes it first.',
        [],
      ),
    }
  },
  examples: {
    bad: [
      {
        title: 'a table that is not there',
        before,
        migration: 'ALTER TABLE order_s ADD COLUMN note text;',
      },
      {
        title: 'a column that is there already',
        before,
        migration: 'ALTER TABLE orders ADD COLUMN total numeric;',
      },
    ],
    good: [
      {
        title: 'the name is right',
        before,
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders ADD COLUMN note text;",
      },
      {
        title: 'a table that is made above',
        before,
        migration: 'CREATE TABLE refunds (id bigint);\nALTER TABLE refunds ADD COLUMN note text;',
      },
    ],
  },
})

/** Names of relations that were read or made. */
const relationNames = once(
  ({ catalog }) => new Set([...catalog.all()].flatMap(({ name, known }) => (known ? [name] : []))),
)

/** A name like the missing one: of a relation, or of a column of the same relation. */
function nearestTo({ kind, name }: { kind: string; name: string }, context: ReviewContext): string | null {
  const [bare = '', table, schema = null] = name.split('.').reverse()
  if (kind === 'relation') return nearest(bare, relationNames(context))
  const relation = kind === 'column' && table !== undefined ? context.catalog.find(schema, table) : null
  return (
    relation &&
    nearest(
      bare,
      relation.columns.map((column) => column.name),
    )
  )
}
