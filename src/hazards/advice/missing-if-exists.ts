import { oncePerFile } from '../context/added-objects.ts'
import type { Step } from '../context/review-context.ts'
import { defineHazard } from '../hazard.ts'

export const hazard = defineHazard({
  id: 'missing-if-exists',
  group: 'advice',
  title: 'A file that cannot be run again after it stopped half-way',
  page: {
    what: 'Outside a transaction the statements of a file before the one that fails stay done. Run again, the first of them fails, because what it makes or drops is there or gone already.',
    why: 'The tool tries again or marks the version as failed; somebody has to clean up by hand.',
    instead:
      'IF NOT EXISTS and IF EXISTS, or one statement a file. Not for CREATE INDEX CONCURRENTLY, where it takes a broken index for done.',
    harmless:
      'In a transaction everything is undone together. The last statement has nothing after it that could fail.',
  },
  facts: ['effects'],
  sqlstates: [],
  source: 'Without a transaction block each statement commits by itself (finish_xact_command in postgres.c).',
  detect: (context) =>
    oncePerFile(
      context.steps.flatMap((step, at) => {
        const next = context.steps[at + 1]
        if (step.migration.direction === 'down' || step.transaction || next?.migration !== step.migration) return []
        return isOnce(step) ? [{ step, severity: 'low' as const, relation: null, rows: null }] : []
      }),
    ),
  describe: ({ step }) => ({
    message: 'Cannot be run again when a later statement of the file fails',
    why: `${step.migration.runner === 'plain' ? 'Outside a transaction' : 'This file runs outside a transaction, so'} what is done by then stays done.`,
    alternative: {
      summary: 'Write IF NOT EXISTS or IF EXISTS, or put each statement into a file of its own.',
      steps: [],
    },
  }),
  examples: {
    bad: [
      {
        title: 'a table and an index',
        before: 'CREATE TABLE people (id bigint PRIMARY KEY, name text);',
        transaction: 'none',
        migration:
          'CREATE TABLE kinds (id bigint PRIMARY KEY);\nCREATE INDEX CONCURRENTLY people_name ON people (name);',
      },
    ],
    good: [
      {
        title: 'IF NOT EXISTS',
        before: 'CREATE TABLE people (id bigint PRIMARY KEY, name text);',
        transaction: 'none',
        migration:
          'CREATE TABLE IF NOT EXISTS kinds (id bigint PRIMARY KEY);\nCREATE INDEX CONCURRENTLY people_name ON people (name);',
      },
    ],
  },
})

/** It makes or drops something and does not ask first. */
function isOnce({ statement: { node } }: Step): boolean {
  if (!node) return false
  if ('CreateStmt' in node) return !node.CreateStmt.if_not_exists
  if ('DropStmt' in node) return !node.DropStmt.missing_ok
  if (!('AlterTableStmt' in node)) return false
  return (node.AlterTableStmt.cmds ?? []).some((item) => {
    const command = 'AlterTableCmd' in item ? item.AlterTableCmd : null
    return (command?.subtype === 'AT_AddColumn' || command?.subtype === 'AT_DropColumn') && !command.missing_ok
  })
}
