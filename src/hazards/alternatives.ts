import type { Node } from '@pgsql/types'
import type { Catalog, Index, Relation } from '../catalog/catalog.ts'
import { provesNotNull } from '../catalog/expressions.ts'
import { runnerNamed } from '../runners/registry.ts'
import type { Migration } from '../runners/runner.ts'
import { print, quoteName, quoteRelation } from '../sql/quote.ts'
import type { Alternative, AlternativeStep, Step } from './scene.ts'

/** One statement of an alternative. Files are counted from 1; a step outside any transaction needs a file of its own. */
export function own(file: number, sql: string): AlternativeStep {
  return { sql, transaction: 'own', file }
}

export function outside(file: number, sql: string): AlternativeStep {
  return { sql, transaction: 'none', file }
}

export function same(file: number, sql: string): AlternativeStep {
  return { sql, transaction: 'same', file }
}

/** How this runner lets a statement run outside a transaction, as a clause of its own behind a colon. */
export function outsideHow(step: Step): string {
  const { optOut, wrapping } = step.migration
  if (wrapping === 'autocommit') return 'this file runs without one already'
  if (optOut !== null) return `that takes ${optOut}`
  return `${titleOf(step.migration)} runs every pending file in one transaction, so run it by hand before the deployment`
}

/** The migration tool as its users write it. */
export function titleOf({ runner }: Migration): string {
  return runnerNamed(runner)?.title ?? runner
}

/** NOT VALID first, then VALIDATE in a transaction of its own. */
export function notValidThenValidate(
  relation: Relation,
  name: string,
  definition: string,
  firstFile: number,
): AlternativeStep[] {
  const table = quoteRelation(relation)
  return [
    own(firstFile, `ALTER TABLE ${table} ADD CONSTRAINT ${quoteName(name)} ${definition} NOT VALID;`),
    own(firstFile + 1, `ALTER TABLE ${table} VALIDATE CONSTRAINT ${quoteName(name)};`),
  ]
}

/**
 * SET NOT NULL by way of a CHECK: only the validation reads the rows, under a lock that lets everyone work. A CHECK that
 * stands already is used; before 12 none spares SET NOT NULL the reading, so there it stays in its place.
 */
export function notNullByCheck(
  relation: Relation,
  column: string,
  firstFile: number,
  catalog: Catalog,
): AlternativeStep[] {
  const table = quoteRelation(relation)
  const name = quoteName(column)
  const standing = relation.constraints.find((one) => one.kind === 'check' && provesNotNull(one.definition, column))
  const check = quoteName(standing?.name ?? freeName(relation, `${relation.name}_${column}_not_null`))
  const sql = [
    ...(standing ? [] : [`ALTER TABLE ${table} ADD CONSTRAINT ${check} CHECK (${name} IS NOT NULL) NOT VALID;`]),
    ...(standing?.validated ? [] : [`ALTER TABLE ${table} VALIDATE CONSTRAINT ${check};`]),
    ...(catalog.major < 12 ? [] : [`ALTER TABLE ${table} ALTER COLUMN ${name} SET NOT NULL;`]),
  ]
  const steps = sql.map((one, i) => own(firstFile + i, one))
  // One that was not yet valid has its own reason to stand.
  const drops = catalog.major >= 12 && (!standing || standing.validated)
  return drops
    ? [...steps, same(firstFile + steps.length - 1, `ALTER TABLE ${table} DROP CONSTRAINT ${check};`)]
    : steps
}

function freeName(relation: Relation, wanted: string): string {
  const name = wanted.slice(0, 60)
  const taken = relation.constraints.filter((one) => one.name.startsWith(name)).length
  return taken === 0 ? name : `${name}_${taken + 1}`
}

/** A value to be replaced by the right one, of the column's own type so that the statement runs as it stands. */
export function someValue(type: string | undefined): string {
  const value =
    [
      [/^(smallint|int|bigint|numeric|real|double)/, '0'],
      [/^(text|character|varchar)/, "''"],
      [/^bool/, 'false'],
      [/^(timestamp|date|time)/, 'now()'],
      [/^uuid/, 'gen_random_uuid()'],
      [/^jsonb?$/, "'{}'"],
      [/\[\]$/, "'{}'"],
    ].find(([pattern]) => (pattern as RegExp).test(type ?? ''))?.[1] ?? 'DEFAULT'
  return `${value} /* the right value */`
}

/** One round of a backfill; to be repeated until it changes no row. */
export function batch(relation: Relation, verb: { update: string } | 'delete', where: string): string {
  const table = quoteRelation(relation)
  const key = rowKey(relation)
  const condition = where === 'true' ? '' : ` WHERE ${where}`
  const chosen = `WHERE ${key} IN (SELECT ${key.replace(/^\(|\)$/g, '')} FROM ${table}${condition} LIMIT 10000)`
  const statement =
    verb === 'delete' ? `DELETE FROM ${table} ${chosen};` : `UPDATE ${table} SET ${verb.update} ${chosen};`
  return `-- repeat until it changes no row, each round in a transaction of its own\n${statement}`
}

/** The primary key when it is one column, else the row's place: in a partitioned table only with its partition. */
function rowKey(relation: Relation): string {
  const [only, more] = relation.constraints.find((one) => one.kind === 'primary key')?.columns ?? []
  return only !== undefined && more === undefined
    ? quoteName(only)
    : relation.kind === 'partitioned table'
      ? '(tableoid, ctid)'
      : 'ctid'
}

/** The statement's own text with CONCURRENTLY, for CREATE INDEX. */
export function concurrently(node: Extract<Node, { IndexStmt: unknown }>['IndexStmt'], name: string): string {
  return `${print({ IndexStmt: { ...node, idxname: name, concurrent: true, if_not_exists: false } })};`
}

/** An index over plain columns, built CONCURRENTLY. */
export function indexSql(relation: Relation, index: Index, name: string): string {
  const keys = index.keys.map((key) => (key === null ? '…' : quoteName(key))).join(', ')
  const include = index.include.length > 0 ? ` INCLUDE (${index.include.map(quoteName).join(', ')})` : ''
  const method = index.method === 'btree' ? '' : ` USING ${index.method}`
  const unique = index.unique ? 'UNIQUE ' : ''
  return `CREATE ${unique}INDEX CONCURRENTLY ${quoteName(name)} ON ${quoteRelation(relation)}${method} (${keys})${include};`
}

/** The statement itself behind a lock_timeout. SET LOCAL does nothing outside a transaction. */
export function withTimeout(step: Step): AlternativeStep[] {
  const statement = `${step.statement.sql};`
  if (step.transaction) return [same(1, `SET LOCAL lock_timeout = '3s';`), same(1, statement)]
  return [outside(1, `SET lock_timeout = '3s';`), outside(1, statement)]
}

/** For what PostgreSQL cannot do online. */
export function inQuietMoment(step: Step): Alternative {
  return alternative(
    'PostgreSQL has no way to do this while others work: run it in a quiet moment, behind a lock_timeout, so that it gives up instead of making everyone queue.',
    withTimeout(step),
  )
}

export function alternative(summary: string, steps: AlternativeStep[]): Alternative {
  return { summary, steps }
}
