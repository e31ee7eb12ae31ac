import type { ClusterStmt, LockStmt, RefreshMatViewStmt, VacuumRelation, VacuumStmt } from '@pgsql/types'
import type { Relation } from '../../catalog/relation.ts'
import { strings } from '../../sql/walk.ts'
import { type LockMode, lockModes } from '../model/lock-modes.ts'
import { StatementFails } from '../model/server-errors.ts'
import { objectNotInPrerequisiteState, undefinedObject } from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'
import { requireColumns } from '../names/require-columns.ts'
import { hasRows } from '../tables/affected-rows.ts'

export const handlers: StatementHandlers = {
  ClusterStmt: cluster,
  LockStmt: lock,
  RefreshMatViewStmt: refresh,
  VacuumStmt: vacuum,
}

/** REFRESH MATERIALIZED VIEW: ACCESS EXCLUSIVE and new storage; CONCURRENTLY: EXCLUSIVE, so only reads go on. */
function refresh(node: RefreshMatViewStmt, context: StatementContext): void {
  const view = context.catalog.findOrAssume(
    node.relation?.schemaname ?? null,
    node.relation?.relname ?? '',
    'materialized view',
  )
  if (!view) return void context.relation(node.relation)
  if (view.known && view.kind !== 'materialized view') {
    const word =
      view.kind === 'table' || view.kind === 'partitioned table' ? 'materialized view' : 'table or materialized view'
    throw new StatementFails(word === 'materialized view' ? '0A000' : '42809', `"${view.name}" is not a ${word}`)
  }
  if (node.concurrent) {
    if (
      view.known &&
      !view.indexes.some((index) => index.unique && index.predicate === null && !index.keys.includes(null))
    ) {
      throw objectNotInPrerequisiteState(`cannot refresh materialized view "${view.schema}.${view.name}" concurrently`)
    }
    context.lock(view, 'ExclusiveLock', { scan: true })
  } else
    context.lock(view, 'AccessExclusiveLock', {
      rewrite: true,
      scan: view.indexes.length > 0,
      builds: view.indexes,
      emptied: node.skipData ?? false,
    })
}

/** VACUUM: SHARE UPDATE EXCLUSIVE; VACUUM FULL rewrites the table under ACCESS EXCLUSIVE. ANALYZE reads a sample. */
function vacuum(node: VacuumStmt, context: StatementContext): void {
  const full = (node.options ?? []).some(
    (option) => 'DefElem' in option && option.DefElem.defname === 'full' && !isOff(option.DefElem.arg),
  )
  const named = (node.rels ?? []).flatMap((rel) =>
    'VacuumRelation' in rel ? [analyzed(rel.VacuumRelation, context)] : [],
  )
  if (full && node.is_vacuumcmd && named.length === 0 && context.catalog.sizes === null) {
    context.markUnknown('VACUUM FULL without a table rewrites every one of the database')
  }
  for (const relation of named.length > 0 ? named : [...context.catalog.all()]) {
    if (!['table', 'partitioned table', 'materialized view'].includes(relation.kind)) continue
    for (const member of context.catalog.withDescendants(relation)) {
      const rewrite = full && node.is_vacuumcmd === true && hasRows(member)
      context.lock(member, full && node.is_vacuumcmd ? 'AccessExclusiveLock' : 'ShareUpdateExclusiveLock', {
        rewrite,
        scan: rewrite,
        builds: rewrite ? member.indexes : [],
      })
    }
  }
}

function analyzed({ relation: name, va_cols }: VacuumRelation, context: StatementContext): Relation {
  const relation = context.relation(name)
  requireColumns(relation, strings(va_cols))
  return relation
}

function isOff(arg: unknown): boolean {
  const text = JSON.stringify(arg ?? '')
  return /"(off|false)"|"ival":0|"boolval":false/.test(text) || text === '{"Integer":{}}'
}

/** CLUSTER rewrites the table in index order under ACCESS EXCLUSIVE; without a name every table that was clustered before. */
function cluster(node: ClusterStmt, context: StatementContext): void {
  if (!node.relation) {
    for (const relation of context.catalog.all()) {
      if (relation.kind === 'table')
        context.lock(relation, 'AccessExclusiveLock', { rewrite: true, builds: relation.indexes, when: 'depends' })
    }
    return
  }
  const relation = context.relation(node.relation)
  const name = node.indexname
  if (name && relation.known && !relation.indexes.some((index) => index.name === name)) {
    throw undefinedObject(`index "${name}" for table "${relation.name}" does not exist`, {
      kind: 'index',
      name,
    })
  }
  context.lock(relation, 'AccessExclusiveLock', { rewrite: true, scan: true, builds: relation.indexes })
}

/** LOCK TABLE: the mode it names, ACCESS EXCLUSIVE when it names none; partitions and children too unless ONLY. */
function lock(node: LockStmt, context: StatementContext): void {
  const mode: LockMode = lockModes[(node.mode ?? 8) - 1] ?? 'AccessExclusiveLock'
  for (const item of node.relations ?? []) {
    if (!('RangeVar' in item)) continue
    const relation = context.relation(item.RangeVar)
    for (const member of !item.RangeVar.inh ? [relation] : context.catalog.withDescendants(relation))
      context.lock(member, mode)
  }
}
