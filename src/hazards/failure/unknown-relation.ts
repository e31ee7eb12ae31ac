import { defineHazard } from '../hazard.ts'
import { isApplied } from '../scene/history.ts'
import type { Severity } from '../severity.ts'

/** PostgreSQL's error classes for names that are missing or taken. */
const missing = /^(42P01|42703|42704|3F000|42883)$/
const taken = /^(42P07|42701|42710|42P06)$/

const before = 'CREATE TABLE orders (id bigint PRIMARY KEY, total numeric);\nINSERT INTO orders VALUES (1, 10);'

export const hazard = defineHazard({
  id: 'unknown-relation',
  group: 'failure',
  title: 'A name does not stand at this point, or stands already',
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
  detect(scene) {
    // A placeholder before may have made or dropped what this statement names.
    const unsure = scene.steps.some((step) => step.hasPlaceholder)
    const severity: Severity = unsure ? 'medium' : 'critical'
    return scene.steps.flatMap((step) => {
      const { fails } = step.judgement
      if (!fails || !scene.exact || step.hasPlaceholder) return []
      if (!missing.test(fails.sqlstate) && !taken.test(fails.sqlstate)) return []
      // What it makes stands already where it has run; edited-applied-migration tells of it.
      if (taken.test(fails.sqlstate) && isApplied(scene, step.migration.path)) return []
      return [{ step, severity, relation: null, rows: null, fails, unsure }]
    })
  },
  tell({ fails: { sqlstate, message, object }, unsure }, { whyMissing }) {
    const stands = taken.test(sqlstate)
      ? 'It stands already; if this migration has run there, review only what changed (--base).'
      : 'Neither the database nor the migrations before this one have it at this point.'
    const placeholder = unsure ? ' A placeholder in these migrations may stand for it.' : ''
    return {
      message: `${unsure ? 'May' : 'Will'} fail: ${message}`,
      why: `${whyMissing(object?.name ?? '') ?? stands}${placeholder} SQLSTATE ${sqlstate}.`,
      alternative: null,
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
