import type { SchemaChange } from '../../effects/model/schema-change.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { alternative } from '../alternatives/alternative.ts'
import { isApplied } from '../context/history-facts.ts'
import type { Step } from '../context/review-context.ts'
import { defineHazard } from '../hazard.ts'

const before = "CREATE TABLE people (id bigint PRIMARY KEY, name text);\nINSERT INTO people VALUES (1, 'Ada');"

type Lost = Extract<SchemaChange, { kind: 'drops column' | 'drops relation' }>

export const hazard = defineHazard({
  id: 'no-way-back',
  group: 'data loss',
  title: 'The way back loses what was gathered',
  page: {
    what: 'The down migration drops a column or table that the up migration made, with everything written to it since.',
    why: 'On the day a rollback is needed, people run it in a hurry. Only what was just added and is still empty goes back without a loss.',
    instead:
      'Roll forward: let the application stop using it, and drop it in a later migration, once what it holds was looked at.',
    harmless:
      'Right after the deployment, while nothing was written to it. The finding is low and never counts for the verdict.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source: 'The same as drop-column and drop-table: what is dropped comes back only from a backup.',
  detect: (context) => {
    const downs = context.steps.filter(
      ({ migration }) => migration.direction === 'down' && !isApplied(context, migration.path),
    )
    return [...Map.groupBy(downs, (step) => step.migration.path).values()].flatMap((steps) => {
      const lost = steps.flatMap((step) => lostIn(step).map((change) => ({ step, change })))
      const [first] = lost
      if (!first) return []
      return [
        {
          step: first.step,
          severity: 'low' as const,
          relation: first.change.relation,
          rows: null,
          lost: lost.map(({ change }) => change),
        },
      ]
    })
  },
  describe({ lost }) {
    const names = lost.map((change) =>
      change.kind === 'drops column'
        ? `\`${quoteRelation(change.relation)}.${quoteName(change.column)}\``
        : `\`${quoteRelation(change.relation)}\``,
    )
    const more = names.length > 3 ? ` and ${names.length - 3} more` : ''
    return {
      message: `The way back loses what ${names.slice(0, 3).join(', ')}${more} will have gathered`,
      why: 'The rollback drops it with everything written since the deployment.',
      alternative: alternative(
        'Roll forward: let the application stop using it, and drop it in a later migration.',
        [],
      ),
    }
  },
  examples: {
    bad: [
      {
        title: 'a column that is written to meanwhile',
        before,
        runner: 'golang-migrate',
        migration: {
          '1_phone.up.sql': "SET lock_timeout = '3s';\nALTER TABLE people ADD COLUMN phone text;",
          '1_phone.down.sql': 'ALTER TABLE people DROP COLUMN phone;',
        },
        application: "UPDATE people SET phone = '555'",
      },
      {
        title: 'a table',
        before,
        runner: 'golang-migrate',
        migration: {
          '1_notes.up.sql': 'CREATE TABLE notes (id bigint PRIMARY KEY);',
          '1_notes.down.sql': 'DROP TABLE notes;',
        },
        application: 'INSERT INTO notes VALUES (1)',
      },
    ],
    good: [
      {
        title: 'an index, which holds nothing of its own',
        before,
        runner: 'golang-migrate',
        migration: {
          '1_name.up.sql': 'CREATE INDEX CONCURRENTLY people_name_idx ON people (name);',
          '1_name.down.sql': 'DROP INDEX CONCURRENTLY people_name_idx;',
        },
      },
      {
        title: 'a default that goes back to what it was',
        before,
        runner: 'golang-migrate',
        policy: 'session: { lock_timeout: 3s }',
        migration: {
          '1_name.up.sql': "ALTER TABLE people ALTER COLUMN name SET DEFAULT '';",
          '1_name.down.sql': 'ALTER TABLE people ALTER COLUMN name DROP DEFAULT;',
        },
      },
    ],
  },
})

function lostIn({ analysis }: Step): Lost[] {
  return analysis.changes.filter(
    (change): change is Lost =>
      (change.kind === 'drops column' || change.kind === 'drops relation') &&
      ['table', 'partitioned table'].includes(change.relation.kind) &&
      change.relation.persistence !== 'temporary',
  )
}
