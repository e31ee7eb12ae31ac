import type { Node } from '@pgsql/types'
import type { Relation } from '../../catalog/relation.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { textOf } from '../../sql/statement.ts'
import { strings } from '../../sql/walk.ts'
import { type AlternativeStep, alternative, own, same } from '../alternatives/alternative.ts'
import { mayBeUsed, usageOf } from '../context/code-usage.ts'
import type { Step } from '../context/review-context.ts'
import { changesOf, stepsOf } from '../context/schema-changes.ts'
import { subcommands } from '../context/statements-of-kind.ts'
import { small } from '../example.ts'
import { defineHazard } from '../hazard.ts'
import type { Severity } from '../severity.ts'

const before = `CREATE TABLE orders (id bigint PRIMARY KEY, total numeric);
CREATE TABLE notes (id bigint PRIMARY KEY, order_id bigint REFERENCES orders);
CREATE VIEW totals AS SELECT sum(total) AS total FROM orders;
INSERT INTO orders VALUES (1, 10);`

export const hazard = defineHazard({
  id: 'drop-cascade',
  group: 'data loss',
  title: 'CASCADE drops what is not named',
  page: {
    what: 'CASCADE also drops everything that depends on the dropped object: views, foreign keys of other tables, functions with parsed bodies, and the table’s place in a publication whose column list or row filter names the column.',
    why: 'The statement does not show what goes. Code that reads such a view fails, and a foreign key that is gone lets wrong rows in from then on.',
    instead:
      'Name what is to go in a DROP of its own; without CASCADE PostgreSQL refuses when something was forgotten.',
    harmless: 'When nothing depends on the object, or its dependents are dropped by name before.',
  },
  facts: ['effects', 'catalog', 'code'],
  sqlstates: [],
  source: 'findDependentObjects in src/backend/catalog/dependency.c; the server only mentions it in a NOTICE.',
  detect: (context) =>
    stepsOf(
      subcommands(context, 'AT_DropColumn', 'AT_DropConstraint'),
      ...(['drops function', 'drops constraint', 'drops relation'] as const).map((kind) => changesOf(context, kind)),
    ).flatMap((step) => {
      const lost = lostIn(step)
      const [first] = lost
      if (!first) return []
      const used = lost.some(
        ({ used: name }) => name !== null && mayBeUsed(usageOf(context, { table: name, column: null })),
      )
      const severity: Severity = used ? 'high' : 'medium'
      return [{ step, severity, relation: first.relation, rows: first.relation?.size.rows ?? null, lost }]
    }),
  describe: ({ step, lost }) => ({
    message: `CASCADE also drops ${listOf(lost.map(({ words }) => words))}`,
    why: `The statement does not name it.${consequenceOf(lost)}`,
    alternative: alternative(
      `${wayOf(lost)}: without CASCADE PostgreSQL refuses when something was forgotten.`,
      byName(step, lost),
    ),
  }),
  examples: {
    bad: [
      {
        title: 'a view that reads the column',
        before,
        tables: { orders: { rows: 0, bytes: 0 } },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders DROP COLUMN total CASCADE;",
      },
      {
        title: 'a foreign key of another table',
        before,
        tables: { orders: { rows: 0, bytes: 0 }, notes: small },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders DROP CONSTRAINT orders_pkey CASCADE;",
        seen: 'admits',
        application: 'INSERT INTO notes VALUES (1, 99)',
      },
      {
        title: 'the table leaves a publication',
        // Without a key UPDATE is refused while it is published, and works once it is not.
        before: 'CREATE TABLE visits (page text, at date);\nCREATE PUBLICATION news FOR TABLE visits (page, at);',
        tables: { visits: { rows: 0, bytes: 0 } },
        migration: "SET lock_timeout = '3s';\nALTER TABLE visits DROP COLUMN at CASCADE;",
        seen: 'admits',
        application: "UPDATE visits SET page = '/'",
      },
    ],
    good: [
      {
        title: 'nothing depends on it',
        before: 'CREATE TABLE orders (id bigint);',
        tables: { orders: { rows: 0, bytes: 0 } },
        migration: "SET lock_timeout = '3s';\nDROP TABLE orders CASCADE;",
      },
      {
        title: 'the view is dropped by name, and no code uses it',
        before,
        tables: { orders: { rows: 0, bytes: 0 } },
        code: { 'src/app.ts': 'export {}\n' },
        migration: "SET lock_timeout = '3s';\nDROP VIEW totals;\nALTER TABLE orders DROP COLUMN total CASCADE;",
      },
    ],
  },
})

function consequenceOf(lost: Lost[]): string {
  const kinds = new Set(lost.map(({ kind }) => kind))
  const parts = [
    ...(kinds.has('view') || kinds.has('unknown') ? ['code that reads such a view fails'] : []),
    ...(kinds.has('function') || kinds.has('unknown') ? ['what calls such a function fails'] : []),
    ...(kinds.has('foreign key') || kinds.has('unknown')
      ? ['without its foreign key a table takes rows that refer to nothing']
      : []),
    ...(kinds.has('publication')
      ? [
          'the whole table leaves a publication whose column list or row filter has the column, so subscribers get none of its changes',
        ]
      : []),
  ].join(', and ')
  return ` ${parts.charAt(0).toUpperCase()}${parts.slice(1)}.`
}

function wayOf(lost: Lost[]): string {
  const [kind, ...others] = new Set(lost.map((item) => item.kind))
  if (others.length === 0 && kind === 'foreign key') return 'Drop it by name first'
  if (others.length === 0 && kind === 'publication')
    return 'Add the table again with a list and filter without the column first'
  return 'Let the code stop using it, then drop it by name'
}

/** Each with its own DROP, views that read each other in one; none where not all of them are known. */
function byName(step: Step, lost: Lost[]): AlternativeStep[] {
  const sql = textOf(step.statement).replace(/\s+CASCADE\s*$/i, '')
  if (sql === textOf(step.statement) || lost.some(({ drop }) => drop === null)) return []
  const drops = Map.groupBy(lost, ({ drop }) => drop?.command ?? '')
  const all = [...drops].map(([command, some]) => `${command} ${some.map(({ drop }) => drop?.name).join(', ')};`)
  return [...all, `${sql};`].map((name, i) => (i === 0 ? own : same)(1, name))
}

interface Lost {
  kind: 'view' | 'foreign key' | 'function' | 'publication' | 'unknown'
  relation: Relation | null
  words: string
  /** Objects that code would name: views and functions. */
  used: string | null
  /** How it is dropped by name; null where that is not known. */
  drop: { command: string; name: string } | null
}

/** Objects that are dropped without being named. A schema that is dropped has its own finding. */
function lostIn(step: Step): Lost[] {
  const { node } = step.statement
  if (!node) return []
  const dropped = 'DropStmt' in node ? node.DropStmt : null
  if (dropped?.removeType === 'OBJECT_SCHEMA') return []
  const [effect] = step.effects
  if ('AlterTableStmt' in node && effect && !effect.effect.relation.known && cascades(node.AlterTableStmt.cmds))
    return [
      {
        kind: 'unknown',
        relation: effect.effect.relation,
        words: 'its dependents, which are not known here',
        used: null,
        drop: null,
      },
    ]
  const named = (dropped?.objects ?? []).map((object) =>
    'List' in object ? strings(object.List.items).at(-1) : undefined,
  )
  return step.analysis.changes.flatMap((change): Lost[] => {
    if (change.kind === 'drops function' && !/FUNCTION|PROCEDURE|ROUTINE/.test(dropped?.removeType ?? ''))
      return [
        {
          kind: 'function',
          relation: null,
          words: `function \`${quoteName(change.name)}()\``,
          used: change.name,
          drop: null,
        },
      ]
    if (change.kind === 'drops constraint' && change.cascade && !change.relation.isNew) {
      const words = `foreign key \`${quoteName(change.constraint.name)}\` of \`${quoteRelation(change.relation)}\``
      const drop = {
        command: `ALTER TABLE ${quoteRelation(change.relation)} DROP CONSTRAINT`,
        name: quoteName(change.constraint.name),
      }
      return [{ kind: 'foreign key', relation: change.relation, words, used: null, drop }]
    }
    if (change.kind === 'leaves publication') {
      const words = `the table from publication \`${quoteName(change.publication)}\``
      return [{ kind: 'publication', relation: change.relation, words, used: null, drop: null }]
    }
    if (change.kind !== 'drops relation' || !/view$/.test(change.relation.kind) || change.relation.isNew) return []
    if (named.includes(change.relation.name)) return []
    return [
      {
        kind: 'view',
        relation: change.relation,
        words: `${change.relation.kind} \`${quoteRelation(change.relation)}\``,
        used: change.relation.name,
        drop: { command: `DROP ${change.relation.kind.toUpperCase()}`, name: quoteRelation(change.relation) },
      },
    ]
  })
}

function cascades(commands: Node[] = []): boolean {
  return commands.some((command) => 'AlterTableCmd' in command && command.AlterTableCmd.behavior === 'DROP_CASCADE')
}

function listOf(words: string[]): string {
  if (words.length > 4) return `${words.slice(0, 3).join(', ')} and ${words.length - 3} more`
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} and ${words.at(-1)}` : (words[0] ?? '')
}
