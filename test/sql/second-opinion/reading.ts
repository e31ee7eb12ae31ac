/** What a parser understood of a statement, reduced to what both parsers can say in the same words. */
export interface Reading {
  /** `create table`, `alter table`, `insert` … */
  kind: string
  /** The table, index, type … that is changed, as `schema.name` or `name`; for a query all it reads, sorted. */
  names: string[]
  /** Columns, constraints and subcommands, in order. */
  parts: string[]
}

/** `x` and nothing, or `schema.x`. */
export function dotted(schema: string | null | undefined, name: string | null | undefined): string {
  return schema ? `${schema}.${name ?? ''}` : (name ?? '')
}

/** A list without repetition, sorted. */
export function set(names: string[]): string[] {
  return [...new Set(names)].sort()
}
