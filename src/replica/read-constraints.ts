/**
 * Constraints of relations; of a domain's, see code.ts.
 *
 * A foreign key to a partitioned table has a copy for each partition of that table, on the same referencing table: these
 * are the server's own bookkeeping and left out. Copies on partitions of the referencing table are constraints of theirs.
 */
export const constraints = `
SELECT con.conrelid, 'constraint', 0, con.conname::text, json_build_object(
  'name', con.conname,
  'kind', CASE con.contype WHEN 'c' THEN 'check' WHEN 'f' THEN 'foreign key' WHEN 'u' THEN 'unique'
    WHEN 'p' THEN 'primary key' WHEN 'x' THEN 'exclusion' ELSE 'not null' END,
  'columns', ${columnNames('con.conrelid', 'con.conkey')},
  'validated', con.convalidated,
  'deferrable', con.condeferrable,
  'definition', CASE
    WHEN con.contype IN ('c', 'x') AND con.conrelid IN (SELECT oid FROM locked)
      THEN CASE con.contype WHEN 'c' THEN 'CHECK (…)' ELSE 'EXCLUDE (…)' END
    ELSE pg_get_constraintdef(con.oid)
  END,
  'references', CASE WHEN con.contype = 'f' THEN json_build_object(
    'relation', con.confrelid::bigint,
    'columns', ${columnNames('con.confrelid', 'con.confkey')},
    'onDelete', ${action('con.confdeltype')},
    'onUpdate', ${action('con.confupdtype')}
  ) END,
  'index', CASE WHEN con.contype IN ('u', 'p', 'x') THEN (SELECT relname FROM pg_class WHERE oid = con.conindid) END
)
FROM wanted w JOIN pg_constraint con ON con.conrelid = w.oid
WHERE con.contype IN ('c', 'f', 'u', 'p', 'x', 'n')
  AND NOT EXISTS (
    SELECT FROM pg_constraint original WHERE original.oid = con.conparentid AND original.conrelid = con.conrelid
  )`

function columnNames(relation: string, numbers: string): string {
  return `(
    SELECT coalesce(json_agg(a.attname ORDER BY key.position), '[]')
    FROM unnest(${numbers}) WITH ORDINALITY AS key(number, position)
    JOIN pg_attribute a ON a.attrelid = ${relation} AND a.attnum = key.number
  )`
}

function action(code: string): string {
  return `CASE ${code} WHEN 'r' THEN 'restrict' WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null'
      WHEN 'd' THEN 'set default' ELSE 'no action' END`
}
