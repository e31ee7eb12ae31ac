import type { AlterTableStmt, ColumnDef, Constraint as ConstraintNode, Node } from '@pgsql/types'
import type { Relation } from '../catalog/relation.ts'
import { parseType, printType, serials, typeOf } from '../catalog/types.ts'
import { objectName } from '../effects/names/object-names.ts'
import { print, quoteName } from '../sql/quote.ts'
import { columnsIn, strings } from '../sql/walk.ts'
import { firing, walk, walkedKey, walkedName, walkedTables } from './backfill.ts'
import { faithful } from './faithful.ts'
import { uniqueIndex } from './key-over-index.ts'
import type { RangeWork } from './key-walk.ts'
import { freeConstraint, literal, tableSql } from './names.ts'
import { type NoWay, noWay, outside, type Part, transaction, type Way, way } from './plan.ts'
import type { PlanContext, Subject } from './subject.ts'
import { mayLeaveOut, triggersLeftOut } from './triggers-left-out.ts'
import { unfillable } from './unfillable.ts'

/**
 * ADD COLUMN that reads, writes or indexes the table: the column alone, its default for new rows, the old rows by ranges,
 * then what checks them. Null when the statement takes only a moment.
 */
export function addColumnThenFill(
  statement: AlterTableStmt,
  node: ColumnDef,
  subject: Subject,
  context: PlanContext,
): Way | NoWay | null {
  const { catalog } = context
  const added = subject.analysis.changes.find((change) => change.kind === 'adds column')
  if (added?.kind !== 'adds column') return null
  const relation = catalog.current(added.relation)
  const column = added.column
  const constraints = (node.constraints ?? []).flatMap((constraint) =>
    'Constraint' in constraint ? [constraint.Constraint] : [],
  )
  const of = (...types: string[]): ConstraintNode | undefined =>
    constraints.find(({ contype = '' }) => types.includes(contype))
  const table = tableSql(relation, catalog)
  const name = quoteName(column)
  const stays = constraints.filter(({ contype = '' }) => stayingTypes.has(contype))
  if (of('CONSTR_GENERATED') && added.fills) {
    return noWay(
      'A stored generated column cannot be filled later: PostgreSQL computes it for all rows when it is added.',
    )
  }
  const moved = movedConstraints(constraints, column, relation, subject, context)
  if ('reason' in moved) return moved
  if (!added.fills) {
    // The column itself takes a moment: only its constraints work.
    const bare = bareColumn(
      statement,
      node,
      constraints.filter(({ contype = '' }) => !movedTypes.has(contype)),
    )
    if (bare === null) return noWay('The column could not be written again.')
    if (moved.prepare.length + moved.finish.length + moved.after.length === 0) return null
    return way({
      pattern: 'add-column-then-fill',
      summary: 'Add the column alone, which takes a moment, then what checks or indexes it, without blocking.',
      prepare: [transaction([bare], `ALTER TABLE ${table} DROP COLUMN ${name};`), ...moved.prepare],
      finish: moved.finish,
      after: moved.after,
    })
  }
  const unfilled = unfillable(relation, context)
  if (unfilled !== null) return noWay(unfilled)
  const written = print({ TypeName: node.typeName ?? {} })
  const bareType = written.toLowerCase().replace(/^pg_catalog\./, '')
  const serial = serials[bareType] ?? null
  const identity = of('CONSTR_IDENTITY')
  const domain = parseType(columnType(node, catalog), catalog).user
  if (domain?.kind === 'domain' && (domain.notNull || domain.checks.length > 0)) {
    return noWay(`PostgreSQL tests the domain ${domain.name} on every row when the column is added.`)
  }
  if (relation.kind !== 'table' && (serial || identity)) {
    return noWay('Each partition would number its rows for itself.')
  }
  if (catalog.children(relation).length > 0 && relation.kind === 'table') {
    return noWay('The tables that inherit from it would have to be filled together.')
  }
  const value = of('CONSTR_DEFAULT')?.raw_expr
  if (!serial && !identity && !value)
    return noWay('The value comes from the type itself (a domain), which fills it for all rows at once.')
  if (value && columnsIn(value).length > 0) return null
  if (stays.some(({ contype }) => contype === 'CONSTR_CHECK')) return null
  const bare = bareColumn(statement, node, stays, serial)
  if (bare === null) return noWay('The column could not be written again.')
  const sequence = { schema: relation.schema, name: givenName(identity) ?? sequenceName(relation, column, catalog) }
  const seq = tableSql(sequence, catalog)
  const sequenceType =
    serial ??
    (bareType === 'bigint' || bareType === 'int8'
      ? 'bigint'
      : /^(smallint|int2)$/.test(bareType)
        ? 'smallint'
        : 'integer')
  const expression = value
    ? print(value)
    : `nextval(${literal(`${quoteName(sequence.schema)}.${quoteName(sequence.name)}`)}::regclass)`
  const first = [
    bare,
    ...(serial || identity
      ? [
          `CREATE SEQUENCE ${seq} AS ${sequenceType}${identity ? sequenceOptions(identity) : ''};`,
          ...(relation.definition ? [`ALTER SEQUENCE ${seq} OWNER TO ${quoteName(relation.definition.owner)};`] : []),
          `ALTER SEQUENCE ${seq} OWNED BY ${table}.${name};`,
        ]
      : []),
    `ALTER TABLE ${table} ALTER COLUMN ${name} SET DEFAULT ${expression};`,
  ]
  const silent = triggersLeftOut(relation, column, context)
  const skipping = silent ? null : mayLeaveOut(relation, column, context)
  if (skipping !== null) return noWay(skipping)
  const fills = fill(relation, column, expression, context, (silent?.guard.length ?? 0) > 0)
  if ('reason' in fills) return fills
  const notNull =
    of('CONSTR_NOTNULL') !== undefined ||
    serial !== null ||
    identity !== undefined ||
    of('CONSTR_PRIMARY') !== undefined
  const proof = notNull
    ? provenLater(relation, column, of('CONSTR_NOTNULL'), context)
    : { prepare: [], finish: [], drop: [] }
  const toIdentity = identity
    ? [
        `ALTER TABLE ${table} ALTER COLUMN ${name} DROP DEFAULT;`,
        `ALTER SEQUENCE ${seq} OWNED BY NONE;`,
        `ALTER SEQUENCE ${seq} RENAME TO ${quoteName(objectName(sequence.name, '', 'old'))};`,
        `ALTER TABLE ${table} ALTER COLUMN ${name} ADD GENERATED ${identity.generated_when === 'a' ? 'ALWAYS' : 'BY DEFAULT'} AS IDENTITY${identityOptions(identity)};`,
        `SELECT setval(pg_get_serial_sequence(${literal(table)}, ${literal(column)}), last_value, is_called) FROM ${tableSql({ schema: sequence.schema, name: objectName(sequence.name, '', 'old') }, catalog)};`,
        `DROP SEQUENCE ${tableSql({ schema: sequence.schema, name: objectName(sequence.name, '', 'old') }, catalog)};`,
      ]
    : []
  return way({
    pattern: 'add-column-then-fill',
    summary:
      'Add the column empty, let new rows get their value, fill the old rows by ranges of the key, then have it checked without blocking.',
    changes: silent ? [] : firedText(firing(walkedTables(relation, context, false), 'UPDATE', [column])),
    prepare: [
      transaction([...first, ...(silent?.guard ?? [])], `ALTER TABLE ${table} DROP COLUMN ${name};`),
      ...fills,
      ...(silent && silent.restore.length > 0 ? [transaction(silent.restore)] : []),
      ...proof.prepare,
      ...moved.prepare,
    ],
    finish: [...proof.finish, ...proof.drop, ...toIdentity, ...moved.finish],
    after: moved.after,
  })
}

/** Constraints that ask something of the old rows. */
const movedTypes = new Set([
  'CONSTR_CHECK',
  'CONSTR_FOREIGN',
  'CONSTR_UNIQUE',
  'CONSTR_PRIMARY',
  'CONSTR_ATTR_DEFERRABLE',
  'CONSTR_ATTR_DEFERRED',
  'CONSTR_ATTR_NOT_DEFERRABLE',
  'CONSTR_ATTR_IMMEDIATE',
])

/** Constraints that stay in the column's definition, since they ask nothing of the old rows. */
const stayingTypes = new Set(['CONSTR_COLLATION'])

/** Triggers that the statement itself would not have fired. */
export function firedText(names: string[]): string[] {
  if (names.length === 0) return []
  const list = names.map((name) => `\`${quoteName(name)}\``).join(', ')
  const many = names.length > 1
  return [
    `${many ? 'The triggers' : 'The trigger'} ${list} ${many ? 'fire' : 'fires'} for each row that is filled, which the statement itself would not do. To leave ${many ? 'them' : 'it'} out where that is right, run the backfill as a superuser after SET session_replication_role = replica.`,
  ]
}

/** ADD COLUMN with only these constraints, and without what the type brings. */
function bareColumn(
  statement: AlterTableStmt,
  node: ColumnDef,
  constraints: ConstraintNode[],
  type: string | null = null,
): string | null {
  const typeName = type
    ? {
        names: [
          { String: { sval: 'pg_catalog' } },
          { String: { sval: { smallint: 'int2', integer: 'int4', bigint: 'int8' }[type] ?? type } },
        ],
        typemod: -1,
      }
    : node.typeName
  const def: Node = {
    ColumnDef: { ...node, typeName, constraints: constraints.map((constraint) => ({ Constraint: constraint })) },
  }
  const [first] = statement.cmds ?? []
  if (!first || !('AlterTableCmd' in first)) return null
  return faithful({ AlterTableStmt: { ...statement, cmds: [{ AlterTableCmd: { ...first.AlterTableCmd, def } }] } })
}

/** A constraint written behind the column that works on the rows, as a statement. */
function movedConstraints(
  constraints: ConstraintNode[],
  column: string,
  relation: Relation,
  subject: Subject,
  { catalog }: PlanContext,
): { prepare: Part[]; finish: string[]; after: Part[] } | NoWay {
  const table = tableSql(relation, catalog)
  const made = subject.analysis.changes.flatMap((change) => (change.kind === 'adds constraint' ? [change] : []))
  const parts: { prepare: Part[]; finish: string[]; after: Part[] } = { prepare: [], finish: [], after: [] }
  for (const node of constraints) {
    const kinds: Record<string, string> = {
      CONSTR_CHECK: 'check',
      CONSTR_FOREIGN: 'foreign key',
      CONSTR_UNIQUE: 'unique',
      CONSTR_PRIMARY: 'primary key',
    }
    const kind = kinds[node.contype ?? '']
    if (!kind) continue
    const change = made.find(({ type }) => type === kind)
    if (!change || made.filter(({ type }) => type === kind).length > 1)
      return noWay('Its constraints could not be told apart.')
    const name = quoteName(change.constraint)
    if (kind === 'unique' || kind === 'primary key') {
      if (relation.kind !== 'table') return noWay('A key on a partitioned table has to be added by itself.')
      const sql = faithful({ IndexStmt: uniqueIndex(node, [column], relation, change.constraint, true) })
      if (sql === null) return noWay('The index could not be written.')
      const timing = timingOf(constraints)
      parts.prepare.push(outside([sql]))
      parts.finish.push(
        `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${kind === 'unique' ? 'UNIQUE' : 'PRIMARY KEY'} USING INDEX ${name}${timing};`,
      )
      continue
    }
    if (kind === 'foreign key' && relation.kind !== 'table' && !catalog.behaves('not-valid-key-of-partitioned-table')) {
      return noWay('Before PostgreSQL 18 a partitioned table takes no foreign key NOT VALID.')
    }
    const def: Node = {
      Constraint: {
        ...node,
        conname: change.constraint,
        ...(kind === 'foreign key' ? { fk_attrs: [{ String: { sval: column } }] } : {}),
        skip_validation: true,
        initially_valid: false,
      },
    }
    const sql = faithful({
      AlterTableStmt: {
        relation: { schemaname: relation.schema, relname: relation.name, inh: true, relpersistence: 'p' },
        objtype: 'OBJECT_TABLE',
        cmds: [{ AlterTableCmd: { subtype: 'AT_AddConstraint', def, behavior: 'DROP_RESTRICT' } }],
      },
    })
    if (sql === null || timingOf(constraints) !== '') return noWay('The constraint could not be written again.')
    parts.finish.push(sql)
    parts.after.push(transaction([`ALTER TABLE ${table} VALIDATE CONSTRAINT ${name};`]))
  }
  return parts
}

function timingOf(constraints: ConstraintNode[]): string {
  const has = (type: string): boolean => constraints.some(({ contype }) => contype === type)
  return `${has('CONSTR_ATTR_DEFERRABLE') ? ' DEFERRABLE' : ''}${has('CONSTR_ATTR_DEFERRED') ? ' INITIALLY DEFERRED' : ''}`
}

/** The old rows, by ranges. */
function fill(
  relation: Relation,
  column: string,
  expression: string,
  context: PlanContext,
  silent: boolean,
): Part[] | NoWay {
  const name = quoteName(column)
  return walkedTables(relation, context, false).map((table): Part => {
    const own = `${walkedName(table, context)} AS target`
    const work: RangeWork = {
      table: own,
      alias: 'target',
      before: [],
      silent,
      lock: (range, order) =>
        `${own} WHERE ${range} AND target.${name} IS NULL ORDER BY ${order} FOR NO KEY UPDATE OF target`,
      write: (range) => `UPDATE ${own} SET ${name} = ${expression} WHERE ${range} AND target.${name} IS NULL`,
      pending: { from: own, where: `target.${name} IS NULL` },
    }
    return {
      kind: 'backfill',
      sql: walk(table, work, context),
      like: `UPDATE ${own} SET ${name} = ${expression};`,
      text: `Runs to its end by itself, ${walkedKey(table) === null ? 'page by page' : 'by ranges of the key'}, and begins again while rows are pending. When it is interrupted, run it again.`,
    }
  })
}

/** As for a column that is there; the name of the constraint on 18 is that of the column's definition. */
function provenLater(
  relation: Relation,
  column: string,
  node: ConstraintNode | undefined,
  { catalog }: PlanContext,
): { prepare: Part[]; finish: string[]; drop: string[] } {
  const table = tableSql(relation, catalog)
  const name = quoteName(column)
  if (catalog.behaves('not-null-is-a-constraint')) {
    const constraint = quoteName(node?.conname ?? objectName(relation.name, column, 'not_null'))
    return {
      prepare: [
        transaction([`ALTER TABLE ${table} ADD CONSTRAINT ${constraint} NOT NULL ${name} NOT VALID;`]),
        transaction([`ALTER TABLE ${table} VALIDATE CONSTRAINT ${constraint};`]),
      ],
      finish: [],
      drop: [],
    }
  }
  const helper = quoteName(freeConstraint(relation, objectName(relation.name, column, 'not_null'), 'proof', catalog))
  return {
    prepare: [
      transaction([`ALTER TABLE ${table} ADD CONSTRAINT ${helper} CHECK (${name} IS NOT NULL) NOT VALID;`]),
      transaction([`ALTER TABLE ${table} VALIDATE CONSTRAINT ${helper};`]),
    ],
    finish: [`ALTER TABLE ${table} ALTER COLUMN ${name} SET NOT NULL;`],
    drop: [`ALTER TABLE ${table} DROP CONSTRAINT ${helper};`],
  }
}

function columnType(node: ColumnDef, catalog: PlanContext['catalog']): string {
  return node.typeName ? printType(typeOf(node.typeName, catalog)) : ''
}

/** The name that GENERATED … AS IDENTITY (SEQUENCE NAME …) gives, without its schema. */
function givenName(identity: ConstraintNode | undefined): string | null {
  for (const option of identity?.options ?? []) {
    if (!('DefElem' in option) || option.DefElem.defname !== 'sequence_name') continue
    const { arg } = option.DefElem
    return arg && 'List' in arg ? (strings(arg.List.items).at(-1) ?? null) : null
  }
  return null
}

/** As the server makes up the name of a serial's or an identity's sequence. */
function sequenceName(relation: Relation, column: string, catalog: PlanContext['catalog']): string {
  for (let i = 0; ; i++) {
    const name = objectName(relation.name, column, i === 0 ? 'seq' : `seq${i}`)
    if (!catalog.nameTaken(relation.schema, name)) return name
  }
}

function identityOptions(identity: ConstraintNode): string {
  const given = givenName(identity)
  const text = `${given === null ? '' : `SEQUENCE NAME ${quoteName(given)}`}${sequenceOptions(identity)}`.trim()
  return text === '' ? '' : ` (${text})`
}

/** START, INCREMENT and the like, as they are written. */
function sequenceOptions({ options }: ConstraintNode): string {
  const words: Record<string, string> = {
    start: 'START',
    increment: 'INCREMENT',
    minvalue: 'MINVALUE',
    maxvalue: 'MAXVALUE',
    cache: 'CACHE',
  }
  return (options ?? [])
    .map((option) => {
      if (!('DefElem' in option)) return ''
      const { defname = '', arg } = option.DefElem
      if (defname === 'cycle') return arg && 'Boolean' in arg && arg.Boolean.boolval ? ' CYCLE' : ' NO CYCLE'
      if (!arg) return words[defname] ? ` NO ${words[defname]}` : ''
      const number = 'Integer' in arg ? String(arg.Integer.ival ?? 0) : 'Float' in arg ? (arg.Float.fval ?? '') : ''
      return words[defname] ? ` ${words[defname]} ${number}` : ''
    })
    .join('')
}
