import type { SnapshotColumn } from '../catalog/snapshot.ts'
import type { ServerFacts } from './read-server.ts'

export type ColumnFacts = SnapshotColumn & {
  /** `pg_type.typlen`: bytes, or negative for a variable length. */
  typeLength: number
  /** The length in `character varying(50)`, in characters; null without one. */
  maximumLength: number | null
}

/** 1042 and 1043 are character(n) and character varying(n): their modifier is the length and 4. */
export const columns = ({ statistics, values }: Pick<ServerFacts, 'statistics' | 'values'>) => `
SELECT a.attrelid, 'column', a.attnum, NULL, json_build_object(
  'name', a.attname,
  'type', format_type(a.atttypid, a.atttypmod),
  'notNull', a.attnotnull,
  'default', CASE
    -- A default names no column, so it can be printed without opening the table.
    WHEN a.attgenerated = '' THEN pg_get_expr(def.adbin, 0)
    WHEN a.attrelid IN (SELECT oid FROM locked) THEN '…'
    ELSE pg_get_expr(def.adbin, a.attrelid)
  END,
  'identity', CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END,
  'generated', CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END,
  'collation', CASE WHEN a.attcollation <> t.typcollation THEN coll.collname END,
  'typeLength', t.typlen,
  'maximumLength', CASE WHEN a.atttypid IN (1042, 1043) AND a.atttypmod > 4 THEN a.atttypmod - 4 END,
  'statistics', CASE WHEN stat.relation IS NOT NULL THEN json_build_object(
    'nullFraction', stat.null_fraction, 'distinct', stat.n_distinct, 'averageWidth', stat.width${values === 'view' ? `, 'known', ${known}` : ''}
  ) END
)
FROM wanted w
JOIN pg_attribute a ON a.attrelid = w.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef def ON def.adrelid = a.attrelid AND def.adnum = a.attnum
LEFT JOIN pg_collation coll ON coll.oid = a.attcollation
-- A partitioned table has rows only in its partitions; a parent by inheritance is asked for its own.
LEFT JOIN (${source[statistics]}) AS stat
  ON stat.relation = a.attrelid AND stat.name = a.attname AND stat.inherited = (w.relkind = 'p')
${values === 'view' ? knownView : ''}
WHERE w.relkind <> 'S'`

/** Aggregates by the view of docs/replica.md: no value leaves the database. */
const known = `CASE WHEN fit.starelid IS NOT NULL THEN json_build_object(
      'characters', fit.characters, 'digits', fit.digits, 'decimals', fit.decimals, 'integer', fit.integer_type,
      'not', array_to_json(array_remove(ARRAY[
          CASE WHEN fit.not_integer THEN 'integer' END, CASE WHEN fit.not_numeric THEN 'numeric' END,
          CASE WHEN fit.not_uuid THEN 'uuid' END
        ], NULL))
    ) END`
const knownView = `LEFT JOIN lockcast.value_sizes fit
  ON fit.starelid = a.attrelid AND fit.staattnum = a.attnum AND fit.stainherit = (w.relkind = 'p')`

/** Never most_common_vals or histogram_bounds: they are values of rows. */
const source: Record<ServerFacts['statistics'], string> = {
  own: numbered('pg_statistic'),
  view: numbered('lockcast.column_statistics'),
  stats: `
  SELECT wanted.oid AS relation, s.attname AS name, s.inherited,
    s.null_frac AS null_fraction, s.n_distinct, s.avg_width AS width
  FROM wanted JOIN pg_stats s ON s.schemaname = wanted.nspname AND s.tablename = wanted.relname`,
}

function numbered(relation: string): string {
  return `
  SELECT s.starelid AS relation, named.attname AS name, s.stainherit AS inherited,
    s.stanullfrac AS null_fraction, s.stadistinct AS n_distinct, s.stawidth AS width
  FROM wanted JOIN ${relation} s ON s.starelid = wanted.oid
  JOIN pg_attribute named ON named.attrelid = s.starelid AND named.attnum = s.staattnum`
}
