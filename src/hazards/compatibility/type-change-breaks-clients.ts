import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { isUnseen } from '../context/blocked-statements.ts'
import { mayBeUsed, usageOf, usageText } from '../context/code-usage.ts'
import { type ColumnTypeChange, columnTypeChanges, lostLabels } from '../context/column-type-changes.ts'
import { defineHazard } from '../hazard.ts'
import type { Severity } from '../severity.ts'

const before = 'CREATE TABLE items (id bigint PRIMARY KEY, code int);\nINSERT INTO items VALUES (1, 7);'
const timeout = "SET LOCAL lock_timeout = '3s';\n"

export const hazard = defineHazard({
  id: 'type-change-breaks-clients',
  group: 'compatibility',
  title: 'A column gets a type that running code does not expect',
  page: {
    what: 'Drivers read and write the column as another type from one moment to the next: a string becomes a number, an integer a bigint, which JavaScript drivers give as a string.',
    why: 'The version of the code that still runs while this deploys writes values of the old type and fails, or reads values it does not understand. A prepared statement that returns the column fails with SQLSTATE 0A000 (cached plan must not change result type) every time until its session prepares it again.',
    instead: 'Add a column of the new type, write both, switch the code, and drop the old one later.',
    harmless:
      'A new length or precision of the same type, varchar to text and the like look the same to code. Where the code was searched and does not name the column, the finding is low.',
  },
  facts: ['effects', 'catalog', 'code'],
  sqlstates: ['22P02', '42804', '0A000'],
  source:
    'RevalidateCachedQuery in plancache.c refuses a plan whose result type changed, at each execution on 13, 17 and 18; the rest is what drivers do with the type’s OID.',
  detect: (context) =>
    [...columnTypeChanges(context).values()].flatMap((change) => {
      const { step, relation, column, from } = change
      if (isUnseen(relation) || from === '') return []
      const worst = severityOf(change)
      if (worst === null) return []
      const name = { table: relation.name, column }
      const usage = usageOf(context, name)
      const severity = mayBeUsed(usage) ? worst : ('low' as const)
      return [{ step, severity, relation, rows: relation.size.rows, change, name, usage }]
    }),
  describe: ({ change, name, usage }, context) => ({
    message: messageOf(change),
    why: usageText(usage, context, name),
    alternative: {
      summary:
        'Add a column of the new type beside it, write both, switch the code to it, and drop the old one in a later deployment.',
      steps: [],
    },
  }),
  examples: {
    bad: [
      {
        title: 'integer to text',
        before,
        migration: `${timeout}ALTER TABLE items ALTER COLUMN code TYPE text;`,
        application: 'SELECT id FROM items WHERE code > 5',
      },
      {
        title: 'boolean to text',
        before: 'CREATE TABLE items (id bigint PRIMARY KEY, done boolean);',
        migration: `${timeout}ALTER TABLE items ALTER COLUMN done TYPE text USING 'no';`,
        application: 'SELECT id FROM items WHERE NOT done',
      },
      {
        title: 'an enum that loses a value',
        before: "CREATE TYPE state AS ENUM ('new', 'done');\nCREATE TABLE items (id bigint PRIMARY KEY, state state);",
        tables: { items: { rows: 0, bytes: 0 } },
        migration: `${timeout}CREATE TYPE state_new AS ENUM ('new');
ALTER TABLE items ALTER COLUMN state TYPE state_new USING state::text::state_new;
DROP TYPE state;
ALTER TYPE state_new RENAME TO state;`,
        application: "INSERT INTO items VALUES (1, 'done')",
      },
    ],
    good: [
      {
        title: 'varchar to text',
        before: 'CREATE TABLE items (id bigint PRIMARY KEY, code varchar(20));',
        migration: `${timeout}ALTER TABLE items ALTER COLUMN code TYPE text;`,
      },
      {
        title: 'a table made in the same change',
        before: '',
        migration: 'CREATE TABLE t (id bigint PRIMARY KEY, a text);\nALTER TABLE t ALTER COLUMN a TYPE int USING 1;',
      },
      {
        title: 'an enum that is created again with one value more',
        before: "CREATE TYPE state AS ENUM ('new', 'done');\nCREATE TABLE items (id bigint PRIMARY KEY, state state);",
        migration: `${timeout}CREATE TYPE state_new AS ENUM ('new', 'done', 'late');
ALTER TABLE items ALTER COLUMN state TYPE state_new USING state::text::state_new;
DROP TYPE state;
ALTER TYPE state_new RENAME TO state;`,
      },
    ],
  },
})

/** The kind of value that code sees. Types of one kind are written and read alike. */
const families: [family: string, types: RegExp][] = [
  ['text', /^(text|character|character varying|name|citext|"char")\b/],
  ['integer', /^(smallint|integer)\b/],
  ['large number', /^(bigint|numeric)\b/],
  ['float', /^(real|double precision)\b/],
  ['boolean', /^boolean\b/],
  ['zoned time', /^timestamp.* with time zone/],
  ['local time', /^timestamp/],
  ['date', /^date\b/],
  ['json', /^jsonb?\b/],
  ['uuid', /^uuid\b/],
  ['bytes', /^bytea\b/],
]

function messageOf(change: ColumnTypeChange): string {
  const column = `\`${quoteRelation(change.relation)}.${quoteName(change.column)}\``
  const lost = lostLabels(change)
  return lost
    ? `Breaks code that still writes ${listOf(lost)} into ${column}: the new type lacks ${lost.length > 1 ? 'them' : 'it'}`
    : `Breaks code that takes ${column} for ${change.from}: it becomes ${change.to}`
}

function listOf(labels: string[]): string {
  const some = labels.slice(0, 3).map((label) => `\`${label}\``)
  return labels.length > 3 ? `${some.join(', ')} and ${labels.length - 3} more` : some.join(', ')
}

/** Null when code sees no difference; low where most drivers cope. */
function severityOf(change: ColumnTypeChange): Severity | null {
  const lost = lostLabels(change)
  if (lost) return lost.length > 0 ? 'high' : null
  const [old, now] = [familyOf(change.from), familyOf(change.to)]
  if (old === now) return null
  const pair = `${old} > ${now}`
  return gentle.has(pair) ? 'low' : 'high'
}

const gentle = new Set([
  'integer > large number',
  'integer > float',
  'large number > integer',
  'local time > zoned time',
  'zoned time > local time',
  'date > local time',
  'date > zoned time',
  'uuid > text',
  'json > text',
])

function familyOf(type: string): string {
  const base = type.replace(/^public\./, '')
  if (base.endsWith('[]')) return `array of ${familyOf(base.slice(0, -2))}`
  return families.find(([, types]) => types.test(base))?.[0] ?? base
}
