/**
 * The queries of this folder as servers before 12 understand them. They are written for 12 and newer; what came with a
 * later version than the server's is replaced by what it was before. Run on 10.23 and 11.22.
 */
export function forServer(sql: string, version: number): string {
  if (version >= 120_000) return sql
  // To 11 every WITH query is materialized and there are no generated columns.
  const before12 = sql.replaceAll(' AS MATERIALIZED (', ' AS (').replaceAll('a.attgenerated', `''::"char"`)
  if (version >= 110_000) return before12
  // To 10 an index has only keys and a constraint has no parent: foreign keys to partitioned tables came with 12.
  return before12.replaceAll('i.indnkeyatts', 'i.indnatts').replaceAll('con.conparentid', '0::oid')
}
