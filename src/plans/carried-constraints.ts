import { quoteName } from '../sql/quote.ts'
import { columnsIn } from '../sql/walk.ts'
import { type Carried, type ColumnExchange, nothingCarried } from './column-exchange.ts'
import { faithful } from './faithful.ts'
import { freeConstraint, literal } from './names.ts'
import { type NoWay, noWay, transaction } from './plan.ts'
import { constraintNode, renameColumn, renamedNames } from './renamed.ts'

/** The column's CHECK constraints and its own foreign keys: NOT VALID on the new column, validated, then under their names. */
export function carriedConstraints(exchange: ColumnExchange): Carried | NoWay {
  const { relation, table, name, next, definition, context } = exchange
  const { catalog } = context
  const carried = nothingCarried()
  for (const constraint of relation.constraints) {
    if (!constraint.columns.includes(name)) continue
    if (constraint.kind !== 'check' && constraint.kind !== 'foreign key') continue
    const about = definition.constraints.find((item) => item.name === constraint.name)
    if (!about?.local) return noWay(`The constraint ${constraint.name} is inherited.`)
    const node = constraintNode(constraint)
    if (!node) return noWay(`The constraint ${constraint.name} could not be written again.`)
    // A foreign key to the same column of the same table is made again with those that refer to it.
    const toItself = constraint.references?.relation === relation.id && constraint.references.columns.includes(name)
    if (toItself) continue
    if (
      constraint.kind === 'foreign key' &&
      relation.kind !== 'table' &&
      !catalog.behaves('not-valid-key-of-partitioned-table')
    ) {
      return noWay('Before PostgreSQL 18 a partitioned table takes no foreign key NOT VALID.')
    }
    const copy = structuredClone(node)
    const own = freeConstraint(relation, constraint.name, 'new', catalog)
    if (constraint.kind === 'check') {
      if (!columnsIn(copy.raw_expr).includes(name))
        return noWay(`The constraint ${constraint.name} reads the whole row.`)
      renameColumn(copy.raw_expr, name, next)
    } else copy.fk_attrs = renamedNames(copy.fk_attrs, name, next)
    const made = faithful({
      AlterTableStmt: {
        relation: { schemaname: relation.schema, relname: relation.name, inh: true, relpersistence: 'p' },
        objtype: 'OBJECT_TABLE',
        cmds: [
          {
            AlterTableCmd: {
              subtype: 'AT_AddConstraint',
              behavior: 'DROP_RESTRICT',
              def: { Constraint: { ...copy, conname: own, skip_validation: true, initially_valid: false } },
            },
          },
        ],
      },
    })
    if (made === null) return noWay(`The constraint ${constraint.name} could not be written again.`)
    const [old, fresh] = [quoteName(constraint.name), quoteName(own)]
    carried.prepare.push(
      transaction([made], `ALTER TABLE ${table} DROP CONSTRAINT ${fresh};`),
      ...(constraint.validated ? [transaction([`ALTER TABLE ${table} VALIDATE CONSTRAINT ${fresh};`])] : []),
    )
    carried.release.push(`ALTER TABLE ${table} DROP CONSTRAINT ${old};`)
    carried.take.push(`ALTER TABLE ${table} RENAME CONSTRAINT ${fresh} TO ${old};`)
    if (about.comment) carried.take.push(`COMMENT ON CONSTRAINT ${old} ON ${table} IS ${literal(about.comment)};`)
  }
  return carried
}

/** NOT NULL, proven on the new column while others work. */
export function carriedNotNull(exchange: ColumnExchange): Carried {
  const { relation, table, column, name, next, definition, context } = exchange
  const { catalog } = context
  if (!column.notNull) return nothingCarried()
  const helper = quoteName(freeConstraint(relation, next, 'not_null', catalog))
  const fresh = quoteName(next)
  if (catalog.behaves('not-null-is-a-constraint')) {
    const constraint = relation.constraints.find((item) => item.kind === 'not null' && item.columns.includes(name))
    const said = definition.constraints.find((item) => item.name === constraint?.name)?.comment
    return {
      prepare: [
        transaction([`ALTER TABLE ${table} ADD CONSTRAINT ${helper} NOT NULL ${fresh} NOT VALID;`]),
        transaction([`ALTER TABLE ${table} VALIDATE CONSTRAINT ${helper};`]),
      ],
      release: [],
      take: [
        `ALTER TABLE ${table} ALTER COLUMN ${quoteName(exchange.before)} DROP NOT NULL;`,
        ...(constraint ? [`ALTER TABLE ${table} RENAME CONSTRAINT ${helper} TO ${quoteName(constraint.name)};`] : []),
        ...(constraint && said
          ? [`COMMENT ON CONSTRAINT ${quoteName(constraint.name)} ON ${table} IS ${literal(said)};`]
          : []),
      ],
      changes: [],
    }
  }
  return {
    prepare: [
      transaction([`ALTER TABLE ${table} ADD CONSTRAINT ${helper} CHECK (${fresh} IS NOT NULL) NOT VALID;`]),
      transaction([`ALTER TABLE ${table} VALIDATE CONSTRAINT ${helper};`]),
    ],
    release: [
      `ALTER TABLE ${table} ALTER COLUMN ${fresh} SET NOT NULL;`,
      `ALTER TABLE ${table} DROP CONSTRAINT ${helper};`,
    ],
    take: [`ALTER TABLE ${table} ALTER COLUMN ${quoteName(exchange.before)} DROP NOT NULL;`],
    changes: [],
  }
}
