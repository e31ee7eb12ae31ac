import { quoteRelation } from '../../sql/quote.ts'
import { changesOf } from '../context/schema-changes.ts'
import { defineHazard } from '../hazard.ts'

const before = `CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE people (id bigint PRIMARY KEY, mood mood NOT NULL DEFAULT 'ok');`

export const hazard = defineHazard({
  id: 'enum-rename',
  group: 'compatibility',
  title: 'A value of an enum is renamed',
  page: {
    what: 'ALTER TYPE … RENAME VALUE takes a moment; from then on the old label is unknown, in queries and in what is read.',
    why: 'The version of the code that still runs while this deploys writes and compares the old label and fails, and reads a new one that it does not know.',
    instead: 'Add the new value, let the code understand both, move the rows, and stop using the old one.',
    harmless: 'A type that is made in the same change is known to no code yet.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: ['22P02'],
  source: 'RenameEnumLabel in pg_enum.c changes the label in place; enum_in then refuses the old one.',
  detect: (context) =>
    changesOf(context, 'renames enum value').flatMap(({ step, at, change }) => {
      const { name } = change.type
      const own =
        changesOf(context, 'creates enum').some((changed) => changed.at < at && changed.change.name === name) ||
        changesOf(context, 'adds enum value').some(
          (changed) => changed.at < at && changed.change.type.name === name && changed.change.label === change.from,
        )
      return own ? [] : [{ step, severity: 'high' as const, relation: null, rows: null, change }]
    }),
  describe: ({ change }) => ({
    message: `Breaks code that still names \`${change.from}\` of type \`${quoteRelation(change.type)}\`: it becomes \`${change.to}\``,
    why: 'Old and new versions of the application run side by side while this deploys; the old one writes and compares the old label, and PostgreSQL refuses it (SQLSTATE 22P02).',
    alternative: {
      summary: 'Add the new value, let the code understand both, move the rows, then stop using the old one.',
      steps: [
        {
          sql: `ALTER TYPE ${quoteRelation(change.type)} ADD VALUE '${change.to.replaceAll("'", "''")}';`,
          transaction: 'own',
          file: 1,
        },
      ],
    },
  }),
  examples: {
    bad: [
      {
        title: 'a value that existed before',
        before,
        migration: "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine';",
        application: "SELECT id FROM people WHERE mood = 'ok'",
      },
      {
        title: 'in a file with other changes',
        before,
        migration:
          "SET LOCAL lock_timeout = '3s';\nALTER TABLE people ADD COLUMN note text;\nALTER TYPE mood RENAME VALUE 'sad' TO 'blue';",
        application: "INSERT INTO people SELECT coalesce(max(id), 0) + 1, 'sad' FROM people",
      },
    ],
    good: [
      {
        title: 'a type made in the same change',
        before: '',
        migration: "CREATE TYPE mood AS ENUM ('sad', 'ok');\nALTER TYPE mood RENAME VALUE 'ok' TO 'fine';",
      },
      { title: 'another value is added', before, migration: "ALTER TYPE mood ADD VALUE 'fine';" },
    ],
  },
})
