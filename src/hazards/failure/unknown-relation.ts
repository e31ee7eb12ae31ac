import { type Draft, defineHazard } from '../hazard.ts'
import { isApplied } from '../history.ts'
import { unwritten } from '../unwritten.ts'

/** PostgreSQL's error classes for names that are missing or taken. */
const missing = /^(42P01|42703|42704|3F000|42883)$/
const taken = /^(42P07|42701|42710|42P06)$/

export const hazard = defineHazard({
  ...unwritten,
  id: 'unknown-relation',
  group: 'failure',
  title: 'A name does not stand at this point, or stands already',
  page: {
    what: 'The statement names a table, column, constraint, index or type that neither the database nor the migrations before it have, or makes one that is there already.',
    why: 'The migration aborts.',
    instead: 'Correct the name, or put the migration that makes it first.',
    harmless: '',
  },
  tell: (found: Draft) => found,
  detect(scene): Draft[] {
    // A placeholder before may have made or dropped what this statement names.
    const unsure = scene.steps.some((step) => step.hasPlaceholder)
    return scene.steps.flatMap((step): Draft[] => {
      const { fails } = step.judgement
      if (
        !fails ||
        !scene.exact ||
        step.hasPlaceholder ||
        // What it makes stands already where it has run; edited-applied-migration tells of it.
        (taken.test(fails.sqlstate) && isApplied(scene, step.migration.path)) ||
        !(missing.test(fails.sqlstate) || taken.test(fails.sqlstate))
      )
        return []
      return [
        {
          step,
          severity: unsure ? 'medium' : 'critical',
          relation: null,
          rows: null,
          message: `${unsure ? 'May' : 'Will'} fail: ${fails.message}`,
          why: `${scene.whyMissing(fails.object?.name ?? '') ?? (taken.test(fails.sqlstate) ? 'It stands already, from the database or from a migration before this one. If this migration has run there, review only what changed (--base).' : 'Neither the database nor the migrations before this one have it at this point.')} ${unsure ? 'A placeholder in these migrations may stand for it. ' : ''}SQLSTATE ${fails.sqlstate}.`,
          related: [],
          alternative: null,
        },
      ]
    })
  },
})
