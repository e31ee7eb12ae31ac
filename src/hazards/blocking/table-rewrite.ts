import type { Relation } from '../../catalog/catalog.ts'
import type { Mark } from '../../effects/judging.ts'
import { print, quoteName, quoteRelation } from '../../sql/quote.ts'
import { alternative, batch, notNullByCheck, outside, own, same } from '../alternatives.ts'
import { blockingHazard, lockOf } from '../blocked.ts'
import { big } from '../example.ts'
import { besideTheOld } from '../expand-and-contract.ts'
import { keyLasts } from '../key-lasts.ts'
import type { Alternative, AlternativeStep, Scene, Step } from '../scene.ts'

const before = `CREATE TABLE orders (id bigint PRIMARY KEY, quantity int, code varchar(20));
INSERT INTO orders SELECT n, n, 'C' || n FROM generate_series(1, 100) n;`

export const hazard = blockingHazard({
  id: 'table-rewrite',
  group: 'blocking',
  title: 'The table and every index on it are written anew',
  page: {
    what: 'A change of type, a volatile default, serial, identity or a stored generated column gives each row another form, so the server writes the whole table and all its indexes anew under ACCESS EXCLUSIVE.',
    why: 'Neither reads nor writes go on until it is done, and it needs the disk space of the table and its indexes again.',
    instead:
      'Add a new column beside the old, fill it in batches, switch over, and drop the old one in a later deployment.',
    harmless:
      'On a small table, or a type change that only widens, such as varchar(20) to varchar(80), which rewrites nothing.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source:
    'ATRewriteTable in src/backend/commands/tablecmds.c copies every row under AccessExclusiveLock and reindex_relation builds every index again; 5 million rows with four indexes took 22 s.',
  applies: (effect) => effect.rewrite && effect.relation.kind !== 'materialized view',
  why: (blocked, main, scene) =>
    `${causeOf(blocked.step)}: the server writes all rows${main.builds.length > 0 ? ` and ${main.builds.length === 1 ? 'the index' : `${main.builds.length} indexes`}` : ''} anew under ${lockOf(blocked)}, so every query waits until it is done.${lastingOf(blocked.step, main.relation, scene)}`,
  alternative: (blocked, main, scene) => alternativeFor(blocked.step, main.relation, scene),
  examples: {
    bad: [
      {
        title: 'a key that grows to bigint',
        before,
        tables: { orders: big },
        migration: 'ALTER TABLE orders ALTER COLUMN quantity TYPE bigint;',
      },
      {
        title: 'a default that differs from row to row',
        before,
        tables: { orders: big },
        migration: 'ALTER TABLE orders ADD COLUMN token uuid DEFAULT gen_random_uuid();',
      },
      {
        title: 'VACUUM FULL',
        before,
        tables: { orders: big },
        transaction: 'none',
        migration: 'VACUUM FULL orders;',
        seen: 'queues',
      },
    ],
    good: [
      {
        title: 'a constant default and now() rewrite nothing',
        before,
        tables: { orders: big },
        migration:
          "SET lock_timeout = '3s';\nALTER TABLE orders ADD COLUMN state text NOT NULL DEFAULT 'new', ADD COLUMN seen timestamptz DEFAULT now();",
      },
      {
        title: 'a longer varchar',
        before,
        tables: { orders: big },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders ALTER COLUMN code TYPE varchar(80);",
      },
    ],
  },
})

export function plainVacuum(relation: Relation): Alternative {
  return alternative(
    'A plain VACUUM makes the space usable again and blocks no one; to give it back to the disk, an extension such as pg_repack copies the table online.',
    [outside(1, `VACUUM (ANALYZE) ${quoteRelation(relation)};`)],
  )
}

function lastingOf({ judgement }: Step, relation: Relation, scene: Scene): string {
  const lasts = keyLasts(relation, judgement.marks, scene)
  return lasts === null ? '' : ` ${lasts}`
}

function causeOf(step: Step): string {
  for (const mark of step.judgement.marks) {
    if (mark.kind === 'adds column' && mark.fills) return capital(mark.fills)
    if (mark.kind === 'changes type')
      return mark.from
        ? `${mark.from} to ${mark.to} changes how each value is stored${isZonePair(mark.from, mark.to) ? ` (free only while TimeZone is UTC; here it is ${step.timeZone ?? 'unknown'})` : ''}`
        : `A change of type to ${mark.to} may change how each value is stored`
  }
  const node = step.statement.node ?? {}
  if ('VacuumStmt' in node) return 'VACUUM FULL copies the table'
  if ('ClusterStmt' in node) return 'CLUSTER copies the table in index order'
  return 'This changes how the table is stored'
}

function isZonePair(from: string, to: string): boolean {
  return /^timestamp/.test(from) && /^timestamp/.test(to) && / with time zone/.test(from) !== / with time zone/.test(to)
}

export function alternativeFor(step: Step, relation: Relation, scene: Scene): Alternative | null {
  const table = quoteRelation(relation)
  const node = step.statement.node ?? {}
  if ('VacuumStmt' in node) return plainVacuum(relation)
  if ('ClusterStmt' in node) {
    return alternative(
      'Nothing in the server orders a table online; an extension such as pg_repack does. A plain VACUUM blocks no one.',
      [outside(1, `VACUUM (ANALYZE) ${table};`)],
    )
  }
  for (const mark of step.judgement.marks) {
    if (mark.kind === 'changes type') return besideTheOld(mark.relation, mark.column, mark.to, scene)
    if (mark.kind === 'adds column' && mark.fills) return filledLater(step, mark.relation, mark.column, scene)
  }
  return null
}

/** ADD COLUMN without the value, the default for new rows, then the old rows in batches. */
function filledLater(step: Step, relation: Relation, column: string, scene: Scene): Alternative {
  const table = quoteRelation(relation)
  const name = quoteName(column)
  const definition = definitionOf(step, column)
  const sequence = quoteRelation({ schema: relation.schema, name: `${relation.name}_${column}_seq` })
  const value = definition.value ?? `nextval('${sequence.replaceAll("'", "''")}')`
  const steps: AlternativeStep[] = [own(1, `ALTER TABLE ${table} ADD COLUMN ${name} ${definition.type};`)]
  if (definition.value === null) steps.push(same(1, `CREATE SEQUENCE ${sequence} OWNED BY ${table}.${name};`))
  if (!definition.generated) steps.push(same(1, `ALTER TABLE ${table} ALTER COLUMN ${name} SET DEFAULT ${value};`))
  steps.push(outside(2, batch(relation, { update: `${name} = ${value}` }, `${name} IS NULL`)))
  if (definition.notNull) steps.push(...notNullByCheck(relation, column, 3, scene.catalog))
  const key = step.judgement.marks.find(
    (mark) =>
      mark.kind === 'adds constraint' &&
      ['unique', 'primary key'].includes(mark.type) &&
      mark.columns.join() === column,
  )
  if (key?.kind === 'adds constraint') steps.push(...keyLater(key, (steps.at(-1)?.file ?? 2) + 1))
  const generated = definition.generated ? ' and keep it current from the application or a trigger' : ''
  return alternative(
    `Add the column empty${generated}, let new rows get their value, and fill the old rows in batches.`,
    steps,
  )
}

/** The key that was written behind the column: its index CONCURRENTLY, then the constraint over it. */
function keyLater(key: Extract<Mark, { kind: 'adds constraint' }>, file: number): AlternativeStep[] {
  const table = quoteRelation(key.relation)
  const name = quoteName(key.constraint)
  const columns = key.columns.map(quoteName).join(', ')
  return [
    outside(file, `CREATE UNIQUE INDEX CONCURRENTLY ${name} ON ${table} (${columns});`),
    own(file + 1, `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${key.type.toUpperCase()} USING INDEX ${name};`),
  ]
}

function definitionOf(
  step: Step,
  column: string,
): { type: string; value: string | null; notNull: boolean; generated: boolean } {
  const { node } = step.statement
  const commands = node && 'AlterTableStmt' in node ? (node.AlterTableStmt.cmds ?? []) : []
  for (const one of commands) {
    if (!('AlterTableCmd' in one) || !one.AlterTableCmd.def || !('ColumnDef' in one.AlterTableCmd.def)) continue
    const definition = one.AlterTableCmd.def.ColumnDef
    if (definition.colname !== column || !definition.typeName) continue
    const constraints = (definition.constraints ?? []).flatMap((item) =>
      'Constraint' in item ? [item.Constraint] : [],
    )
    const withValue = constraints.find(
      (item) => item.contype === 'CONSTR_DEFAULT' || item.contype === 'CONSTR_GENERATED',
    )
    const written = print({ TypeName: definition.typeName })
    const plain: Record<string, string> = {
      serial: 'integer',
      bigserial: 'bigint',
      smallserial: 'smallint',
      serial4: 'integer',
      serial8: 'bigint',
      serial2: 'smallint',
    }
    return {
      type: plain[written] ?? written,
      value: withValue?.raw_expr ? print(withValue.raw_expr) : null,
      notNull:
        written in plain ||
        constraints.some(
          (item) =>
            item.contype === 'CONSTR_NOTNULL' ||
            item.contype === 'CONSTR_IDENTITY' ||
            item.contype === 'CONSTR_PRIMARY',
        ),
      generated: withValue?.contype === 'CONSTR_GENERATED',
    }
  }
  return { type: 'bigint', value: null, notNull: false, generated: false }
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}
