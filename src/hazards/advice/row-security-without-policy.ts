import { quoteRelation } from '../../sql/quote.ts'
import { defineHazard } from '../hazard.ts'
import type { Step } from '../scene/scene.ts'

export const hazard = defineHazard({
  id: 'row-security-without-policy',
  group: 'advice',
  title: 'Row security without a policy',
  page: {
    what: 'Row level security is switched on and the table has no policy.',
    why: 'Everybody but the owner then reads no row and writes none, without an error.',
    instead: 'Create the policies in the same migration.',
    harmless: 'Where only the owner and roles with BYPASSRLS use the table, it is a lock on the door.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source: '`get_row_security_policies` in rowsecurity.c adds a default-deny policy when none applies.',
  detect: (scene) =>
    scene.steps.flatMap((step) => {
      const name = step.migration.direction === 'up' ? enabledOn(step) : null
      const found = name && scene.standing(name.schemaname ?? null, name.relname ?? '')
      if (!found?.known || found.policies.length > 0) return []
      return [{ step, severity: 'low' as const, relation: found, rows: null }]
    }),
  tell: ({ relation }) => ({
    message: `\`${relation && quoteRelation(relation)}\` has row security and no policy: all but its owner see no row`,
    why: 'Nobody gets an error; queries just return nothing.',
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

function enabledOn({ statement: { node } }: Step) {
  const alter = node && 'AlterTableStmt' in node ? node.AlterTableStmt : null
  const enables = alter?.cmds?.some(
    (one) => 'AlterTableCmd' in one && one.AlterTableCmd.subtype === 'AT_EnableRowSecurity',
  )
  return enables ? (alter?.relation ?? null) : null
}
