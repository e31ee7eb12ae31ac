import type { Relation } from '../../catalog/relation.ts'
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
    ],
    good: [
      {
        title: 'a view with the same columns and one more',
        before,
        migration: 'DROP VIEW cheap;\nCREATE VIEW cheap AS SELECT id, price, true AS sale FROM items WHERE price < 20;',
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
  return changesOf(context, 'drops relation').flatMap(({ step, change: { relation } }): Lost[] => {
    if (relation.isNew || takesAlong(step)) return []
    if (relation.kind !== 'view' && relation.kind !== 'materialized view') return []
    const now = standingIn(step, relation, context)
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
    const gone = now ? relation.columns.filter(({ name }) => !now.columns.some((column) => column.name === name)) : []
    if (now && (!now.known || gone.length === 0)) return []
    const name = `\`${quoteRelation(relation)}\``
    const columns = gone.map((column) => `\`${quoteName(column.name)}\``).join(', ')
    const what = now
      ? `${columns} of ${name}: the view is made again without ${gone.length === 1 ? 'it' : 'them'}`
      : `${name}: the view is dropped`
    return [{ step, name: { table: relation.name, column: null }, what, relation }]
  })
}

/** A new view of that name in the same transaction, so that it is never missing. */
function standingIn(step: Step, { schema, name }: Relation, context: ReviewContext): Relation | null {
  const after = context.existingAfter(schema, name)
  const others = step.transaction?.steps ?? []
  return after && others.some(({ statement: { node } }) => node !== null && makes(node, name)) ? after : null
}

function makes(node: object, name: string): boolean {
  if ('ViewStmt' in node) return (node.ViewStmt as { view?: { relname?: string } }).view?.relname === name
  if ('CreateTableAsStmt' in node)
    return (node.CreateTableAsStmt as { into?: { rel?: { relname?: string } } }).into?.rel?.relname === name
  return 'CreateStmt' in node && (node.CreateStmt as { relation?: { relname?: string } }).relation?.relname === name
}

/** Objects that CASCADE drops with a table are reported by drop-cascade. */
function takesAlong({ statement: { node } }: Step): boolean {
  if (!node || !('DropStmt' in node)) return node !== null && 'AlterTableStmt' in node
  return !/VIEW|FUNCTION|PROCEDURE|ROUTINE/.test(node.DropStmt.removeType ?? '')
}

function lostFunctions(context: ReviewContext): Lost[] {
  const made = Map.groupBy(changesOf(context, 'creates function'), ({ change }) => change.name)
  return changesOf(context, 'drops function').flatMap(({ step, at, change: { name, count, trigger } }): Lost[] => {
    const { transaction } = step
    const stays = (made.get(name) ?? []).some(
      (changed) =>
        changed.at < at ||
        (transaction !== null && changed.step.transaction === transaction && changed.change.count >= count),
    )
    // No code can call a trigger function, and while a trigger does, PostgreSQL does not let it go.
    if (trigger || stays || takesAlong(step)) return []
    const what = `\`${quoteName(name)}()\`: the function is dropped`
    return [{ step, name: { table: name, column: null }, what, relation: null }]
  })
}
