import type { Effect } from '../../effects/model/effect.ts'
import { objectName } from '../../effects/names/object-names.ts'
import { print, quoteName, quoteRelation } from '../../sql/quote.ts'
import { textOf } from '../../sql/statement.ts'
import type { ReviewContext, Step } from '../context/review-context.ts'
import { type Alternative, alternative, own } from './alternative.ts'
import { notNullByCheck, notValidThenValidate } from './not-valid.ts'

/** Splits validation into its own transaction: NOT VALID first, or a CHECK that proves it. Null where there is no such way. */
export function validatedApart(step: Step, main: Effect, context: ReviewContext): Alternative | null {
  for (const change of step.analysis.changes) {
    if (change.kind === 'sets not null' && !change.proven) {
      return alternative(
        'Prove it with a CHECK that is validated without blocking; SET NOT NULL then reads nothing.',
        notNullByCheck(main.relation, change.column, 1, context.catalog),
      )
    }
    if (
      change.kind === 'adds constraint' &&
      (change.type === 'check' || change.type === 'foreign key') &&
      change.validated
    ) {
      const bare = withoutChecks(step)
      if (bare)
        return alternative(
          'Add the column alone, then its constraint NOT VALID, then validate that in a transaction of its own.',
          [
            own(1, bare),
            ...notValidThenValidate(
              change.relation,
              change.constraint,
              // In the column's own definition a foreign key does not name the column.
              change.definition.replace(
                /^FOREIGN KEY (?=REFERENCES)/i,
                `FOREIGN KEY (${change.columns.map(quoteName).join(', ')}) `,
              ),
              2,
            ),
          ],
        )
      return alternative(
        'Add it NOT VALID, then validate it in a transaction of its own.',
        notValidThenValidate(change.relation, change.constraint, change.definition.replace(/\s+NOT VALID$/i, ''), 1),
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
  const cmds = (node.AlterTableStmt.cmds ?? []).map((command) => {
    const def = 'AlterTableCmd' in command ? command.AlterTableCmd.def : undefined
    if (!('AlterTableCmd' in command) || !def || !('ColumnDef' in def)) return command
    const constraints = (def.ColumnDef.constraints ?? []).filter(
      (constraint) =>
        !('Constraint' in constraint && /^CONSTR_(CHECK|FOREIGN)$/.test(constraint.Constraint.contype ?? '')),
    )
    found ||= constraints.length < (def.ColumnDef.constraints ?? []).length
    return { AlterTableCmd: { ...command.AlterTableCmd, def: { ColumnDef: { ...def.ColumnDef, constraints } } } }
  })
  return found ? `${print({ AlterTableStmt: { ...node.AlterTableStmt, cmds } })};` : null
}

/** A CHECK on the default partition that rules the new range out lets the server skip its reading. */
function emptyDefaultFirst(step: Step, main: Effect): Alternative {
  const check = quoteName(objectName(main.relation.name, '', 'without_new'))
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
  const check = quoteName(objectName(main.relation.name, '', 'bound'))
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
  const key = step.effects.map(({ effect }) => effect.relation.partitionKey).find((item) => item !== null)
  const column = key ? /\((?:"((?:[^"]|"")+)"|([\w$]+))\)\s*$/.exec(key) : null
  if (!column) return ''
  const name = quoteName((column[1] ?? column[2] ?? '').replaceAll('""', '"'))
  const range = /FROM\s*\(([^()]*)\)\s*TO\s*\(([^()]*)\)/i.exec(textOf(step.statement))
  if (range) return `${name} IS NOT NULL AND ${name} >= ${range[1]?.trim()} AND ${name} < ${range[2]?.trim()}`
  const list = /FOR\s+VALUES\s+IN\s*\((.*)\)/is.exec(textOf(step.statement))
  return list ? `${name} IS NOT NULL AND ${name} IN (${list[1]?.trim()})` : ''
}
