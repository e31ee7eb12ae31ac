import type { SequenceFacts, SnapshotRelation } from '../catalog/snapshot.ts'
import type { Needs } from '../review/facts.ts'
import type { Ask } from './session.ts'

type Plain = 'id' | 'schema' | 'name' | 'kind' | 'persistence' | 'partitionOf' | 'inherits' | 'reads' | 'ownedBy'

/** A relation with what can be said of it without opening it, so that it waits for no lock. */
export type RelationFacts = Pick<SnapshotRelation, Plain | 'replicaIdentity' | 'rowSecurity'> & {
  /** `pg_class.reltuples`: -1 (before 14: 0 with 0 pages) when never analysed. */
  tuples: number
  /** `pg_class.relpages`, as of the last ANALYZE or VACUUM. */
  pages: number
  /** The role may INSERT, UPDATE, DELETE or TRUNCATE. */
  writable: boolean
  /** `pg_stats` shows the role nothing, or not all, of this relation's columns. */
  hidden: boolean
  /** A sequence's settings; its last value comes with the sizes. */
  sequence: Omit<SequenceFacts, 'last'> | null
  /** The publications that list it or its schema, with the columns of its list and of its filter. */
  publications: { name: string; columns: string[] | null; filter: string[] }[]
}

/** The relations that `needs` names, and those tied to them. */
export async function askRelations(
  ask: Ask,
  needs: Needs,
  searchPath: string[],
  version: number,
): Promise<RelationFacts[]> {
  if (needs.relations.length === 0) return []
  return ask(named + facts(version), [JSON.stringify(needs.relations), searchPath, needs.cascades])
}

/** Every relation of every user schema. */
export async function askAllRelations(ask: Ask, version: number): Promise<RelationFacts[]> {
  return ask(`WITH wanted AS (SELECT oid FROM pg_class)${facts(version)}`, [])
}

/**
 * A name is resolved as the server does it: the first schema of the search path that has it. An index means its
 * table, a domain or enum for the tables with such a column.
 *
 * `reach` bounds the walk. core: named, or of one family with what is named (partitions and inheritance, up and down).
 * near: one foreign key away. cascade: the same, but the walk goes on to what references it, as TRUNCATE … CASCADE and a
 * cascading DELETE do. view: reads something of the core. read: read by a view that is named.
 *
 * pg_constraint has no index on confrelid, so who references a table is looked up in pg_depend, which has one.
 */
const named = `
WITH RECURSIVE
name AS (
  SELECT item.n, (item.value ->> 'schema')::name AS schema, (item.value ->> 'name')::name AS name
  FROM json_array_elements($1::json) WITH ORDINALITY AS item(value, n)
),
place AS (
  SELECT n, name, schema, 1 AS position FROM name WHERE schema IS NOT NULL
  UNION ALL
  SELECT n, name, path.schema, path.position
  FROM name CROSS JOIN unnest($2::name[]) WITH ORDINALITY AS path(schema, position)
  WHERE name.schema IS NULL
),
found AS (
  SELECT DISTINCT ON (place.n) c.oid, c.relkind
  FROM place JOIN pg_namespace ns ON ns.nspname = place.schema
  JOIN pg_class c ON c.relnamespace = ns.oid AND c.relname = place.name
  ORDER BY place.n, place.position
),
found_type AS (
  SELECT DISTINCT ON (place.n) t.oid
  FROM place JOIN pg_namespace ns ON ns.nspname = place.schema
  JOIN pg_type t ON t.typnamespace = ns.oid AND t.typname = place.name AND t.typtype IN ('d', 'e')
  ORDER BY place.n, place.position
),
walk(oid, reach) AS (
  (
    SELECT oid, 'core' FROM found WHERE relkind NOT IN ('i', 'I')
    UNION ALL
    SELECT i.indrelid, 'core' FROM found JOIN pg_index i ON i.indexrelid = found.oid
    UNION ALL
    SELECT d.objid, 'near' FROM found_type
    JOIN pg_depend d ON d.refclassid = 'pg_type'::regclass AND d.refobjid = found_type.oid
      AND d.classid = 'pg_class'::regclass
  )
  UNION
  SELECT next.oid, next.reach
  FROM walk CROSS JOIN LATERAL (
    SELECT inhparent, walk.reach FROM pg_inherits WHERE inhrelid = walk.oid
    UNION ALL
    SELECT inhrelid, walk.reach FROM pg_inherits WHERE inhparent = walk.oid
    UNION ALL
    SELECT confrelid, 'near' FROM pg_constraint
    WHERE walk.reach = 'core' AND conrelid = walk.oid AND contype = 'f'
    UNION ALL
    SELECT con.conrelid, CASE WHEN $3::boolean THEN 'cascade' ELSE 'near' END
    FROM pg_depend d JOIN pg_constraint con ON con.oid = d.objid
    WHERE walk.reach IN ('core', 'cascade') AND d.refclassid = 'pg_class'::regclass AND d.refobjid = walk.oid
      AND d.classid = 'pg_constraint'::regclass AND con.contype = 'f' AND con.confrelid = walk.oid
    UNION ALL
    SELECT r.ev_class, 'view'
    FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
    WHERE walk.reach IN ('core', 'view') AND d.refclassid = 'pg_class'::regclass AND d.refobjid = walk.oid
      AND d.classid = 'pg_rewrite'::regclass AND r.ev_type = '1' AND r.ev_class <> walk.oid
    UNION ALL
    SELECT d.refobjid, 'read'
    FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
      AND d.refclassid = 'pg_class'::regclass
    WHERE walk.reach IN ('core', 'read') AND r.ev_class = walk.oid AND r.ev_type = '1' AND d.refobjid <> walk.oid
    UNION ALL
    SELECT d.objid, 'near'
    FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
    WHERE walk.reach = 'core' AND d.refclassid = 'pg_class'::regclass AND d.refobjid = walk.oid
      AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
    UNION ALL
    SELECT s.oid, 'near'
    FROM pg_attrdef def JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = def.oid
      AND d.refclassid = 'pg_class'::regclass
    JOIN pg_class s ON s.oid = d.refobjid AND s.relkind = 'S'
    WHERE walk.reach = 'core' AND def.adrelid = walk.oid
    UNION ALL
    SELECT d.refobjid, 'near' FROM pg_depend d
    WHERE walk.reach = 'core' AND d.classid = 'pg_class'::regclass AND d.objid = walk.oid
      AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
  ) AS next(oid, reach)
),
wanted AS (SELECT DISTINCT oid FROM walk)`

/**
 * pg_get_expr gets 0 for the relation: with the relation it would open it, and wait behind an ACCESS EXCLUSIVE lock
 * (ruleutils.c, set_relation_column_names; measured on 12, 17 and 18). A bound has no column that would need it.
 */
const facts = (version: number) => `
SELECT json_build_object(
  'id', c.oid::bigint,
  'schema', ns.nspname,
  'name', c.relname,
  'kind', CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
    WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table' ELSE 'composite type' END,
  'persistence', CASE c.relpersistence WHEN 'u' THEN 'unlogged' ELSE 'permanent' END,
  'partitionOf', CASE WHEN c.relispartition THEN (
    SELECT json_build_object(
      'relation', inhparent::bigint,
      'bound', pg_get_expr(c.relpartbound, 0),
      'default', pg_get_expr(c.relpartbound, 0) = 'DEFAULT'
    ) FROM pg_inherits WHERE inhrelid = c.oid
  ) END,
  'inherits', CASE WHEN c.relispartition THEN '[]' ELSE (
    SELECT coalesce(json_agg(inhparent::bigint ORDER BY inhseqno), '[]') FROM pg_inherits WHERE inhrelid = c.oid
  ) END,
  'reads', CASE WHEN c.relkind NOT IN ('v', 'm') THEN '[]' ELSE (
    SELECT coalesce(json_agg(json_build_object('relation', source.oid::bigint, 'columns', source.columns)
      ORDER BY source.oid), '[]')
    FROM (
      SELECT d.refobjid AS oid, array_remove(array_agg(a.attname ORDER BY a.attnum), NULL) AS columns
      FROM pg_rewrite r
      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
      JOIN pg_class read ON read.oid = d.refobjid AND read.relkind IN ('r', 'p', 'v', 'm', 'f')
      LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND a.attnum > 0
      WHERE r.ev_class = c.oid AND r.ev_type = '1' AND d.refobjid <> c.oid
      GROUP BY d.refobjid
    ) source
  ) END,
  'ownedBy', CASE WHEN c.relkind = 'S' THEN (
    SELECT json_build_object('relation', d.refobjid::bigint, 'column', a.attname)
    FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
      AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
    LIMIT 1
  ) END,
  'sequence', CASE WHEN c.relkind = 'S' THEN (
    SELECT json_build_object('increment', seqincrement, 'minimum', seqmin, 'maximum', seqmax, 'cycles', seqcycle)
    FROM pg_sequence WHERE seqrelid = c.oid
  ) END,
  'replicaIdentity', CASE c.relreplident WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' WHEN 'i' THEN 'index'
    ELSE 'default' END,
  'rowSecurity', c.relrowsecurity,
  'tuples', c.reltuples,
  'pages', c.relpages,
  'writable', c.relkind IN ('r', 'p', 'f') AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE'),
  'hidden', c.relkind IN ('r', 'p', 'm') AND (
    (c.relrowsecurity AND row_security_active(c.oid))
    OR (NOT has_table_privilege(c.oid, 'SELECT') AND EXISTS (
      SELECT FROM pg_attribute a
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        AND NOT has_column_privilege(c.oid, a.attnum, 'SELECT')
    ))
  ),
  'publications', (
    SELECT coalesce(json_agg(json_build_object(
        'name', pub.pubname,
        'columns', ${version >= 150_000 ? columnList : 'NULL::json'},
        'filter', ${version >= 150_000 ? filterColumns : "'[]'::json"}
      ) ORDER BY pub.pubname), '[]')
    FROM pg_publication pub LEFT JOIN pg_publication_rel rel ON rel.prpubid = pub.oid AND rel.prrelid = c.oid
    WHERE rel.oid IS NOT NULL ${version >= 150_000 ? inPublishedSchema : ''}
  )
)
FROM wanted JOIN pg_class c ON c.oid = wanted.oid JOIN pg_namespace ns ON ns.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c')
  AND ns.nspname !~ '^pg_' AND ns.nspname NOT IN ('information_schema', 'lockcast')
ORDER BY ns.nspname, c.relname`

/** FOR TABLES IN SCHEMA came with 15. */
const inPublishedSchema = `OR c.relkind IN ('r', 'p') AND EXISTS (
        SELECT FROM pg_publication_namespace s WHERE s.pnpubid = pub.oid AND s.pnnspid = c.relnamespace
      )`

/** Null for all columns. */
const columnList = `CASE WHEN rel.prattrs IS NOT NULL THEN (
        SELECT json_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum = ANY (rel.prattrs)
      ) END`

/** From the parse tree: pg_get_expr would open the relation, and pg_depend does not separate the filter from the list. */
const filterColumns = `(
        SELECT coalesce(json_agg(DISTINCT a.attname), '[]')
        FROM regexp_matches(rel.prqual::text, ':varattno (\\d+)', 'g') AS found(number)
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = found.number[1]::int2
      )`
