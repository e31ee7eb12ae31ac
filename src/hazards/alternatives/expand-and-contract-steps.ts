import type { ColumnRef, Node } from '@pgsql/types'
import { type Column, type Constraint, columnOf, type Index, type Relation } from '../../catalog/relation.ts'
import { objectName } from '../../effects/names/object-names.ts'
import { print, quoteName, quoteRelation } from '../../sql/quote.ts'
import { walk } from '../../sql/walk.ts'
import type { ReviewContext } from '../context/review-context.ts'
import { type Alternative, type AlternativeStep, alternative, outside, own, same } from './alternative.ts'
import { batch } from './batches.ts'
import { indexSql } from './concurrent-index.ts'
import { notNullByCheck } from './not-valid.ts'

/**
 * A column of another type without a rewrite: a new column kept in step by a trigger, filled in batches, with the same
 * indexes and keys built CONCURRENTLY, then exchanged with the old one in a moment. Default, sequence, keys and the foreign
 * keys of other tables move along; the old column stays, nullable, until no one needs it.
 *
 * Values are converted as ALTER COLUMN … TYPE does: by `using`, else by assignment, which fails where a cast written out
 * would cut a text that is too long.
 */
export function besideTheOld(
  relation: Relation,
  column: string,
  type: string,
  context: ReviewContext,
  using: Node | null = null,
): Alternative {
  const table = quoteRelation(relation)
  const old = quoteName(column)
  const next = quoteName(newName(column))
  const before = quoteName(objectName(column, '', 'old'))
  const sync = objectName(relation.name, column, 'sync')
  const trigger = quoteName(sync)
  const fn = quoteRelation({ schema: relation.schema, name: sync })
  const now = columnOf(relation, column)
  const moved = movedIndexes(relation, column)
  const keys = relation.constraints.filter(
    (constraint) => constraint.index !== null && moved.some(({ from }) => from.name === constraint.index),
  )
  const references = referencesTo(relation, keys, context)
  const proof = now?.notNull ? notNullByCheck(relation, newName(column), 3, context.catalog) : []
  const builds = moved.map(({ to }, i) => outside((proof.at(-1)?.file ?? 2) + 1 + i, indexSql(relation, to, to.name)))
  const last = (builds.at(-1)?.file ?? proof.at(-1)?.file ?? 2) + 1
  const exchange = [
    `DROP TRIGGER ${trigger} ON ${table};`,
    `DROP FUNCTION ${fn}();`,
    ...references.map(
      ({ child, key }) => `ALTER TABLE ${quoteRelation(child)} DROP CONSTRAINT ${quoteName(key.name)};`,
    ),
    ...keys.map((key) => `ALTER TABLE ${table} DROP CONSTRAINT ${quoteName(key.name)};`),
    // An identity is NOT NULL for as long as it is one.
    ...valueMoves(relation, now, column, type),
    ...(now?.notNull ? [`ALTER TABLE ${table} ALTER COLUMN ${old} DROP NOT NULL;`] : []),
    `ALTER TABLE ${table} RENAME COLUMN ${old} TO ${before};`,
    `ALTER TABLE ${table} RENAME COLUMN ${next} TO ${old};`,
    ...keys.map((key) => keyOver(relation, key, moved)),
    ...references.map(({ child, key }) => referenceAgain(child, key, relation)),
  ]
  const steps: AlternativeStep[] = [
    own(1, `ALTER TABLE ${table} ADD COLUMN ${next} ${type};`),
    same(
      1,
      `CREATE FUNCTION ${fn}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.${next} := ${using ? print(ofNewRow(using)) : `NEW.${old}`}; RETURN NEW; END $$;`,
    ),
    same(1, `CREATE TRIGGER ${trigger} BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION ${fn}();`),
    outside(
      2,
      batch(relation, { update: `${next} = ${using ? print(using) : old}` }, `${next} IS NULL AND ${old} IS NOT NULL`),
    ),
    ...proof,
    ...builds,
    ...exchange.map((sql, i) => (i === 0 ? own : same)(last, sql)),
    ...references.map(({ child, key }) =>
      own(last + 1, `ALTER TABLE ${quoteRelation(child)} VALIDATE CONSTRAINT ${quoteName(key.name)};`),
    ),
  ]
  return alternative(
    `Expand and contract: a new column kept in step by a trigger, filled in batches, indexed CONCURRENTLY, then exchanged in a moment. Drop \`${before}\` when no one needs it.`,
    steps,
  )
}

/** The expression over the columns of a trigger's NEW. */
function ofNewRow(expression: Node): Node {
  const copy = structuredClone(expression)
  walk(copy, (name, value) => {
    if (name !== 'ColumnRef') return undefined
    const reference = value as ColumnRef
    const column = reference.fields?.at(-1)
    if (column) reference.fields = [{ String: { sval: 'new' } }, column]
    return false
  })
  return copy
}

function newName(name: string): string {
  return objectName(name, '', 'new')
}

/** Indexes over the column, each with its twin over the new one. Expressions and partitioned tables are left to people. */
function movedIndexes(relation: Relation, column: string): { from: Index; to: Index }[] {
  if (relation.kind === 'partitioned table') return []
  return relation.indexes
    .filter(
      (index) => index.valid && index.keys.includes(column) && !index.keys.includes(null) && index.predicate === null,
    )
    .map((from) => ({
      from,
      to: { ...from, name: newName(from.name), keys: from.keys.map((key) => (key === column ? newName(column) : key)) },
    }))
}

/** The default moves, and the sequence with it; an identity starts again behind the highest value. */
function valueMoves(relation: Relation, now: Column | null, column: string, type: string): string[] {
  const table = quoteRelation(relation)
  const [old, next] = [quoteName(column), quoteName(newName(column))]
  if (now?.identity) {
    const name = [table, newName(column)].map((text) => `'${text.replaceAll("'", "''")}'`).join(', ')
    return [
      `ALTER TABLE ${table} ALTER COLUMN ${old} DROP IDENTITY;`,
      `ALTER TABLE ${table} ALTER COLUMN ${next} ADD GENERATED ${now.identity.toUpperCase()} AS IDENTITY;`,
      `SELECT setval(pg_get_serial_sequence(${name}), (SELECT max(${next}) FROM ${table}));`,
    ]
  }
  if (!now?.default || now.generated) return []
  const sequence = /^nextval\('([^']+)'::regclass\)$/.exec(now.default)?.[1]
  return [
    `ALTER TABLE ${table} ALTER COLUMN ${next} SET DEFAULT ${now.default};`,
    `ALTER TABLE ${table} ALTER COLUMN ${old} DROP DEFAULT;`,
    ...(sequence
      ? [`ALTER SEQUENCE ${sequence}${/^(small|big)?int/.test(type) ? ` AS ${type}` : ''} OWNED BY ${table}.${next};`]
      : []),
  ]
}

function keyOver(relation: Relation, key: Constraint, moved: { from: Index; to: Index }[]): string {
  const index = moved.find(({ from }) => from.name === key.index)?.to.name ?? key.name
  const kind = key.kind === 'primary key' ? 'PRIMARY KEY' : 'UNIQUE'
  return `ALTER TABLE ${quoteRelation(relation)} ADD CONSTRAINT ${quoteName(key.name)} ${kind} USING INDEX ${quoteName(index)};`
}

/** Foreign keys of other tables that hang on one of these keys. */
function referencesTo(
  relation: Relation,
  keys: Constraint[],
  context: ReviewContext,
): { child: Relation; key: Constraint }[] {
  return context.catalog.referencing(relation).flatMap((child) =>
    child.constraints.flatMap((key) => {
      const hangs =
        key.references?.relation === relation.id &&
        keys.some((item) => item.columns.join() === key.references?.columns.join())
      return hangs ? [{ child, key }] : []
    }),
  )
}

function referenceAgain(child: Relation, key: Constraint, relation: Relation): string {
  const { columns = [], onDelete = 'no action', onUpdate = 'no action' } = key.references ?? {}
  const actions = `${onDelete === 'no action' ? '' : ` ON DELETE ${onDelete.toUpperCase()}`}${onUpdate === 'no action' ? '' : ` ON UPDATE ${onUpdate.toUpperCase()}`}`
  return `ALTER TABLE ${quoteRelation(child)} ADD CONSTRAINT ${quoteName(key.name)} FOREIGN KEY (${key.columns.map(quoteName).join(', ')}) REFERENCES ${quoteRelation(relation)} (${columns.map(quoteName).join(', ')})${actions} NOT VALID;`
}
