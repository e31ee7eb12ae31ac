import type { ServerFacts } from './read-server.ts'

/** int2vector counts from 0; a 0 in it means an expression, which has no attribute. */
const keys = `unnest(i.indkey::int2[]) WITH ORDINALITY AS key(number, position)
    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = key.number AND a.attnum > 0`

/**
 * Indexes. Which columns expressions and predicate read is in pg_depend; an index behind a constraint has its columns
 * only in indkey.
 */
export const indexes = ({ standby, version }: Pick<ServerFacts, 'standby' | 'version'>) => `
SELECT i.indrelid, 'index', 0, ic.relname::text, json_build_object(
  'id', i.indexrelid::bigint,
  'name', ic.relname,
  'method', am.amname,
  'unique', i.indisunique,
  'primary', i.indisprimary,
  'valid', i.indisvalid,
  'replicaIdentity', i.indisreplident,
  'keys', ${columnsAt('key.position <= i.indnkeyatts')},
  'include', ${columnsAt('key.position > i.indnkeyatts')},
  'uses', (
    SELECT coalesce(json_agg(a.attname ORDER BY a.attnum), '[]') FROM pg_attribute a
    WHERE a.attrelid = i.indrelid AND a.attnum > 0 AND NOT a.attisdropped AND (
      a.attnum = ANY (i.indkey)
      OR EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
          AND d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indrelid AND d.refobjsubid = a.attnum
      )
    )
  ),
  'predicate', CASE
    WHEN i.indpred IS NULL THEN NULL
    WHEN i.indrelid IN (SELECT oid FROM locked) THEN '…'
    ELSE pg_get_expr(i.indpred, i.indrelid)
  END,
  'definition', CASE
    WHEN i.indrelid IN (SELECT oid FROM locked) THEN format(
      'CREATE %sINDEX %I ON %I.%I USING %s (%s)%s',
      CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END, ic.relname, w.nspname, w.relname, am.amname,
      (
        SELECT string_agg(coalesce(quote_ident(a.attname), '…'), ', ' ORDER BY key.position)
        FROM ${keys} WHERE key.position <= i.indnkeyatts
      ),
      CASE WHEN i.indpred IS NULL THEN '' ELSE ' WHERE …' END
    )
    ELSE pg_get_indexdef(i.indexrelid)
  END,
  'reads', ${standby ? `json_build_object('scans', pg_stat_get_numscans(i.indexrelid), 'last', ${lastScan(version)})` : 'NULL::json'}
)
FROM wanted w
JOIN pg_index i ON i.indrelid = w.oid
JOIN pg_class ic ON ic.oid = i.indexrelid
JOIN pg_am am ON am.oid = ic.relam`

function columnsAt(where: string): string {
  return `(
    SELECT coalesce(json_agg(a.attname ORDER BY key.position), '[]') FROM ${keys} WHERE ${where}
  )`
}

/** From 16. */
function lastScan(version: number): string {
  return version >= 160_000 ? 'pg_stat_get_lastscan(i.indexrelid)' : 'NULL::timestamptz'
}
