import { quoteName } from '../../sql/quote.ts'
import { alternative } from '../alternatives/alternative.ts'
import { statementsOfKind } from '../context/statements-of-kind.ts'
import { defineHazard } from '../hazard.ts'

const before = `CREATE SCHEMA billing;
CREATE TABLE billing.invoices (id bigint PRIMARY KEY);`

export const hazard = defineHazard({
  id: 'rename-schema',
  group: 'compatibility',
  title: 'A schema that running code names is renamed',
  page: {
    what: 'ALTER SCHEMA … RENAME changes the name of everything in it at once.',
    why: 'The version of the code that still runs while this deploys names the old schema, in queries or in its search_path, and fails.',
    instead: 'Make the new schema and move one table after the other, each with a view under its old name.',
    harmless: 'A schema made in the same change, or one whose name another takes in the same change.',
  },
  facts: ['effects'],
  sqlstates: ['42P01', '3F000', '42883'],
  source: 'RenameSchema in src/backend/commands/schemacmds.c; names are looked up anew for each query.',
  detect: (context) => {
    const made = statementsOfKind(context, 'CreateSchemaStmt').map(({ body }) => body.schemaname)
    const taken = statementsOfKind(context, 'RenameStmt').flatMap(({ body }) =>
      body.renameType === 'OBJECT_SCHEMA' ? [body.newname] : [],
    )
    const left = statementsOfKind(context, 'RenameStmt').flatMap(({ body }) =>
      body.renameType === 'OBJECT_SCHEMA' ? [body.subname] : [],
    )
    return statementsOfKind(context, 'RenameStmt').flatMap(
      ({ step, body: { renameType, subname = '', newname = '' } }) => {
        if (renameType !== 'OBJECT_SCHEMA' || step.analysis.fails) return []
        // Another takes its name, or it takes the name of another: code finds one under each.
        if (made.includes(subname) || taken.includes(subname) || left.includes(newname)) return []
        return [{ step, severity: 'high' as const, relation: null, rows: null, from: subname, to: newname }]
      },
    )
  },
  describe: ({ from, to }) => ({
    message: `Breaks code that still names schema \`${quoteName(from)}\`: it becomes \`${quoteName(to)}\``,
    why: 'The version of the code that runs while this deploys fails on every table, function and type in it.',
    alternative: alternative(
      'Make the new schema, move the tables one by one, and leave a view under each old name until no code uses it.',
      [],
    ),
  }),
  examples: {
    bad: [
      {
        title: 'a schema with a table',
        before,
        migration: 'ALTER SCHEMA billing RENAME TO invoicing;',
        application: 'SELECT id FROM billing.invoices',
      },
      {
        title: 'a schema with a function',
        before: `${before}\nCREATE FUNCTION billing.total() RETURNS int LANGUAGE sql AS 'SELECT 1';`,
        migration: 'ALTER SCHEMA billing RENAME TO invoicing;',
        application: 'SELECT billing.total()',
      },
    ],
    good: [
      {
        title: 'a schema made in the same change',
        before,
        migration: 'CREATE SCHEMA shipping;\nALTER SCHEMA shipping RENAME TO delivery;',
      },
      {
        title: 'another takes its name',
        before: `${before}\nCREATE SCHEMA billing_new;\nCREATE TABLE billing_new.invoices (id bigint PRIMARY KEY);`,
        migration: 'ALTER SCHEMA billing RENAME TO billing_old;\nALTER SCHEMA billing_new RENAME TO billing;',
      },
    ],
  },
})
