import type { Relation } from '../../catalog/relation.ts'
import type { SchemaChange } from '../../effects/model/schema-change.ts'
import { objectName } from '../../effects/names/object-names.ts'
import { print, quoteName, quoteRelation } from '../../sql/quote.ts'
import type { ReviewContext, Step } from '../context/review-context.ts'
import { type Alternative, type AlternativeStep, alternative, outside, own, same } from './alternative.ts'
import { batch } from './batches.ts'
import { besideTheOld } from './expand-and-contract-steps.ts'
import { notNullByCheck } from './not-valid.ts'

/** The same rows and columns without a rewrite under ACCESS EXCLUSIVE; null where there is no such way. */
export function withoutRewrite(step: Step, relation: Relation, context: ReviewContext): Alternative | null {
  const table = quoteRelation(relation)
  const node = step.statement.node ?? {}
  if ('VacuumStmt' in node) return plainVacuum(relation)
  if ('ClusterStmt' in node) {
    return alternative(
      'Nothing in the server orders a table online; an extension such as pg_repack does. A plain VACUUM blocks no one.',
      [outside(1, `VACUUM (ANALYZE) ${table};`)],
    )
  }
  for (const change of step.analysis.changes) {
    if (change.kind === 'changes type')
      return besideTheOld(change.relation, change.column, change.to, context, change.using)
    if (change.kind === 'adds column' && change.fills) return filledLater(step, change.relation, change.column, context)
  }
  return null
}

/** Instead of VACUUM FULL. */
export function plainVacuum(relation: Relation): Alternative {
  return alternative(
    'A plain VACUUM makes the space usable again and blocks no one; to give it back to the disk, an extension such as pg_repack copies the table online.',
    [outside(1, `VACUUM (ANALYZE) ${quoteRelation(relation)};`)],
  )
}

/** ADD COLUMN without the value, the default for new rows, then the old rows in batches. */
function filledLater(step: Step, relation: Relation, column: string, context: ReviewContext): Alternative {
  const table = quoteRelation(relation)
  const name = quoteName(column)
  const definition = definitionOf(step, column)
  const sequence = quoteRelation({ schema: relation.schema, name: objectName(relation.name, column, 'seq') })
  const value = definition.value ?? `nextval('${sequence.replaceAll("'", "''")}')`
  const steps: AlternativeStep[] = [own(1, `ALTER TABLE ${table} ADD COLUMN ${name} ${definition.type};`)]
  if (definition.value === null) steps.push(same(1, `CREATE SEQUENCE ${sequence} OWNED BY ${table}.${name};`))
  if (!definition.generated) steps.push(same(1, `ALTER TABLE ${table} ALTER COLUMN ${name} SET DEFAULT ${value};`))
  steps.push(outside(2, batch(relation, { update: `${name} = ${value}` }, `${name} IS NULL`)))
  if (definition.notNull) steps.push(...notNullByCheck(relation, column, 3, context.catalog))
  const key = step.analysis.changes.find(
    (change) =>
      change.kind === 'adds constraint' &&
      ['unique', 'primary key'].includes(change.type) &&
      change.columns.join() === column,
  )
  if (key?.kind === 'adds constraint') steps.push(...keyLater(key, (steps.at(-1)?.file ?? 2) + 1))
  const generated = definition.generated ? ' and keep it current from the application or a trigger' : ''
  return alternative(
    `Add the column empty${generated}, let new rows get their value, and fill the old rows in batches.`,
    steps,
  )
}

/** The key that was written behind the column: its index CONCURRENTLY, then the constraint over it. */
function keyLater(key: Extract<SchemaChange, { kind: 'adds constraint' }>, file: number): AlternativeStep[] {
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
  for (const command of commands) {
    if (!('AlterTableCmd' in command) || !command.AlterTableCmd.def || !('ColumnDef' in command.AlterTableCmd.def))
      continue
    const definition = command.AlterTableCmd.def.ColumnDef
    if (definition.colname !== column || !definition.typeName) continue
    const constraints = (definition.constraints ?? []).flatMap((constraint) =>
      'Constraint' in constraint ? [constraint.Constraint] : [],
    )
    const withValue = constraints.find(
      (constraint) => constraint.contype === 'CONSTR_DEFAULT' || constraint.contype === 'CONSTR_GENERATED',
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
          (constraint) =>
            constraint.contype === 'CONSTR_NOTNULL' ||
            constraint.contype === 'CONSTR_IDENTITY' ||
            constraint.contype === 'CONSTR_PRIMARY',
        ),
      generated: withValue?.contype === 'CONSTR_GENERATED',
    }
  }
  return { type: 'bigint', value: null, notNull: false, generated: false }
}
