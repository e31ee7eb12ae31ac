import { quoteRelation } from '../../sql/quote.ts'
import { oncePerStatement } from '../context/added-objects.ts'
import type { Step } from '../context/review-context.ts'
import { changesOf } from '../context/schema-changes.ts'
import { defineHazard } from '../hazard.ts'

export const hazard = defineHazard({
  id: 'unnamed-constraint',
  group: 'advice',
  title: 'A constraint gets a name that PostgreSQL makes up',
  page: {
    what: 'A constraint is added to an existing table without CONSTRAINT name.',
    why: 'The name can differ between databases, and a later migration has to name it.',
    instead: 'Name it.',
    harmless:
      'A matter of style: reported only where the policy sets advice.style. Names in new tables are the same everywhere.',
  },
  facts: ['effects'],
  sqlstates: [],
  source: 'ChooseConstraintName in pg_constraint.c takes the next free one.',
  detect: (context) =>
    oncePerStatement(
      (context.policy.advice.style ? changesOf(context, 'adds constraint') : []).flatMap(({ step, change }) =>
        change.relation.isNew || isNamed(step)
          ? []
          : [{ step, severity: 'low' as const, relation: change.relation, rows: null, change }],
      ),
    ),
  describe: ({ change }) => ({
    message: `PostgreSQL makes up a name for a constraint of \`${quoteRelation(change.relation)}\``,
    why: 'It can differ between databases, and a later migration has to name it.',
    alternative: { summary: 'Name it: ADD CONSTRAINT name ….', steps: [] },
  }),
  examples: {
    bad: [
      {
        title: 'a check',
        before: 'CREATE TABLE visits (id bigint PRIMARY KEY);',
        policy: 'advice: { style: true }',
        migration: "SET lock_timeout = '3s';\nSET statement_timeout = '30s';\nALTER TABLE visits ADD CHECK (id > 0);",
      },
    ],
    good: [
      {
        title: 'a name',
        before: 'CREATE TABLE visits (id bigint PRIMARY KEY);',
        policy: 'advice: { style: true }',
        migration: "SET lock_timeout = '3s';\nALTER TABLE visits ADD CONSTRAINT positive CHECK (id > 0);",
      },
    ],
  },
})

function isNamed({ statement: { node } }: Step): boolean {
  const commands = node && 'AlterTableStmt' in node ? (node.AlterTableStmt.cmds ?? []) : []
  return commands.every((command) => {
    const def = 'AlterTableCmd' in command ? command.AlterTableCmd.def : undefined
    return !def || !('Constraint' in def) || Boolean(def.Constraint.conname)
  })
}
