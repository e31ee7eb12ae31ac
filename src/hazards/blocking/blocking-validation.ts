import type { Effect } from '../../effects/judging.ts'
import { print, quoteName, quoteRelation } from '../../sql/quote.ts'
import { alternative, notNullByCheck, notValidThenValidate, own } from '../alternatives.ts'
import { type BlockedStatement, blockingHazard, lockOf } from '../blocked.ts'
import { big, medium } from '../example.ts'
import type { Alternative, Scene, Step } from '../scene.ts'

const before = `CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, total numeric);
INSERT INTO customers VALUES (1);
INSERT INTO orders SELECT n, 1, n FROM generate_series(1, 100) n;`

export const hazard = blockingHazard({
  id: 'blocking-validation',
  group: 'blocking',
  title: 'All rows are checked while others wait',
  page: {
    what: 'A new CHECK, FOREIGN KEY or NOT NULL is checked against every row under the lock that adds it: ACCESS EXCLUSIVE, or SHARE ROW EXCLUSIVE on both tables of a foreign key. A new partition is checked against the default partition in the same way.',
    why: 'The check reads the whole table while reads, or writes, wait.',
    instead:
      'Add it NOT VALID, which checks only new rows, and VALIDATE it in a transaction of its own, which lets everyone work.',
    harmless: 'On a small table, or where a valid CHECK proves it already, so that nothing is read.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source:
    'ATRewriteTable in src/backend/commands/tablecmds.c scans for CHECK and NOT NULL under AccessExclusiveLock, validateForeignKeyConstraint under ShareRowExclusiveLock, check_default_partition_contents in src/backend/partitioning/partbounds.c the default partition.',
  applies: (effect) => effect.scan && !effect.rewrite && effect.builds.length === 0,
  why,
  alternative: (blocked, main, scene) => alternativeFor(blocked.step, main, scene),
  examples: {
    bad: [
      {
        title: 'SET NOT NULL',
        before,
        tables: { orders: big },
        migration: 'ALTER TABLE orders ALTER COLUMN customer_id SET NOT NULL;',
      },
      {
        title: 'a CHECK',
        before,
        tables: { orders: big },
        migration: 'ALTER TABLE orders ADD CONSTRAINT orders_total_positive CHECK (total > 0);',
      },
      {
        title: 'a foreign key, which locks both tables',
        before,
        tables: { orders: big, customers: medium },
        migration:
          'ALTER TABLE orders ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id);',
      },
      {
        title: 'a new partition beside a default partition that is filled',
        before: `CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_default PARTITION OF events DEFAULT;
INSERT INTO events VALUES ('2025-01-01');`,
        tables: { events_default: big },
        migration: "CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');",
      },
    ],
    good: [
      {
        title: 'NOT VALID first, validated in a file of its own',
        before,
        tables: { orders: big },
        migration: {
          '1.sql':
            "SET lock_timeout = '3s';\nALTER TABLE orders ADD CONSTRAINT orders_total_positive CHECK (total > 0) NOT VALID;",
          '2.sql': 'ALTER TABLE orders VALIDATE CONSTRAINT orders_total_positive;',
        },
      },
      {
        title: 'a valid CHECK proves it',
        before: `${before}\nALTER TABLE orders ADD CONSTRAINT orders_customer_known CHECK (customer_id IS NOT NULL);`,
        tables: { orders: big },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders ALTER COLUMN customer_id SET NOT NULL;",
      },
    ],
  },
})

function why(blocked: BlockedStatement, main: Effect): string {
  for (const mark of blocked.step.judgement.marks) {
    if (mark.kind === 'sets not null' && !mark.proven)
      return `SET NOT NULL reads every row for nulls under ${lockOf(blocked)}; no valid CHECK proves yet that there is none.`
    if (mark.kind === 'adds constraint' && mark.type === 'foreign key') {
      if (mark.references?.id === mark.relation.id)
        return 'Each row is looked up in the table itself under SHARE ROW EXCLUSIVE, so writes to it wait.'
      const other = `\`${mark.references ? quoteRelation(mark.references) : 'the other table'}\``
      return lockOf(blocked) === 'SHARE ROW EXCLUSIVE'
        ? `Each row is looked up in ${other} under SHARE ROW EXCLUSIVE on both tables, so writes to both wait.`
        : `Each row is looked up in ${other}; the other parts of the statement make that last under ${lockOf(blocked)}, so every query on the table waits.`
    }
    if (mark.kind === 'adds constraint' && mark.type === 'check')
      return `Each row is checked under ${lockOf(blocked)}, so every query on the table waits.`
  }
  if (blocked.step.judgement.marks.some((mark) => mark.kind === 'adds column'))
    return `The new column's constraint is checked on each row under ${lockOf(blocked)}.`
  return main.through
    ? `\`${quoteRelation(main.relation)}\` is read whole because ${main.through}; the lock is kept meanwhile.`
    : `The table is read whole under ${lockOf(blocked)}.`
}

export function alternativeFor(step: Step, main: Effect, scene: Scene): Alternative | null {
  for (const mark of step.judgement.marks) {
    if (mark.kind === 'sets not null' && !mark.proven) {
      return alternative(
        'Prove it with a CHECK that is validated without blocking; SET NOT NULL then reads nothing.',
        notNullByCheck(main.relation, mark.column, 1, scene.catalog),
      )
    }
    if (mark.kind === 'adds constraint' && (mark.type === 'check' || mark.type === 'foreign key') && mark.validated) {
      const bare = withoutChecks(step)
      if (bare)
        return alternative(
          'Add the column alone, then its constraint NOT VALID, then validate that in a transaction of its own.',
          [
            own(1, bare),
            ...notValidThenValidate(
              mark.relation,
              mark.constraint,
              // In the column's own definition a foreign key does not name the column.
              mark.definition.replace(
                /^FOREIGN KEY (?=REFERENCES)/i,
                `FOREIGN KEY (${mark.columns.map(quoteName).join(', ')}) `,
              ),
              2,
            ),
          ],
        )
      return alternative(
        'Add it NOT VALID, then validate it in a transaction of its own.',
        notValidThenValidate(mark.relation, mark.constraint, mark.definition.replace(/\s+NOT VALID$/i, ''), 1),
      )
    }
  }
  const { node } = step.statement
  if (node && 'CreateStmt' in node && node.CreateStmt.partbound && main.through) return emptyDefaultFirst(step, main)
  if (node && 'AlterTableStmt' in node && main.relation.partitionOf?.default) return emptyDefaultFirst(step, main)
  if (node && 'AlterTableStmt' in node && main.lock === 'AccessExclusiveLock') return proveBound(step, main)
  return null
}

/** ADD COLUMN without the CHECK and the foreign key that stand in it; null when the statement adds none so. */
function withoutChecks({ statement: { node } }: Step): string | null {
  if (!node || !('AlterTableStmt' in node)) return null
  let found = false
  const cmds = (node.AlterTableStmt.cmds ?? []).map((one) => {
    const def = 'AlterTableCmd' in one ? one.AlterTableCmd.def : undefined
    if (!('AlterTableCmd' in one) || !def || !('ColumnDef' in def)) return one
    const constraints = (def.ColumnDef.constraints ?? []).filter(
      (item) => !('Constraint' in item && /^CONSTR_(CHECK|FOREIGN)$/.test(item.Constraint.contype ?? '')),
    )
    found ||= constraints.length < (def.ColumnDef.constraints ?? []).length
    return { AlterTableCmd: { ...one.AlterTableCmd, def: { ColumnDef: { ...def.ColumnDef, constraints } } } }
  })
  return found ? `${print({ AlterTableStmt: { ...node.AlterTableStmt, cmds } })};` : null
}

/** A CHECK on the default partition that rules the new range out lets the server skip its reading. */
function emptyDefaultFirst(step: Step, main: Effect): Alternative {
  const check = quoteName(`${main.relation.name}_without_new`)
  const fallback = quoteRelation(main.relation)
  return alternative(
    'First prove with a CHECK that the default partition holds no row of the new one; the server then skips reading it.',
    [
      own(1, `ALTER TABLE ${fallback} ADD CONSTRAINT ${check} CHECK (NOT (${boundCondition(step)})) NOT VALID;`),
      own(2, `ALTER TABLE ${fallback} VALIDATE CONSTRAINT ${check};`),
      own(3, `${step.statement.sql};`),
      own(4, `ALTER TABLE ${fallback} DROP CONSTRAINT ${check};`),
    ],
  )
}

function proveBound(step: Step, main: Effect): Alternative | null {
  const condition = boundCondition(step)
  if (condition === '') return null
  const check = quoteName(`${main.relation.name}_bound`)
  const table = quoteRelation(main.relation)
  return alternative(
    'First prove the bound with a CHECK that is validated without blocking; ATTACH then skips reading the rows.',
    [
      own(1, `ALTER TABLE ${table} ADD CONSTRAINT ${check} CHECK (${condition}) NOT VALID;`),
      own(2, `ALTER TABLE ${table} VALIDATE CONSTRAINT ${check};`),
      own(3, `${step.statement.sql};`),
      own(4, `ALTER TABLE ${table} DROP CONSTRAINT ${check};`),
    ],
  )
}

/** The partition's bound as a condition on the key, for one key column. */
function boundCondition(step: Step): string {
  const key = step.effects.map(({ effect }) => effect.relation.partitionKey).find((one) => one !== null)
  const column = key ? /\((?:"((?:[^"]|"")+)"|([\w$]+))\)\s*$/.exec(key) : null
  if (!column) return ''
  const name = quoteName((column[1] ?? column[2] ?? '').replaceAll('""', '"'))
  const range = /FROM\s*\(([^()]*)\)\s*TO\s*\(([^()]*)\)/i.exec(step.statement.sql)
  if (range) return `${name} IS NOT NULL AND ${name} >= ${range[1]?.trim()} AND ${name} < ${range[2]?.trim()}`
  const list = /FOR\s+VALUES\s+IN\s*\((.*)\)/is.exec(step.statement.sql)
  return list ? `${name} IS NOT NULL AND ${name} IN (${list[1]?.trim()})` : ''
}
