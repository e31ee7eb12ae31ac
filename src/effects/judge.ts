import type { Node } from '@pgsql/types'
import type { Catalog } from '../catalog/catalog.ts'
import type { Relation } from '../catalog/relation.ts'
import { lockNoRelation, type StatementKind, statementHandlers } from './families.ts'
import {
  CannotBeJudged,
  type Effect,
  type Session,
  StatementContext,
  StatementFails,
  type Subcommand,
} from './judging.ts'
import type { SchemaChange } from './mark.ts'

/** What a statement does, judged against the catalog as it stands, which then has it applied. */
export interface StatementAnalysis {
  effects: Effect[]
  changes: SchemaChange[]
  /** The subcommands of an ALTER TABLE with more than one. */
  subcommands: Subcommand[]
  fails: Pick<StatementFails, 'sqlstate' | 'message' | 'object' | 'dependents'> | null
  unknown: { reason: string } | null
}

/**
 * Judges one statement and applies it to the catalog; one that fails leaves the catalog as it was and has no effects.
 * What is not modelled is `unknown`, never silently harmless.
 */
export function analyzeStatement(
  node: Node,
  catalog: Catalog,
  session: Session,
  /** `depends`: a branch of the migration's code decides whether it runs, perhaps just because it would fail otherwise. */
  when: 'always' | 'depends' = 'always',
): StatementAnalysis {
  const kind = Object.keys(node)[0] as StatementKind
  const family = statementHandlers[kind] as ((body: unknown, context: StatementContext) => void) | undefined
  const nothing: StatementAnalysis = { effects: [], changes: [], subcommands: [], fails: null, unknown: null }
  if (!family) {
    return lockNoRelation.has(kind)
      ? nothing
      : { ...nothing, unknown: { reason: `${kind.replace(/Stmt$/, '')} is not modelled yet` } }
  }
  const context = new StatementContext(catalog, session)
  const undoPoint = catalog.undoPoint()
  try {
    if (when === 'depends') context.conditionally(() => family(Object.values(node)[0], context))
    else family(Object.values(node)[0], context)
  } catch (error) {
    catalog.rollback(undoPoint)
    if (error instanceof StatementFails) {
      if (when === 'depends') return nothing
      const { sqlstate, message, object, dependents } = error
      return { ...nothing, fails: { sqlstate, message, object, dependents } }
    }
    if (error instanceof CannotBeJudged) {
      catalog.markUncertain()
      return { ...nothing, unknown: { reason: error.message } }
    }
    if (error instanceof RangeError) return { ...nothing, unknown: { reason: 'nested too deep to be judged' } }
    // A gap of ours must lose nothing else and never pass for safe.
    return {
      ...nothing,
      unknown: {
        reason: `Lockcast does not understand it (${error instanceof Error ? error.message : String(error)})`,
      },
    }
  }
  if (context.unknown !== null) catalog.markUncertain()
  return {
    ...nothing,
    effects: context.effects,
    changes: context.changes,
    subcommands: context.subcommands,
    unknown: context.unknown === null ? null : { reason: context.unknown },
  }
}

/** The word for a relation in the output. */
export function relationKind(
  relation: Relation,
): 'table' | 'partitioned table' | 'partition' | 'materialized view' | 'foreign table' {
  if (relation.kind === 'materialized view' || relation.kind === 'foreign table') return relation.kind
  if (relation.partitionOf) return 'partition'
  return relation.kind === 'partitioned table' ? 'partitioned table' : 'table'
}
