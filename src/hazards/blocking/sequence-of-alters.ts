import { print, quoteRelation } from '../../sql/quote.ts'
import { alternative, own } from '../alternatives/alternative.ts'
import { blockedStatement, blockedStatements, isUnseen, isWork, stopsQueries } from '../context/blocked-statements.ts'
import type { ReviewContext, Step } from '../context/review-context.ts'
import { defineHazard } from '../hazard.ts'
import { reaches } from '../severity.ts'

const before = `CREATE TABLE orders (id bigint PRIMARY KEY, quantity int, weight int);
INSERT INTO orders VALUES (1, 1, 1);`

const orders = { rows: 20_000, bytes: 3_000_000 }

export const hazard = defineHazard({
  id: 'sequence-of-alters',
  group: 'blocking',
  title: 'Several ALTER TABLE each work through the table that one could work through once',
  page: {
    what: 'Each ALTER TABLE that rewrites or checks a table reads it whole; several actions of one ALTER TABLE share one pass.',
    why: 'The table is blocked for every pass: two rewrites take twice as long as one that does both.',
    instead: 'Write the actions behind one ALTER TABLE, separated by commas.',
    harmless:
      'When the statements only change the catalog: the lock is short, and in one transaction it is taken once anyway. A pass that blocks for long has a finding of its own, whose way out takes the pass apart.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source:
    'ATController in src/backend/commands/tablecmds.c gathers all actions of a statement, and ATRewriteTables makes one pass for them.',
  detect(context) {
    const working = [...blockedStatements(context).keys()].filter(
      (step) => step.transaction && worksThrough(step) && !isToldApart(step, context),
    )
    const tables = Map.groupBy(working, (step) => `${step.transaction?.id} ${step.effects[0]?.effect.relation.id}`)
    return [...tables.values()].flatMap((alters) => {
      const [first, step] = alters
      const effect = step?.effects[0]
      if (!first || !step || !effect) return []
      const { relation } = effect.effect
      const highMs = alters.reduce<number | null>((sum, alter) => {
        const known = alter.effects[0]?.forecast
        return sum === null || !known ? null : sum + known.highMs
      }, 0)
      const related = alters.filter((alter) => alter !== step).map((alter) => ({ step: alter, relation }))
      return [{ step, severity: 'low' as const, relation, rows: relation.size.rows, related, alters, highMs }]
    })
  },
  describe: ({ relation, alters, highMs }, { format }) => ({
    message: `Works through \`${quoteRelation(relation)}\` ${alters.length === 2 ? 'twice' : `${alters.length} times`} where once would do${highMs === null ? '' : `: ${format.time(highMs, highMs)} together`}`,
    why: 'Each ALTER TABLE makes a pass of its own over all rows, and the table is blocked for all of them.',
    alternative: alternative('One ALTER TABLE with all the actions makes one pass.', [own(1, together(alters))]),
  }),
  examples: {
    bad: [
      {
        title: 'two changes of type',
        before,
        tables: { orders },
        migration: `SET lock_timeout = '3s';
ALTER TABLE orders ALTER COLUMN quantity TYPE bigint;
ALTER TABLE orders ALTER COLUMN weight TYPE bigint;`,
      },
      {
        title: 'two columns that must not be null',
        before,
        tables: { orders },
        migration: `SET lock_timeout = '3s';
ALTER TABLE orders ALTER COLUMN quantity SET NOT NULL;
ALTER TABLE orders ALTER COLUMN weight SET NOT NULL;`,
      },
    ],
    good: [
      {
        title: 'one ALTER TABLE',
        before,
        tables: { orders },
        migration:
          "SET lock_timeout = '3s';\nALTER TABLE orders ALTER COLUMN quantity TYPE bigint, ALTER COLUMN weight TYPE bigint;",
      },
      {
        title: 'two that only change the catalog',
        before,
        tables: { orders },
        migration:
          "SET lock_timeout = '3s';\nALTER TABLE orders ADD COLUMN a int;\nALTER TABLE orders ADD COLUMN b int;",
      },
    ],
  },
})

/** Blocks for long: its own finding takes it apart, and one statement with the others would undo that. */
function isToldApart(step: Step, context: ReviewContext): boolean {
  return reaches(blockedStatement(step, context)?.severity ?? 'low', 'medium')
}

/** An ALTER TABLE that blocks its table for a pass over the rows. */
function worksThrough({ statement: { node }, effects: [first] }: Step): boolean {
  if (!first || !node || !('AlterTableStmt' in node)) return false
  const { effect } = first
  return isWork(effect) && stopsQueries(effect) && !isUnseen(effect.relation) && effect.relation.size.rows !== 0
}

function together(alters: Step[]): string {
  const [first] = alters
  const node = first?.statement.node
  if (!node || !('AlterTableStmt' in node)) return ''
  const cmds = alters.flatMap(({ statement }) =>
    statement.node && 'AlterTableStmt' in statement.node ? (statement.node.AlterTableStmt.cmds ?? []) : [],
  )
  return `${print({ AlterTableStmt: { ...node.AlterTableStmt, cmds } })};`
}
