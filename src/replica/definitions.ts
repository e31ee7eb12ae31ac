/**
 * What a plan must carry over when it makes a column or a view again: owner, comments, grants, statistics, policies, the
 * text of views, and all that depends on a column. Texts that need an open relation are null while it is locked.
 *
 * `pg_attribute.attstattarget` is -1 by default up to 16, NULL from 17.
 */
export const definitions = (version: number) => `
SELECT w.oid, 'definition', 0, NULL, json_build_object(
  'owner', (SELECT pg_get_userbyid(c.relowner)),
  'comment', obj_description(w.oid, 'pg_class'),
  'options', coalesce(to_json(c.reloptions), '[]'),
  'grants', ${grantsOf('c.relacl')},
  'columns', (
    SELECT coalesce(json_agg(json_build_object(
      'name', a.attname,
      'comment', col_description(w.oid, a.attnum),
      'grants', ${grantsOf('a.attacl')},
      'target', nullif(a.attstattarget, -1),
      'options', coalesce(to_json(a.attoptions), '[]'),
      'collation', CASE WHEN a.attcollation <> t.typcollation THEN (
        SELECT format('%I.%I', n.nspname, k.collname) FROM pg_collation k JOIN pg_namespace n ON n.oid = k.collnamespace WHERE k.oid = a.attcollation
      ) END,
      'local', a.attislocal AND a.attinhcount = 0
    ) ORDER BY a.attnum), '[]')
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = w.oid AND a.attnum > 0 AND NOT a.attisdropped
  ),
  'constraints', (
    SELECT coalesce(json_agg(json_build_object(
      'name', x.conname, 'comment', obj_description(x.oid, 'pg_constraint'), 'local', x.conislocal AND x.coninhcount = 0,
      'noInherit', x.connoinherit AND x.contype = 'c'
    ) ORDER BY x.conname), '[]')
    FROM pg_constraint x WHERE x.conrelid = w.oid
  ),
  'indexes', (
    SELECT coalesce(json_agg(json_build_object(
      'name', ic.relname, 'comment', obj_description(ic.oid, 'pg_class'), 'clustered', i.indisclustered,
      'tablespace', (SELECT spcname FROM pg_tablespace s WHERE s.oid = ic.reltablespace),
      'targets', EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = ic.oid AND nullif(a.attstattarget, -1) IS NOT NULL),
      'attached', EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = ic.oid)
    ) ORDER BY ic.relname), '[]')
    FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid WHERE i.indrelid = w.oid
  ),
  'triggers', (
    SELECT coalesce(json_agg(json_build_object(
      'name', g.tgname, 'comment', obj_description(g.oid, 'pg_trigger'), 'state', g.tgenabled
    ) ORDER BY g.tgname), '[]')
    FROM pg_trigger g WHERE g.tgrelid = w.oid AND NOT g.tgisinternal
  ),
  'policies', CASE WHEN w.oid IN (SELECT oid FROM locked) THEN NULL ELSE (
    SELECT coalesce(json_agg(json_build_object(
      'name', p.polname,
      'definition', format('AS %s FOR %s TO %s%s%s',
        CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
        CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
        (SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END, ', ') FROM unnest(p.polroles) r),
        coalesce(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', ''),
        coalesce(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '')),
      'comment', obj_description(p.oid, 'pg_policy')
    ) ORDER BY p.polname), '[]')
    FROM pg_policy p WHERE p.polrelid = w.oid
  ) END,
  'rowSecurityForced', c.relforcerowsecurity,
  'view', CASE WHEN w.relkind IN ('v', 'm') AND w.oid NOT IN (SELECT oid FROM locked) AND NOT EXISTS (
      SELECT FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
        AND d.refclassid = 'pg_class'::regclass
      WHERE r.ev_class = w.oid AND d.refobjid IN (SELECT oid FROM locked)
    ) THEN pg_get_viewdef(w.oid) END,
  'sequence', (
    SELECT json_build_object(
      'type', format_type(s.seqtypid, NULL), 'start', s.seqstart::text, 'increment', s.seqincrement::text,
      'minimum', s.seqmin::text, 'maximum', s.seqmax::text, 'cache', s.seqcache::text, 'cycles', s.seqcycle
    ) FROM pg_sequence s WHERE s.seqrelid = w.oid
  ),
  'statistics', (
    SELECT coalesce(json_agg(json_build_object(
      'schema', n.nspname, 'name', s.stxname,
      'definition', pg_get_statisticsobjdef(s.oid),
      'comment', obj_description(s.oid, 'pg_statistic_ext'),
      'target', ${version >= 130_000 ? 'nullif(s.stxstattarget, -1)' : 'NULL'}
    ) ORDER BY s.stxname), '[]')
    FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
    WHERE s.stxrelid = w.oid AND w.oid NOT IN (SELECT oid FROM locked)
  ),
  'dependents', (
    SELECT coalesce(json_agg(DISTINCT jsonb_build_object(
      'column', a.attname,
      'kind', CASE WHEN d.classid = 'pg_class'::regclass
        THEN (SELECT CASE k.relkind WHEN 'i' THEN 'index' WHEN 'I' THEN 'index' WHEN 'S' THEN 'sequence' ELSE 'relation' END FROM pg_class k WHERE k.oid = d.objid)
        ELSE d.classid::regclass::text END,
      'name', CASE d.classid
        WHEN 'pg_class'::regclass THEN (SELECT relname FROM pg_class k WHERE k.oid = d.objid)
        WHEN 'pg_constraint'::regclass THEN (SELECT conname FROM pg_constraint k WHERE k.oid = d.objid)
        WHEN 'pg_trigger'::regclass THEN (SELECT tgname FROM pg_trigger k WHERE k.oid = d.objid)
        WHEN 'pg_policy'::regclass THEN (SELECT polname FROM pg_policy k WHERE k.oid = d.objid)
        WHEN 'pg_statistic_ext'::regclass THEN (SELECT stxname FROM pg_statistic_ext k WHERE k.oid = d.objid)
        WHEN 'pg_rewrite'::regclass THEN (SELECT r.relname FROM pg_rewrite k JOIN pg_class r ON r.oid = k.ev_class WHERE k.oid = d.objid)
        WHEN 'pg_attrdef'::regclass THEN (SELECT o.attname FROM pg_attrdef k JOIN pg_attribute o ON o.attrelid = k.adrelid AND o.attnum = k.adnum WHERE k.oid = d.objid)
        ELSE '' END
    )), '[]')
    FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = w.oid AND d.refobjsubid > 0
      AND NOT (d.classid = 'pg_attrdef'::regclass AND d.deptype = 'a' AND EXISTS (
        SELECT FROM pg_attrdef k WHERE k.oid = d.objid AND k.adrelid = w.oid AND k.adnum = a.attnum
      ))
      AND NOT (d.classid = 'pg_class'::regclass AND d.objid = w.oid)
  )
)
FROM wanted w JOIN pg_class c ON c.oid = w.oid
WHERE w.relkind IN ('r', 'p', 'v', 'm', 'S')`

/** Privileges other than the owner's own, as GRANT names them. */
function grantsOf(acl: string): string {
  return `(
    SELECT coalesce(json_agg(json_build_object(
      'privilege', g.privilege_type,
      'grantee', CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
      'grantable', g.is_grantable
    ) ORDER BY g.grantee, g.privilege_type), '[]')
    FROM aclexplode(${acl}) g WHERE g.grantee <> c.relowner
  )`
}
