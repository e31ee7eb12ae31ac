import type { Node } from '@pgsql/types'
import { provesNotNull } from '../catalog/expressions.ts'
import type { Relation } from '../catalog/relation.ts'
import { objectName } from '../effects/names/object-names.ts'
import { quoteName } from '../sql/quote.ts'
import { freeConstraint, tableSql } from './names.ts'
import { type NoWay, noWay, type Part, transaction, type Way, way } from './plan.ts'
import type { PlanContext, Subject } from './subject.ts'

interface NotNullProof {
  prepare: Part[]
  finish: string[]
  /** Takes the helper away again, in the transaction of `finish`. */
  drop: string[]
}

/** SET NOT NULL: proven without blocking; the server then reads nothing (from 12). */
export function notNullByCheck(subject: Subject, context: PlanContext): Way | NoWay | null {
  const change = subject.analysis.changes.find((schemaChange) => schemaChange.kind === 'sets not null')
  if (change?.kind !== 'sets not null' || change.proven) return null
  const relation = context.catalog.current(change.relation)
  const proof = proveNotNull(relation, change.column, context, namedConstraint(subject.node))
  if ('reason' in proof) return proof
  const native = context.catalog.behaves('not-null-is-a-constraint')
  return way({
    pattern: 'not-null-by-check',
    summary: native
      ? 'Add the NOT NULL constraint NOT VALID, then validate it in a transaction of its own: no one waits for the reading.'
      : 'Prove it with a CHECK that is validated without blocking; SET NOT NULL then reads nothing.',
    prepare: proof.prepare,
    finish: [...proof.finish, ...proof.drop],
    undo: `ALTER TABLE ${tableSql(relation, context.catalog)} ALTER COLUMN ${quoteName(change.column)} DROP NOT NULL;`,
  })
}

/** From 18 by the native constraint, before by a CHECK. A CHECK that is there already is used. */
export function proveNotNull(
  relation: Relation,
  column: string,
  context: PlanContext,
  named: NamedNotNull | null = null,
): NotNullProof | NoWay {
  const { catalog } = context
  const table = tableSql(relation, catalog)
  const name = quoteName(column)
  const only = relation.partitionOf !== null || relation.inherits.length > 0
  const sets = `ALTER TABLE ${table} ALTER COLUMN ${name} SET NOT NULL;`
  if (!catalog.behaves('check-proves-not-null'))
    return noWay('Before PostgreSQL 12 SET NOT NULL reads every row, whatever a CHECK proves.')
  const family = catalog.withDescendants(relation)
  const check = relation.constraints.find(
    (constraint) =>
      constraint.kind === 'check' &&
      provesNotNull(constraint.definition, column) &&
      constraint.columns.includes(column),
  )
  const everywhere = check && family.every((item) => item.constraints.some((other) => other.name === check.name))
  if (check && everywhere && !check.validated) {
    return {
      prepare: [transaction([`ALTER TABLE ${table} VALIDATE CONSTRAINT ${quoteName(check.name)};`])],
      finish: [sets],
      drop: [],
    }
  }
  if (catalog.behaves('not-null-is-a-constraint') && (named || !only)) {
    const constraint = named?.name ?? notNullName(relation, column, family)
    const inherits = named?.noInherit ? ' NO INHERIT' : ''
    return {
      prepare: [
        transaction(
          [`ALTER TABLE ${table} ADD CONSTRAINT ${quoteName(constraint)} NOT NULL ${name}${inherits} NOT VALID;`],
          `ALTER TABLE ${table} DROP CONSTRAINT ${quoteName(constraint)};`,
        ),
        transaction([`ALTER TABLE ${table} VALIDATE CONSTRAINT ${quoteName(constraint)};`]),
      ],
      finish: [],
      drop: [],
    }
  }
  const helper = quoteName(freeConstraint(relation, objectName(relation.name, column, 'not_null'), 'proof', catalog))
  return {
    prepare: [
      transaction(
        [`ALTER TABLE ${table} ADD CONSTRAINT ${helper} CHECK (${name} IS NOT NULL) NOT VALID;`],
        `ALTER TABLE ${table} DROP CONSTRAINT ${helper};`,
      ),
      transaction([`ALTER TABLE ${table} VALIDATE CONSTRAINT ${helper};`]),
    ],
    finish: [sets],
    drop: [`ALTER TABLE ${table} DROP CONSTRAINT ${helper};`],
  }
}

interface NamedNotNull {
  /** Null: the server makes one up. */
  name: string | null
  noInherit: boolean
}

/** The constraint of ADD [CONSTRAINT name] NOT NULL column (from 18), which keeps its name; null for SET NOT NULL. */
function namedConstraint(node: Node): NamedNotNull | null {
  const [command] = 'AlterTableStmt' in node ? (node.AlterTableStmt.cmds ?? []) : []
  const def = command && 'AlterTableCmd' in command ? command.AlterTableCmd.def : undefined
  if (!def || !('Constraint' in def) || def.Constraint.contype !== 'CONSTR_NOTNULL') return null
  return { name: def.Constraint.conname ?? null, noInherit: def.Constraint.is_no_inherit === true }
}

/** The name that SET NOT NULL would make up (ChooseConstraintName). */
function notNullName(relation: Relation, column: string, family: Relation[]): string {
  for (let i = 0; ; i++) {
    const name = objectName(relation.name, column, i === 0 ? 'not_null' : `not_null${i}`)
    const taken = family.some(({ constraints }) => constraints.some((constraint) => constraint.name === name))
    if (!taken) return name
  }
}
