import type { Node } from '@pgsql/types'
import type { Catalog } from '../catalog/catalog.ts'
import type { Relation } from '../catalog/relation.ts'
import { families, lockNoRelation, type StatementKind } from './families.ts'
import { CannotBeJudged, type Effect, Judging, type Part, type Session, StatementFails } from './judging.ts'
import type { Mark } from './mark.ts'

/** What a statement does, judged against the catalog as it stands, which then has it applied. */
export interface Judgement {
  effects: Effect[]
  marks: Mark[]
  /** The subcommands of an ALTER TABLE with more than one. */
  parts: Part[]
  fails: Pick<StatementFails, 'sqlstate' | 'message' | 'object' | 'dependents'> | null
  unknown: { reason: string } | null
}

/**
 * Judges one statement and applies it to the catalog; one that fails leaves the catalog as it was and has no effects.
 * What is not modelled is `unknown`, never silently harmless.
 */
export function judge(
  node: Node,
  catalog: Catalog,
  session: Session,
  /** `depends`: a branch of the migration's code decides whether it runs, perhaps just because it would fail otherwise. */
  when: 'always' | 'depends' = 'always',
): Judgement {
  const kind = Object.keys(node)[0] as StatementKind
  const family = families[kind] as ((body: unknown, judging: Judging) => void) | undefined
  const nothing: Judgement = { effects: [], marks: [], parts: [], fails: null, unknown: null }
  if (!family) {
    return lockNoRelation.has(kind)
      ? nothing
      : { ...nothing, unknown: { reason: `${kind.replace(/Stmt$/, '')} is not modelled yet` } }
  }
  const judging = new Judging(catalog, session)
  const undoPoint = catalog.undoPoint()
  try {
    if (when === 'depends') judging.depending(() => family(Object.values(node)[0], judging))
    else family(Object.values(node)[0], judging)
  } catch (error) {
    catalog.rollback(undoPoint)
    if (error instanceof StatementFails) {
      if (when === 'depends') return nothing
      const { sqlstate, message, object, dependents } = error
      return { ...nothing, fails: { sqlstate, message, object, dependents } }
    }
    if (error instanceof CannotBeJudged) {
      catalog.blur()
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
  if (judging.unknown !== null) catalog.blur()
  return {
    ...nothing,
    effects: judging.effects,
    marks: judging.marks,
    parts: judging.parts,
    unknown: judging.unknown === null ? null : { reason: judging.unknown },
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
