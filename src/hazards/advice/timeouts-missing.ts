import { oncePerFile } from '../context/added-objects.ts'
import { strongLocks } from '../context/blocked-statements.ts'
import { defineHazard } from '../hazard.ts'

export const hazard = defineHazard({
  id: 'timeouts-missing',
  group: 'advice',
  title: 'No statement_timeout before a change of an existing table',
  page: {
    what: 'A file locks an existing table, and nothing limits how long its statements may take.',
    why: 'A statement that takes longer than thought keeps its locks until somebody notices.',
    instead: 'SET LOCAL statement_timeout beside lock_timeout, well above the forecast.',
    harmless:
      'A matter of style: reported only where the policy sets advice.style. A missing lock_timeout is lock-queue’s.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source: 'StatementTimeoutHandler in src/backend/utils/init/postinit.c cancels the statement with SQLSTATE 57014.',
  detect: (context) =>
    oncePerFile(
      (context.policy.advice.style ? [...strongLocks(context)] : []).flatMap(([step, [first]]) => {
        if (!first || step.statementTimeoutMs) return []
        return [{ step, severity: 'low' as const, relation: first.effect.relation, rows: null }]
      }),
    ),
  describe: () => ({
    message: 'No statement_timeout limits what this file does',
    why: 'A statement that takes longer than thought keeps its locks until somebody notices.',
    alternative: { summary: 'SET LOCAL statement_timeout at its top, well above the forecast.', steps: [] },
  }),
  examples: {
    bad: [
      {
        title: 'none',
        before: 'CREATE TABLE people (id bigint PRIMARY KEY);',
        policy: 'advice: { style: true }',
        migration: "SET LOCAL lock_timeout = '3s';\nALTER TABLE people ADD COLUMN note text;",
      },
    ],
    good: [
      {
        title: 'one',
        before: 'CREATE TABLE people (id bigint PRIMARY KEY);',
        policy: 'advice: { style: true }',
        migration:
          "SET LOCAL lock_timeout = '3s';\nSET LOCAL statement_timeout = '30s';\nALTER TABLE people ADD COLUMN note text;",
      },
    ],
  },
})
