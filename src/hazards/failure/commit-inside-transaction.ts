import { alternative, outsideHow } from '../alternatives/alternative.ts'
import { changesInBothDirections } from '../context/schema-changes.ts'
import { defineHazard } from '../hazard.ts'
import type { Severity } from '../severity.ts'

const before = `CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO orders VALUES (1); COMMIT; END $$;`

export const hazard = defineHazard({
  id: 'commit-inside-transaction',
  group: 'failure',
  title: 'COMMIT or ROLLBACK in code that runs inside a transaction',
  page: {
    what: 'A DO block or procedure ends its transaction with COMMIT or ROLLBACK, but the migration tool, the file or a query around it already has one. A function can never do it.',
    why: 'PostgreSQL aborts the migration when it gets there.',
    instead: 'Run the file outside a transaction, with the block alone in it; or leave the COMMIT out.',
    harmless: 'In a DO block or procedure that is sent alone and outside a transaction, which may commit in its loop.',
  },
  facts: ['effects'],
  sqlstates: ['2D000'],
  source:
    'SPI_commit in src/backend/executor/spi.c (invalid transaction termination); ExecuteDoStmt in functioncmds.c; seen on 13 and 18.',
  detect: (context) =>
    changesInBothDirections(context, 'ends transaction').flatMap(({ step, change }) => {
      const [first] = step.analysis.changes.filter(({ kind }) => kind === 'ends transaction')
      if (first !== change || (step.transaction === null && !change.inFunction)) return []
      const severity: Severity = change.certain ? 'critical' : 'high'
      return [{ step, severity, relation: null, rows: null, change }]
    }),
  describe: ({ step, change }) => ({
    message: `${change.certain ? 'Will fail' : 'Fails when it gets there'}: ${change.word} in ${change.inFunction ? 'a function' : 'a block that runs inside a transaction'}`,
    why: change.inFunction
      ? 'Only a procedure or a DO block may end a transaction, and only when nothing around it has one (SQLSTATE 2D000).'
      : 'The transaction belongs to what sent the block, and code in it cannot end it (SQLSTATE 2D000).',
    alternative: alternative(
      change.inFunction
        ? `Make it a procedure, and CALL it outside a transaction: ${outsideHow(step)}.`
        : `Run it alone, outside a transaction: ${outsideHow(step)}.`,
      [],
    ),
  }),
  examples: {
    bad: [
      {
        title: 'a DO block in the tool’s transaction',
        before,
        migration: 'DO $$ BEGIN INSERT INTO orders VALUES (1); COMMIT; END $$;',
      },
      {
        title: 'a procedure that this change makes',
        before: 'CREATE TABLE orders (id bigint PRIMARY KEY);',
        migration:
          'CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO orders VALUES (1); COMMIT; END $$;\nCALL fill();',
      },
    ],
    good: [
      {
        title: 'alone, outside a transaction',
        before,
        transaction: 'none',
        migration: 'DO $$ BEGIN INSERT INTO orders VALUES (1); COMMIT; END $$;',
      },
      {
        title: 'without COMMIT',
        before,
        migration: 'DO $$ BEGIN INSERT INTO orders VALUES (1); END $$;',
      },
    ],
  },
})
