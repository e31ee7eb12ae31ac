import type { ColumnDef, Node } from '@pgsql/types'
import { quoteName } from '../../sql/quote.ts'
import { strings, walk } from '../../sql/walk.ts'
import { alternative } from '../alternatives/alternative.ts'
import type { ReviewContext, Step } from '../context/review-context.ts'
import { statementsOfKind, subcommands } from '../context/statements-of-kind.ts'
import { defineHazard } from '../hazard.ts'

const before = 'CREATE TABLE orders (id bigint PRIMARY KEY, changed_at timestamptz);'
const timeout = "SET LOCAL lock_timeout = '3s';\n"

export const hazard = defineHazard({
  id: 'frozen-now',
  group: 'failure',
  title: 'A default that is meant to be the current time is frozen',
  page: {
    what: "DEFAULT 'now()' or 'now' in quotes is a constant: PostgreSQL reads it once, when the column is made, and keeps that moment. In a text column it stays the word itself.",
    why: 'Every later row gets the time of the migration, and no error says so.',
    instead:
      'Write the function without quotes: DEFAULT now(). Migration tools have a form for it, such as pgm.func or knex.fn.now.',
    harmless: 'For now(), CURRENT_TIMESTAMP and other functions without quotes.',
  },
  facts: ['effects'],
  sqlstates: [],
  source:
    'datetime input reads the words now, today, tomorrow and yesterday at once (datetime.c); pg_get_expr then shows a constant, on 13 and 18.',
  detect: (context) =>
    defaultsIn(context).flatMap(({ step, column, value }) => {
      const text = constantText(value)
      if (text === null || !/^\s*(now(\(\))?|today|tomorrow|yesterday|current_timestamp)\s*$/i.test(text)) return []
      const relation = step.effects[0]?.effect.relation ?? null
      return [{ step, severity: 'medium' as const, relation, rows: null, column, text }]
    }),
  describe: ({ column, text }) => ({
    message: `\`${quoteName(column)}\` gets the time of the migration in every later row: DEFAULT '${text}' in quotes is a constant`,
    why: 'PostgreSQL reads the word once, when the default is made, and keeps that moment.',
    alternative: alternative('Write the function without quotes: `DEFAULT now()`.', []),
  }),
  examples: {
    bad: [
      {
        title: 'in a new table',
        before,
        migration: "CREATE TABLE visits (id bigint PRIMARY KEY, at timestamptz DEFAULT 'now()');",
        seen: 'runs',
      },
      {
        title: 'SET DEFAULT',
        before,
        migration: `${timeout}ALTER TABLE orders ALTER COLUMN changed_at SET DEFAULT 'now';`,
        seen: 'runs',
      },
    ],
    good: [
      {
        title: 'the function',
        before,
        migration: 'CREATE TABLE visits (id bigint PRIMARY KEY, at timestamptz DEFAULT now());',
      },
      {
        title: 'a column of words',
        before,
        migration: "CREATE TABLE visits (id bigint PRIMARY KEY, kind text DEFAULT 'nowhere');",
      },
    ],
  },
})

interface Default {
  step: Step
  column: string
  value: Node | undefined
}

function defaultsIn(context: ReviewContext): Default[] {
  const made = [...statementsOfKind(context, 'CreateStmt'), ...statementsOfKind(context, 'AlterTableStmt')]
  const written = made.flatMap(({ step, body }) => {
    const found: Default[] = []
    walk(body, (kind, value) => {
      if (kind !== 'ColumnDef') return undefined
      const { colname = '', constraints = [] } = value as ColumnDef
      for (const constraint of constraints)
        if ('Constraint' in constraint && constraint.Constraint.contype === 'CONSTR_DEFAULT')
          found.push({ step, column: colname, value: constraint.Constraint.raw_expr })
      return false
    })
    return found
  })
  const set = subcommands(context, 'AT_ColumnDefault').map(({ step, command }) => ({
    step,
    column: command.name ?? '',
    value: command.def,
  }))
  return [...written, ...set]
}

/** The text of a constant, also under a cast to a date or time. */
function constantText(value: Node | undefined): string | null {
  if (!value) return null
  if ('TypeCast' in value) {
    const type = strings(value.TypeCast.typeName?.names).at(-1) ?? ''
    return /^(date|time|timetz|timestamp|timestamptz)$/.test(type) ? constantText(value.TypeCast.arg) : null
  }
  return 'A_Const' in value ? (value.A_Const.sval?.sval ?? null) : null
}
