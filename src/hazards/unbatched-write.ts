import type { Node } from '@pgsql/types'
import { columnOf, type Relation } from '../catalog/catalog.ts'
import { print, quoteName, quoteRelation } from '../sql/quote.ts'
import { columnsIn, functionsIn } from '../sql/walk.ts'
import { alternative, batch, outside } from './alternatives.ts'
import { isUnseen } from './blocked.ts'
import type { Alternative, Draft, Hazard, Scene, Step } from './hazard.ts'
import { keptLocks } from './lock-kept-while-working.ts'
import { atMost, ofBlocking, reaches, worst } from './severity.ts'

export const unbatchedWrite: Hazard = {
  id: 'unbatched-write',
  group: 'blocking',
  title: 'Many rows are written in one statement',
  page: {
    what: 'An UPDATE or DELETE of many rows locks each of them to the end of its transaction, writes a new version of every row and index entry, and its WAL besides.',
    why: 'Other writers of these rows wait, replicas fall behind, and the table is left bloated.',
    instead: 'Write in batches of some thousand rows, each in a transaction of its own, outside the migration’s.',
  },
  detect(scene) {
    const told = new Set(keptLocks(scene).flatMap((kept) => kept.working))
    return scene.steps.flatMap((step): Draft[] => {
      if (step.migration.direction === 'down' || told.has(step)) return []
      const write = writeOf(step)
      if (!write || write.verb === 'insert' || write.bounded || isUnseen(write.relation, step)) return []
      const found = step.effects.find(
        ({ effect }) => effect.writes !== undefined && effect.relation.id === write.relation.id,
      )
      const forecast = found?.forecast ?? null
      const cascades = step.effects.filter(
        ({ effect }) => effect.when === 'depends' && effect.through?.startsWith('foreign key'),
      )
      const severity = worst(
        [{ effect: { relation: write.relation }, forecast }, ...cascades].map((one) =>
          ofBlocking(one.forecast?.highMs ?? null, ['writes'], one.effect.relation, scene.policy),
        ),
      )
      if (!found || !reaches(severity, 'medium')) return []
      const { say } = scene
      const verb = write.verb === 'update' ? 'Updates' : 'Deletes'
      const size = write.rows === null ? 'an unknown number of rows' : say.rows(write.rows)
      const bytes = forecast?.bytes
        ? `, some ${say.bytes(forecast.bytes * (1 + found.effect.relation.indexes.length * 0.3))} of WAL`
        : ''
      const through = cascades
        .map(
          ({ effect }) =>
            ` \`${quoteRelation(effect.relation)}\` follows by its foreign key${effect.relation.size.rows === null ? '' : ` (${say.rows(effect.relation.size.rows)})`}.`,
        )
        .join('')
      return [
        {
          step,
          severity: atMost(severity, 'high'),
          relation: write.relation,
          rows: write.rows,
          message: `${verb} ${size} of \`${quoteRelation(write.relation)}\` in one statement${forecast ? `: ${say.time(forecast.lowMs, forecast.highMs)}${bytes}` : ': size unknown, counted as large'}`,
          why: `Every row stays locked until the transaction ends, ${write.verb === 'update' ? 'each gets a second version that vacuum must clear' : 'its space stays until vacuum clears it'}, and replicas must replay all of it.${through}`,
          related: cascades.map(({ effect }) => ({ step, relation: effect.relation })),
          alternative: alternativeFor(step, scene),
        },
      ]
    })
  },
}

function writeOf(step: Step) {
  for (const mark of step.judgement.marks) if (mark.kind === 'writes rows') return mark
  return null
}

function alternativeFor(step: Step, scene: Scene): Alternative | null {
  const sql = scene.batches(step)
  return sql ? alternative('Write in batches outside the migration’s transaction.', [outside(1, sql)]) : null
}

/** The statement as a batch to be repeated, or null when its rows cannot be told apart from those already written. */
export function batchesOf(step: Step): string | null {
  const write = writeOf(step)
  const { node } = step.statement
  if (!write || !node) return null
  const where = (own: string | null): string => own ?? 'true'
  if ('DeleteStmt' in node && !node.DeleteStmt.usingClause) return batch(write.relation, 'delete', where(write.where))
  if (!('UpdateStmt' in node) || node.UpdateStmt.fromClause || node.UpdateStmt.withClause) return null
  const targets = (node.UpdateStmt.targetList ?? []).flatMap((one) => ('ResTarget' in one ? [one.ResTarget] : []))
  const settings = targets.map(
    (target) => `${quoteName(target.name ?? '')} = ${target.val ? print(target.val) : 'DEFAULT'}`,
  )
  const names = targets.map((one) => one.name ?? '')
  const limits = write.where !== null && selfLimiting(write.where, names)
  if (!limits && targets.some(({ val }) => val && !tellsWhatIsDone(val, names)))
    return walkKey(write.relation, settings.join(', '), write.where)
  const [first] = targets
  const pending = first?.val ? `${quoteName(first.name ?? '')} IS DISTINCT FROM (${print(first.val)})` : null
  const condition = limits
    ? write.where
    : [write.where ? `(${write.where})` : null, pending].filter((one) => one !== null).join(' AND ')
  return batch(write.relation satisfies Relation, { update: settings.join(', ') }, where(condition || null))
}

/** A value that comes out otherwise on the next round (`total * 1.1`, `gen_random_uuid()`) shows not which rows have it. */
function tellsWhatIsDone(value: Node, columns: string[]): boolean {
  return functionsIn(value).length === 0 && !columnsIn(value).some((column) => columns.includes(column))
}

/** Each row once, in the order of an integer key; null without one. */
function walkKey(relation: Relation, settings: string, where: string | null): string | null {
  const [key, more] = relation.constraints.find((one) => one.kind === 'primary key')?.columns ?? []
  const type = key === undefined || more !== undefined ? undefined : columnOf(relation, key)?.type
  if (key === undefined || !['smallint', 'integer', 'bigint'].includes(type ?? '')) return null
  const [table, id] = [quoteRelation(relation), quoteName(key)]
  const rows = `SELECT ${id} FROM ${table} WHERE ${id} > 0${where === null ? '' : ` AND (${where})`} ORDER BY ${id} LIMIT 10000`
  return `-- again with the last ${id} of each round in place of 0, until it changes no row, each round in a transaction of its own\nUPDATE ${table} SET ${settings} WHERE ${id} IN (${rows});`
}

/** `SET x = … WHERE x IS NULL` finds no written row again. */
function selfLimiting(where: string, columns: string[]): boolean {
  return columns.some((column) =>
    new RegExp(`(^|[^\\w"])"?${column.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}"?\\s+IS\\s+NULL`, 'i').test(where),
  )
}
