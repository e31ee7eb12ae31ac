import type { AlterTableStmt, ColumnDef, Node, TypeName } from '@pgsql/types'
import { volatility } from '../catalog/expressions.ts'
import { publicationsOf } from '../catalog/publications.ts'
import { columnOf, type Relation } from '../catalog/relation.ts'
import { parseType, printType, typeOf } from '../catalog/types.ts'
import { print, quoteName } from '../sql/quote.ts'
import { functionsIn, walk as walkTree } from '../sql/walk.ts'
import { firedText } from './add-column-then-fill.ts'
import { firing, walk, walkedKey, walkedName, walkedTables } from './backfill.ts'
import { ownBelow } from './carried-below.ts'
import { carriedConstraints, carriedNotNull } from './carried-constraints.ts'
import { carriedIndexes } from './carried-indexes.ts'
import { carriedColumn, carriedPolicies, carriedStatistics, carriedViews, inTheWay } from './carried-objects.ts'
import { carriedValues } from './carried-values.ts'
import { type ColumnExchange, together } from './column-exchange.ts'
import type { RangeWork } from './key-walk.ts'
import { freeColumn, freeRelation, literal, tableSql } from './names.ts'
import { type NoWay, noWay, type Part, transaction, type Way, way } from './plan.ts'
import { ofAlias, ofNewRow } from './renamed.ts'
import type { PlanContext, Subject } from './subject.ts'
import { mayLeaveOut, triggersLeftOut } from './triggers-left-out.ts'
import { unfillable } from './unfillable.ts'

/**
 * ALTER COLUMN … TYPE that writes the table anew: a new column kept in step by a trigger, filled by ranges, given all that
 * hangs on the old one, then exchanged with it in a moment, behind a guard.
 */
export function expandAndContract(
  statement: AlterTableStmt,
  node: ColumnDef,
  subject: Subject,
  context: PlanContext,
): Way | NoWay | null {
  const { catalog } = context
  const change = subject.analysis.changes.find((schemaChange) => schemaChange.kind === 'changes type')
  const [command] = statement.cmds ?? []
  const name = command && 'AlterTableCmd' in command ? (command.AlterTableCmd.name ?? '') : ''
  const relation = catalog.find(statement.relation?.schemaname ?? null, statement.relation?.relname ?? '')
  if (!relation || !node.typeName) return null
  const column = columnOf(relation, name)
  const reason = refusal(statement, relation, node, context)
  if (reason !== null || !column || !relation.definition)
    return noWay(reason ?? 'What hangs on the column was not read.')
  const using = node.raw_default ?? null
  if (using && volatility(using, catalog).volatility !== 'calm') {
    return noWay('USING calls a function that may give another value each time.')
  }
  const exchange: ColumnExchange = {
    relation,
    table: tableSql(relation, catalog),
    column,
    name,
    next: freeColumn(relation, name, 'new', catalog),
    before: freeColumn(relation, name, 'old', catalog),
    type: printType(typeOf(node.typeName, catalog)),
    using,
    definition: relation.definition,
    context,
  }
  const blocked = inTheWay(exchange) ?? ownBelow(exchange) ?? refusesNull(exchange)
  if (blocked !== null) return noWay(blocked)
  const carried = together([
    carriedColumn(exchange),
    carriedNotNull(exchange),
    carriedValues(exchange),
    carriedIndexes(exchange),
    carriedConstraints(exchange),
    carriedStatistics(exchange),
    carriedPolicies(exchange),
    carriedViews(exchange),
  ])
  if ('reason' in carried) return carried
  const { table, next, before } = exchange
  const sync = syncTrigger(exchange)
  const views = carried.release.filter((sql) => sql.startsWith('DROP VIEW'))
  const release = carried.release.filter((sql) => !sql.startsWith('DROP VIEW'))
  const [old, fresh, gone] = [name, next, before].map(quoteName)
  const definition = `${fresh} ${print({ TypeName: node.typeName })}${collationSql(node)}`
  const silent = triggersLeftOut(relation, next, context)
  const skipping = silent ? null : mayLeaveOut(relation, next, context)
  if (skipping !== null) return noWay(skipping)
  const fires = silent ? [] : firing(walkedTables(relation, context, false), 'UPDATE', [next])
  return way({
    pattern: 'expand-and-contract',
    summary:
      'Expand and contract: a new column kept in step by a trigger, filled by ranges of the key, given the indexes and constraints of the old one, then exchanged with it in a moment.',
    changes: [
      ...firedText(fires),
      `\`${name}\` becomes the last column: SELECT * and INSERT without a list of columns see another order.`,
      ...(change?.kind !== 'changes type' || change.narrows || using
        ? ['From the first step on, a write that does not fit the new type fails.']
        : []),
      ...publishedText(exchange),
      ...carried.changes,
    ],
    prepare: [
      transaction(
        [`ALTER TABLE ${table} ADD COLUMN ${definition};`, ...sync.create, ...(silent?.guard ?? [])],
        `${sync.drop.join(' ')} ALTER TABLE ${table} DROP COLUMN ${fresh};`,
      ),
      ...fillParts(exchange, (silent?.guard.length ?? 0) > 0),
      ...carried.prepare,
      {
        kind: 'deployment',
        text: `Deploy code that works with \`${name}\` both as ${column.type} and as ${exchange.type} before the next step.`,
      },
    ],
    finish: [
      guard(exchange),
      ...sync.drop,
      ...(silent?.restore ?? []),
      ...views,
      ...release,
      `ALTER TABLE ${table} RENAME COLUMN ${old} TO ${gone};`,
      `ALTER TABLE ${table} RENAME COLUMN ${fresh} TO ${old};`,
      ...carried.take,
    ],
    after: [
      {
        kind: 'deployment',
        text: `Go on when the application works with the new column: until then the old values are in \`${before}\`, as they were at the exchange.`,
      },
      transaction([`ALTER TABLE ${table} DROP COLUMN ${gone};`]),
    ],
  })
}

/** Settings that decide how a value is written as text. */
const writesText = new Set([
  'datestyle',
  'intervalstyle',
  'bytea_output',
  'extra_float_digits',
  'lc_monetary',
  'xmlbinary',
])

/** Why a column cannot be exchanged; null when it can. */
function refusal(statement: AlterTableStmt, relation: Relation, node: ColumnDef, context: PlanContext): string | null {
  const { catalog, timeZone } = context
  if (!catalog.behaves('check-proves-not-null'))
    return 'Before PostgreSQL 12 the new column could not be proven NOT NULL without a scan.'
  if (relation.kind !== 'table' && relation.kind !== 'partitioned table') return 'It is not a table.'
  if (statement.relation?.inh !== true) return 'ONLY leaves the tables below as they are.'
  if (relation.kind === 'table' && catalog.children(relation).length > 0) {
    return 'The tables that inherit the column would have to be exchanged together.'
  }
  if (relation.definition === null) {
    return 'What hangs on the column (grants, comments, policies, views) was not read: review with --database-url.'
  }
  const textual = context.settings.find(({ name }) => writesText.has(name))
  if (textual) return `The values depend on ${textual.name}, which the file sets and the application’s sessions do not.`
  const { user } = typeOf(node.typeName ?? {}, catalog)
  if (user?.kind === 'domain' && (user.notNull || user.checks.length > 0)) {
    return `PostgreSQL tests the domain ${user.name} on every row when a column of it is added.`
  }
  const unfilled = unfillable(relation, context)
  if (unfilled !== null) return unfilled
  const type = print({ TypeName: node.typeName ?? {} })
  if (/time|date/i.test(type) && timeZone === null)
    return 'The values depend on the TimeZone of the session, which is not known.'
  return null
}

/** Publications of all columns send the new one as soon as it exists. */
function publishedText({ relation, next, context: { catalog } }: ColumnExchange): string[] {
  const sends = publicationsOf(relation, catalog.publications, catalog).filter(
    ({ parts }) => !parts.some((part) => part.relation === relation.id && part.columns !== null),
  )
  const names = sends.map(({ name }) => `\`${name}\``).join(', ')
  return sends.length === 0
    ? []
    : [
        `The publication ${names} sends \`${next}\` too: subscribers need the column before the first step, and the exchange when it happens here.`,
      ]
}

/** After the exchange nothing writes the old column until it is dropped: its type must allow NULL. */
function refusesNull({ column, context }: ColumnExchange): string | null {
  const { user } = parseType(column.type, context.catalog)
  if (user?.kind !== 'domain') return null
  const takesNull =
    !user.notNull && user.checks.every(({ definition }) => !/\b(null|coalesce|case|is)\b/i.test(definition))
  return takesNull
    ? null
    : `The domain ${user.name} may refuse NULL, which the old column would hold after the exchange.`
}

/** Without COLLATE the column gets the new type’s own collation, as ALTER COLUMN … TYPE gives it. */
function collationSql(node: ColumnDef): string {
  return node.collClause ? ` ${print({ CollateClause: node.collClause })}` : ''
}

/** The new value, as an expression over the table’s alias. */
function newValue({ using, name }: ColumnExchange, alias: string): string {
  return using ? print(ofAlias(using, alias)) : `${alias}.${quoteName(name)}`
}

/** Types that have no `=`, or one that compares areas or lengths. */
const withoutEquality = /^(json|xml|point|line|lseg|box|path|polygon|circle)\b/

function differs(exchange: ColumnExchange, alias: string): string {
  const text = withoutEquality.test(exchange.type) ? '::text' : ''
  return `${alias}.${quoteName(exchange.next)}${text} IS DISTINCT FROM (${newValue(exchange, alias)})::${exchange.type}${text}`
}

/**
 * The trigger that keeps the new column in step. BEFORE triggers fire in the order of their names, so its name comes last:
 * it sees what the others leave.
 */
function syncTrigger(exchange: ColumnExchange): { create: string[]; drop: string[] } {
  const { relation, table, name, next, using, context } = exchange
  const { catalog, timeZone } = context
  const triggers = catalog
    .withDescendants(relation)
    .flatMap((descendant) => descendant.triggers.map((trigger) => trigger.name))
  const base = freeRelation(relation.schema, `${relation.name}_${name}`, 'sync', catalog)
  let label = `zz_${base}`
  while (triggers.some((other) => other >= label)) label = `~${label}`
  const trigger = quoteName(label.slice(0, 60))
  const fn = tableSql({ schema: relation.schema, name: base }, catalog)
  const value = using ? print(ofNewRow(using)) : `NEW.${quoteName(name)}`
  const zone =
    timeZone !== null && /time|date/.test(`${exchange.type} ${exchange.column.type}`)
      ? ` SET timezone = ${literal(timeZone)}`
      : ''
  const path =
    using && findsNames(using, context) ? ` SET search_path = ${catalog.searchPath.map(quoteName).join(', ')}` : ''
  return {
    create: [
      `CREATE FUNCTION ${fn}() RETURNS trigger LANGUAGE plpgsql${zone}${path} AS $$ BEGIN NEW.${quoteName(next)} := ${value}; RETURN NEW; END $$;`,
      `CREATE TRIGGER ${trigger} BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION ${fn}();`,
    ],
    drop: [`DROP TRIGGER ${trigger} ON ${table};`, `DROP FUNCTION ${fn}();`],
  }
}

/** The expression calls a function or casts to a type that the search path finds. */
function findsNames(using: Node, { catalog }: PlanContext): boolean {
  let found = functionsIn(using).some(({ schema, name }) => catalog.functions(schema, name).length > 0)
  walkTree(using, (name, value) => {
    if (name === 'TypeName') found ||= typeOf(value as TypeName, catalog).user !== null
    return undefined
  })
  return found
}

function fillParts(exchange: ColumnExchange, silent: boolean): Part[] {
  const { relation, next, context } = exchange
  return walkedTables(relation, context, false).map((table): Part => {
    const own = `${walkedName(table, context)} AS target`
    const pending = differs(exchange, 'target')
    const work: RangeWork = {
      table: own,
      alias: 'target',
      before: [],
      silent,
      lock: (range, order) => `${own} WHERE ${range} AND ${pending} ORDER BY ${order} FOR NO KEY UPDATE OF target`,
      write: (range) =>
        `UPDATE ${own} SET ${quoteName(next)} = ${newValue(exchange, 'target')} WHERE ${range} AND ${pending}`,
      pending: { from: own, where: pending },
    }
    return {
      kind: 'backfill',
      sql: walk(table, work, context),
      like: `UPDATE ${own} SET ${quoteName(next)} = ${newValue(exchange, 'target')};`,
      text: `Runs to its end by itself, ${walkedKey(table) === null ? 'page by page' : 'by ranges of the key'}, and begins again while rows are pending. When it is interrupted, run it again.`,
    }
  })
}

/** Refuses the exchange while a row’s new value is missing or another one. It reads under ACCESS SHARE, before any strong lock. */
function guard(exchange: ColumnExchange): string {
  const { table } = exchange
  const message = `Rows of ${table.replaceAll('%', '%%')} are not filled yet: run the backfill again, then this.`
  return `DO $guard$ BEGIN IF EXISTS (SELECT FROM ${table} AS target WHERE ${differs(exchange, 'target')}) THEN RAISE EXCEPTION ${literal(message)}; END IF; END $guard$;`
}
