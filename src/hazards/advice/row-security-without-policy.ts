import { quoteRelation } from '../../sql/quote.ts'
import { stepsOf } from '../context/schema-changes.ts'
import { subcommands } from '../context/statements-of-kind.ts'
import { defineHazard } from '../hazard.ts'

export const hazard = defineHazard({
  id: 'row-security-without-policy',
  group: 'advice',
  title: 'Row security without a policy',
  page: {
    what: 'Row level security is switched on and the table has no policy.',
    why: 'Whoever is not the owner, a superuser or a role with BYPASSRLS then finds no row: SELECT, UPDATE and DELETE do nothing, without an error, and an INSERT is refused with SQLSTATE 42501.',
    instead: 'Create the policies in the same migration.',
    harmless: 'Where only the owner and roles with BYPASSRLS use the table: it then keeps everyone else out.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source:
    '`get_row_security_policies` in rowsecurity.c adds a default-deny policy when none applies; seen on PostgreSQL 13, 17 and 18.',
  detect: (context) =>
    stepsOf(subcommands(context, 'AT_EnableRowSecurity')).flatMap((step) => {
      const { node } = step.statement
      const name = node && 'AlterTableStmt' in node ? node.AlterTableStmt.relation : null
      const found = name && context.existingAfter(name.schemaname ?? null, name.relname ?? '')
      if (!found?.known || found.policies.length > 0) return []
      return [{ step, severity: 'low' as const, relation: found, rows: null }]
    }),
  describe: ({ relation }) => ({
    message: `\`${relation && quoteRelation(relation)}\` has row security and no policy: roles other than its owner find no row`,
    why: 'Their queries return nothing, without an error, and their INSERTs are refused with SQLSTATE 42501.',
    alternative: { summary: 'Create its policies in the same migration.', steps: [] },
  }),
  examples: {
    bad: [
      {
        title: 'no policy',
        before: '',
        migration: 'CREATE TABLE notes (id bigint PRIMARY KEY);\nALTER TABLE notes ENABLE ROW LEVEL SECURITY;',
      },
    ],
    good: [
      {
        title: 'a policy',
        before: '',
        migration:
          'CREATE TABLE notes (id bigint PRIMARY KEY);\nALTER TABLE notes ENABLE ROW LEVEL SECURITY;\nCREATE POLICY everyone ON notes USING (true);',
      },
    ],
  },
})
