import type { Relation } from '../../catalog/relation.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { textOf } from '../../sql/statement.ts'
import { qualifiedName } from '../../sql/walk.ts'
import { alternative } from '../alternatives/alternative.ts'
import { holdsData } from '../context/held-data.ts'
import type { ReviewContext } from '../context/review-context.ts'
import { statementsOfKind } from '../context/statements-of-kind.ts'
import { defineHazard } from '../hazard.ts'

const before = `CREATE FUNCTION plain(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN lower(t); END';
CREATE TABLE orders (id bigint PRIMARY KEY, email text);
INSERT INTO orders VALUES (1, 'A@example.com');
CREATE INDEX orders_email_plain ON orders (plain(email));`
const other = `CREATE OR REPLACE FUNCTION plain(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN upper(t); END';`

export const hazard = defineHazard({
  id: 'index-lies',
  group: 'data loss',
  title: 'A function is replaced whose results are stored',
  page: {
    what: 'An index, a generated column, a CHECK or a partition key holds results of the function. CREATE OR REPLACE FUNCTION changes none of them.',
    why: 'Queries through the index find nothing or the wrong rows, generated columns keep old values, a restore fails on the CHECK; and no error says so.',
    instead:
      'Make a function of another name, build the index over it CONCURRENTLY, and drop the old pair; or REINDEX right after the change where the old results may be wrong for a moment.',
    harmless:
      'When the new body gives the same results for all arguments; or when the same change builds the index again.',
  },
  facts: ['catalog'],
  sqlstates: [],
  source:
    'ProcedureCreate in src/backend/catalog/pg_proc.c replaces the body in place; nothing that stores its results is touched.',
  detect: (context) =>
    statementsOfKind(context, 'CreateFunctionStmt').flatMap(({ step, at, body }) => {
      if (!body.replace || step.analysis.fails) return []
      const { name } = qualifiedName(body.funcname)
      const later = context.steps.slice(at + 1).map(({ statement }) => textOf(statement))
      const users = usersOf(name, context).filter(
        (user) =>
          !later.some(
            (sql) => /\bREINDEX\b/i.test(sql) && (sql.includes(user.name) || sql.includes(user.relation.name)),
          ),
      )
      const [first] = users
      if (!first) return []
      const { relation } = first
      return [{ step, severity: 'high' as const, relation, rows: relation.size.rows, users, name }]
    }),
  describe: ({ relation, users, name }) => {
    const words = users.slice(0, 3).map((user) => `${user.kind} \`${quoteName(user.name)}\``)
    const more = users.length > 3 ? ` and ${users.length - 3} more` : ''
    return {
      message: `Leaves old results of \`${quoteName(name)}()\` in ${words.join(', ')}${more} of \`${quoteRelation(relation)}\``,
      why: 'PostgreSQL computes none of them again, so queries through it find the wrong rows or none, without an error.',
      alternative: alternative(
        'Give the new function another name and build a new index over it; or REINDEX CONCURRENTLY right afterwards.',
        [],
      ),
    }
  },
  examples: {
    bad: [
      {
        title: 'an index over the function',
        before,
        migration: other,
        seen: 'runs',
      },
      {
        title: 'a CHECK that calls it',
        before: before.replace(
          /CREATE INDEX .*$/,
          'ALTER TABLE orders ADD CONSTRAINT orders_email_plain CHECK (plain(email) <> id::text);',
        ),
        migration: other,
        seen: 'runs',
      },
    ],
    good: [
      {
        title: 'the index is built again afterwards',
        before,
        transaction: 'none',
        migration: `${other}\nREINDEX INDEX CONCURRENTLY orders_email_plain;`,
      },
      {
        title: 'a function that nothing stores',
        before: before.replace(/CREATE INDEX .*$/, ''),
        migration: other,
      },
    ],
  },
})

interface User {
  relation: Relation
  kind: 'index' | 'constraint' | 'column'
  name: string
}

/** Objects that store results of a function, on existing tables with rows. */
function usersOf(name: string, { catalog }: ReviewContext): User[] {
  const called = new RegExp(`(^|[^\\w"])"?${name.replace(/[^\w]/g, '.')}"?\\s*\\(`)
  const calls = (text: string | null): boolean => text?.includes(name) === true && called.test(text)
  return [...catalog.all()].flatMap((relation): User[] => {
    if (!holdsData(relation) && relation.kind !== 'materialized view') return []
    return [
      ...relation.indexes.flatMap((index) =>
        index.keys.includes(null) || index.predicate !== null
          ? calls(index.definition.replace(/^.*? USING \w+/s, ''))
            ? [{ relation, kind: 'index' as const, name: index.name }]
            : []
          : [],
      ),
      ...relation.constraints.flatMap((constraint) =>
        constraint.kind === 'check' && calls(constraint.definition)
          ? [{ relation, kind: 'constraint' as const, name: constraint.name }]
          : [],
      ),
      ...relation.columns.flatMap((column) =>
        column.generated === 'stored' && calls(column.default)
          ? [{ relation, kind: 'column' as const, name: column.name }]
          : [],
      ),
    ]
  })
}
