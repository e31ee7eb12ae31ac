import { quoteName } from '../../sql/quote.ts'
import { type Draft, defineHazard } from '../hazard.ts'
import type { Scene, Step } from '../scene.ts'
import { unwritten } from '../unwritten.ts'

export const hazard = defineHazard({
  ...unwritten,
  id: 'drop-schema',
  group: 'data loss',
  title: 'A schema is dropped with everything in it',
  page: {
    what: 'DROP SCHEMA … CASCADE removes every table, view, type and function of the schema, and what hangs on them elsewhere.',
    why: 'Only a backup brings them back. A catalog that was read for the named tables does not show what else is in the schema.',
    instead:
      'Drop what is known to be unused by name; then DROP SCHEMA without CASCADE, which refuses when something is left.',
    harmless: '',
  },
  tell: (found: Draft) => found,
  detect: (scene): Draft[] =>
    scene.steps.flatMap((step) =>
      step.judgement.marks.flatMap((mark): Draft[] => {
        if (mark.kind !== 'drops schema' || step.migration.direction === 'down' || madeHere(mark.schema, step, scene))
          return []
        return [
          {
            step,
            severity: 'high',
            relation: null,
            rows: null,
            message: `Loses everything in schema \`${quoteName(mark.schema)}\``,
            why: 'CASCADE takes every table with its rows, and what hangs on them in other schemas; only a backup brings them back.',
            related: [],
            alternative: {
              summary: 'Without CASCADE PostgreSQL refuses when something is left in it.',
              steps: [{ sql: `DROP SCHEMA ${quoteName(mark.schema)};`, transaction: 'own', file: 1 }],
            },
          },
        ]
      }),
    ),
})

/** These migrations made the schema themselves before. */
function madeHere(schema: string, step: Step, scene: Scene): boolean {
  return scene.steps.slice(0, scene.steps.indexOf(step)).some(({ statement: { node } }) => {
    return (
      node !== null &&
      'CreateSchemaStmt' in node &&
      node.CreateSchemaStmt.schemaname === schema &&
      !node.CreateSchemaStmt.if_not_exists
    )
  })
}
