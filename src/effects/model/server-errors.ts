import type { RangeVar } from '@pgsql/types'
import { type Relation, relationName } from '../../catalog/relation.ts'

/** An object that prevents a statement, such as a view over the column. */
export interface Dependent {
  /** As a sentence names it: view `order_totals`. */
  words: string
  /** The statement that takes it away without a loss of rows or values; null where that is not one statement. */
  removal: string | null
}

/** The statement aborts here, with PostgreSQL's own code and words. */
export class StatementFails extends Error {
  readonly sqlstate: string
  /** The object that is missing or whose name is taken. */
  readonly object: { kind: string; name: string } | null
  /** Objects that prevent the statement, in the order in which they can be dropped. */
  readonly dependents: Dependent[]

  constructor(
    sqlstate: string,
    message: string,
    object: { kind: string; name: string } | null = null,
    dependents: Dependent[] = [],
  ) {
    super(message)
    this.sqlstate = sqlstate
    this.object = object
    this.dependents = dependents
  }
}

/** SQL that is understood but whose effect is not: never safe. */
export class CannotBeJudged extends Error {}

/** The server’s error for a relation that does not exist: 42P01. */
export function missingRelation(name: RangeVar | undefined): StatementFails {
  const text = name?.schemaname ? `${name.schemaname}.${name.relname}` : (name?.relname ?? '')
  return new StatementFails('42P01', `relation "${text}" does not exist`, { kind: 'relation', name: text })
}

/** The server’s error for a column that is not there: 42703. */
export function missingColumn(relation: Relation, column: string): StatementFails {
  return new StatementFails('42703', `column "${column}" of relation "${relation.name}" does not exist`, {
    kind: 'column',
    name: `${relationName(relation)}.${column}`,
  })
}
