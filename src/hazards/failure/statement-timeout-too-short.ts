import { durationText } from '../../forecast/numbers.ts'
import { alternative, outside, own, same } from '../alternatives/alternative.ts'
import { isWork } from '../context/blocked-statements.ts'
import { big } from '../example.ts'
import { type Detection, defineHazard } from '../hazard.ts'
import type { Severity } from '../severity.ts'

const before = `CREATE TABLE orders (id bigint, note text);
INSERT INTO orders SELECT n, md5(n::text) FROM generate_series(1, 60000) n;
ALTER TABLE orders ADD CONSTRAINT orders_note_known CHECK (note ~ '^[0-9a-f]+$') NOT VALID;`

export const hazard = defineHazard({
  id: 'statement-timeout-too-short',
  group: 'failure',
  title: 'The forecast exceeds the statement_timeout',
  page: {
    what: 'The session’s statement_timeout, from the file, the role or the policy, ends the statement before its work is done.',
    why: 'The migration aborts after that time, and a CREATE INDEX CONCURRENTLY leaves an INVALID index behind.',
    instead:
      'SET LOCAL statement_timeout for this one statement, to more than its forecast; bound the wait for locks with lock_timeout instead.',
    harmless:
      'Where the forecast, with its high end, is below the timeout. For a statement that blocks others the timeout also ends their wait, but the migration fails all the same.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: ['57014'],
  source:
    'StatementTimeoutHandler in src/backend/utils/init/postinit.c cancels the statement: canceling statement due to statement timeout.',
  detect: (context) =>
    context.steps.flatMap((step): Found[] => {
      const { statementTimeoutMs: timeout } = step
      if (!timeout || step.migration.direction === 'down' || step.analysis.fails || step.refuses) return []
      const work = step.effects.filter(({ effect }) => isWork(effect) || effect.writes)
      const relation = work[0]?.effect.relation ?? null
      const rows = relation?.size.rows ?? null
      if (work.some(({ forecast }) => forecast === null))
        return [{ step, severity: 'medium', relation, rows, timeout, time: null }]
      const sum = (end: 'lowMs' | 'highMs') => work.reduce((all, { forecast }) => all + (forecast?.[end] ?? 0), 0)
      const time = { lowMs: sum('lowMs'), highMs: sum('highMs') }
      if (time.highMs <= timeout) return []
      const severity: Severity = time.lowMs > timeout ? 'high' : 'medium'
      return [{ step, severity, relation, rows, timeout, time }]
    }),
  describe({ step, timeout, time }, { format }) {
    const sure = time !== null && time.lowMs > timeout
    const takes = time === null ? 'how long it takes is not known' : `takes ${format.time(time.lowMs, time.highMs)}`
    const longer = setting(time?.highMs ?? timeout * 10)
    return {
      message: `${sure ? 'Will likely' : 'May'} fail: ${takes}, and statement_timeout ends it after ${durationText(timeout)}`,
      why: 'PostgreSQL cancels it then with SQLSTATE 57014, and its work was in vain.',
      alternative: alternative(
        'Give this statement the time it needs.',
        step.transaction
          ? [own(1, `SET LOCAL statement_timeout = '${longer}';`), same(1, `${step.statement.sql};`)]
          : [outside(1, `SET statement_timeout = '${longer}';`), outside(1, `${step.statement.sql};`)],
      ),
    }
  },
  examples: {
    bad: [
      {
        title: 'a validation under a timeout of the file',
        before,
        tables: { orders: big },
        migration: "SET statement_timeout = '5ms';\nALTER TABLE orders VALIDATE CONSTRAINT orders_note_known;",
      },
      {
        title: 'an index CONCURRENTLY, which leaves a broken one behind',
        before,
        tables: { orders: big },
        transaction: 'none',
        migration: "SET statement_timeout = '5ms';\nCREATE INDEX CONCURRENTLY orders_note_idx ON orders (note);",
      },
    ],
    good: [
      {
        title: 'a longer timeout for this one statement',
        before,
        tables: { orders: big },
        migration: "SET LOCAL statement_timeout = '1h';\nALTER TABLE orders VALIDATE CONSTRAINT orders_note_known;",
      },
      {
        title: 'a timeout that a small table does not reach',
        before,
        migration: "SET statement_timeout = '30s';\nALTER TABLE orders VALIDATE CONSTRAINT orders_note_known;",
      },
    ],
  },
})

interface Found extends Detection {
  /** ms. */
  timeout: number
  /** Null: a size is unknown. */
  time: { lowMs: number; highMs: number } | null
}

/** Twice the forecast's high end, in whole minutes. */
function setting(highMs: number): string {
  return `${Math.max(1, Math.ceil((highMs * 2) / 60_000))}min`
}
