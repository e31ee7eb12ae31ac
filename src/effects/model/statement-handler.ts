import type { Node } from '@pgsql/types'
import type { Column } from '../../catalog/relation.ts'
import type { StatementContext } from './statement-context.ts'

type KeysOf<T> = T extends T ? keyof T : never

/** The name of a statement's parse-tree node. */
export type StatementKind = KeysOf<Node>

type StatementBody<K extends StatementKind> = Extract<Node, Record<K, unknown>>[K]

/** WITH queries by name; null where their columns are not known. */
export type Ctes = ReadonlyMap<string, Column[] | null>

/**
 * The statement kinds that one file of `statements/` models: each handler records the locks and the work of one statement
 * and applies it to the catalog. `outer`: the WITH queries of the statement around it.
 */
export type StatementHandlers = {
  [K in StatementKind]?: (body: StatementBody<K>, context: StatementContext, outer?: Ctes) => void
}

/** Runs the handler of a statement inside another one. False when its kind is not modelled. */
export type RunStatement = (node: Node, context: StatementContext, outer?: Ctes) => boolean
