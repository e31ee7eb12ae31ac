import { columnOf, type Relation, relationName } from '../../catalog/relation.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { mayBeUsed, usageOf, usageText } from '../context/code-usage.ts'
import type { ReviewContext, Step } from '../context/review-context.ts'
import { changesOf } from '../context/schema-changes.ts'
import { defineHazard } from '../hazard.ts'
import type { Severity } from '../severity.ts'

const before = `CREATE TABLE items (id bigint PRIMARY KEY, price int);
CREATE VIEW cheap AS SELECT id, price FROM items WHERE price < 10;
CREATE FUNCTION total() RETURNS bigint LANGUAGE sql AS $$ SELECT sum(price) FROM items $$;`

export const hazard = defineHazard({
  id: 'view-or-function-changed',
  group: 'compatibility',
  title: 'A view or function that running code uses goes, or loses columns',
  page: {
    what: 'The view or function is dropped, or made again with fewer columns or other arguments.',
    why: 'The version of the code that still runs while this deploys fails on every query that uses what is gone.',
    instead: 'Make the new one under another name, switch the code, and drop the old one later.',
    harmless:
      'Dropping and creating it again with the same columns in one transaction is never visible, and a trigger function is called by no code. Where the code was searched and does not name it, the finding is low.',
  },
  facts: ['effects', 'catalog', 'code'],
  sqlstates: ['42P01', '42703', '42883'],
  source: 'DefineVirtualRelation in view.c lets OR REPLACE only add columns, so a lost one takes a DROP.',
  detect: (context) =>
    [...lostViews(context), ...lostFunctions(context)].map(({ step, name, what, relation, unsure }) => {
      const used = mayBeUsed(usageOf(context, name))
      const severity: Severity = !used ? 'low' : unsure ? 'medium' : 'high'
      return { step, severity, relation, rows: null, name, what }
    }),
  describe: ({ name, what }, context) => ({
    message: `Breaks code that still uses ${what}`,
    why: usageText(usageOf(context, name), context, name),
    alternative: {
      summary:
        'Make the new one under another name, switch the code to it, and drop the old one in a later deployment.',
      steps: [],
    },
  }),
  examples: {
    bad: [
      {
        title: 'a view made again without a column',
        before,
        migration: 'DROP VIEW cheap;\nCREATE VIEW cheap AS SELECT id FROM items WHERE price < 10;',
        application: 'SELECT price FROM cheap',
      },
      {
        title: 'a function that is dropped',
        before,
        migration: 'DROP FUNCTION total();',
        application: 'SELECT total()',
      },
      {
        title: 'a view that one file makes again and a later one drops',
        before,
        migration: {
          '1.sql': 'DROP VIEW cheap;\nCREATE VIEW cheap AS SELECT id, price FROM items WHERE price < 9;',
          '2.sql': 'DROP VIEW cheap;',
        },
        application: 'SELECT price FROM cheap',
      },
    ],
    good: [
      {
        title: 'a view with the same columns and one more',
        before,
        migration: 'DROP VIEW cheap;\nCREATE VIEW cheap AS SELECT id, price, true AS sale FROM items WHERE price < 20;',
      },
      {
        title: 'a view made again in each of two files',
        before,
        migration: {
          '1.sql': 'DROP VIEW cheap;\nCREATE VIEW cheap AS SELECT id, price FROM items WHERE price < 9;',
          '2.sql': 'DROP VIEW cheap;\nCREATE VIEW cheap AS SELECT id, price FROM items WHERE price < 8;',
        },
      },
      {
        title: 'a trigger function that no trigger calls any more',
        before: `${before}
CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;`,
        migration: 'DROP FUNCTION touched();',
      },
      {
        title: 'a function with another body',
        before,
        migration:
          'DROP FUNCTION total();\nCREATE FUNCTION total() RETURNS bigint LANGUAGE sql AS $$ SELECT sum(price) FROM items WHERE price > 0 $$;',
      },
    ],
  },
})

interface Lost {
  step: Step
  name: { table: string; column: null }
  what: string
  relation: Relation | null
  /** Without a catalog the old columns are not known. */
  unsure?: true
}

function lostViews(context: ReviewContext): Lost[] {
  // Under its name, from file to file: the columns that running code knows of a view that was made again.
  const known = new Map<string, Relation>()
  return changesOf(context, 'drops relation').flatMap(({ step, at, change }): Lost[] => {
    if (change.relation.kind !== 'view' && change.relation.kind !== 'materialized view') return []
    const key = relationName(change.relation)
    const relation = change.relation.isNew ? known.get(key) : change.relation
    if (!relation || takesAlong(step)) return []
    const now = madeAgain(step, at, relation, context)
    if (now) known.set(key, { ...relation, columns: relation.columns.filter(({ name }) => columnOf(now, name)) })
    else known.delete(key)
    if (now && !relation.known)
      return [
        {
          step,
          name: { table: relation.name, column: null },
          what: `\`${quoteRelation(relation)}\`: the view is made again, and its columns are not known`,
          relation,
          unsure: true,
        },
      ]
    const gone = now ? relation.columns.filter(({ name }) => !columnOf(now, name)) : []
    if (now && (!now.known || gone.length === 0)) return []
    const name = `\`${quoteRelation(relation)}\``
    const columns = gone.map((column) => `\`${quoteName(column.name)}\``).join(', ')
    const what = now
      ? `${columns} of ${name}: the view is made again without ${gone.length === 1 ? 'it' : 'them'}`
      : `${name}: the view is dropped`
    return [{ step, name: { table: relation.name, column: null }, what, relation }]
  })
}

/** The relation that takes the name later in the same transaction, so that it is never missing. */
function madeAgain(dropped: Step, from: number, { schema, name }: Relation, context: ReviewContext): Relation | null {
  const made = changesOf(context, 'creates relation').findLast(
    ({ step, at, change: { relation } }) =>
      at >= from &&
      step.transaction !== null &&
      step.transaction === dropped.transaction &&
      relation.schema === schema &&
      relation.name === name,
  )
  return made?.change.relation ?? null
}

/** Objects that CASCADE drops with a table are reported by drop-cascade. */
function takesAlong({ statement: { node } }: Step): boolean {
  if (!node || !('DropStmt' in node)) return node !== null && 'AlterTableStmt' in node
  return !/VIEW|FUNCTION|PROCEDURE|ROUTINE/.test(node.DropStmt.removeType ?? '')
}

function lostFunctions(context: ReviewContext): Lost[] {
  const made = Map.groupBy(changesOf(context, 'creates function'), ({ change }) => change.name)
  const drops = changesOf(context, 'drops function')
  return drops.flatMap(({ step, at, change: { name, count, trigger } }): Lost[] => {
    const { transaction } = step
    const [first] = made.get(name) ?? []
    // Made by this review, where neither a drop nor OR REPLACE shows that it existed before.
    const isNew =
      first !== undefined &&
      first.at < at &&
      !first.change.replaces &&
      !drops.some((drop) => drop.change.name === name && drop.at < first.at)
    const stays =
      isNew ||
      (made.get(name) ?? []).some(
        (changed) =>
          transaction !== null &&
          changed.at > at &&
          changed.step.transaction === transaction &&
          changed.change.count >= count,
      )
    // No code can call a trigger function, and while a trigger does, PostgreSQL does not let it go.
    if (trigger || stays || takesAlong(step)) return []
    const what = `\`${quoteName(name)}()\`: the function is dropped`
    return [{ step, name: { table: name, column: null }, what, relation: null }]
  })
}
