import type { Node } from '@pgsql/types'
import type { Catalog } from '../catalog/catalog.ts'
import type { Relation } from '../catalog/relation.ts'
import { reportAnalysisBug } from './analysis-bug.ts'
import type { Effect, Session, Subcommand } from './model/effect.ts'
import type { SchemaChange } from './model/schema-change.ts'
import { CannotBeJudged, StatementFails } from './model/server-errors.ts'
import { StatementContext } from './model/statement-context.ts'
import type { Ctes, StatementKind } from './model/statement-handler.ts'
import { changeNothing } from './statements/change-nothing.ts'
import { statementHandlers } from './statements/statement-registry.ts'

/** The result of analyzing one statement against the catalog, to which it is then applied. */
export interface StatementAnalysis {
  effects: Effect[]
  changes: SchemaChange[]
  /** The subcommands of an ALTER TABLE with more than one. */
  subcommands: Subcommand[]
  fails: Pick<StatementFails, 'sqlstate' | 'message' | 'object' | 'dependents'> | null
  unknown: { reason: string } | null
}

/**
 * Analyzes one statement and applies it to the catalog. One that fails leaves the catalog as it was and has no effects;
 * one that is not modelled is `unknown`, never silently harmless.
 */
export function analyzeStatement(
  node: Node,
  catalog: Catalog,
  session: Session,
  /** `depends`: a branch of the migration's code decides whether it runs, perhaps just because it would fail otherwise. */
  when: 'always' | 'depends' = 'always',
): StatementAnalysis {
  const nothing: StatementAnalysis = { effects: [], changes: [], subcommands: [], fails: null, unknown: null }
  const context = new StatementContext(catalog, session, runHandler)
  const undoPoint = catalog.undoPoint()
  const run = (): void => {
    if (!context.runStatement(node))
      throw new CannotBeJudged(`${kindOf(node).replace(/Stmt$/, '')} is not modelled yet`)
  }
  try {
    if (when === 'depends') context.conditionally(run)
    else run()
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
    // A fault of Lockcast must lose nothing else and never pass for safe.
    reportAnalysisBug(error)
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

/** Runs the handler of the statement's kind; a kind that locks and changes nothing needs none. */
function runHandler(node: Node, context: StatementContext, outer?: Ctes): boolean {
  const kind = kindOf(node)
  const handler = statementHandlers[kind] as
    | ((body: unknown, context: StatementContext, outer?: Ctes) => void)
    | undefined
  handler?.(Object.values(node)[0], context, outer)
  return handler !== undefined || changeNothing.has(kind)
}

function kindOf(node: Node): StatementKind {
  return Object.keys(node)[0] as StatementKind
}

/** The word for a relation in the output. */
export function relationKind(
  relation: Relation,
): 'table' | 'partitioned table' | 'partition' | 'materialized view' | 'foreign table' {
  if (relation.kind === 'materialized view' || relation.kind === 'foreign table') return relation.kind
  if (relation.partitionOf) return 'partition'
  return relation.kind === 'partitioned table' ? 'partitioned table' : 'table'
}
