/** Smaller parts of a relation: triggers, row security policies, rules, and the key of a partitioned table. */

export const triggers = `
SELECT t.tgrelid, 'trigger', 0, t.tgname::text, json_build_object(
  'name', t.tgname,
  'enabled', t.tgenabled <> 'D',
  'definition', CASE
    WHEN t.tgqual IS NOT NULL AND t.tgrelid IN (SELECT oid FROM locked) THEN format('CREATE TRIGGER %I …', t.tgname)
    ELSE pg_get_triggerdef(t.oid)
  END
)
FROM wanted w JOIN pg_trigger t ON t.tgrelid = w.oid
WHERE NOT t.tgisinternal`

export const policies = `
SELECT p.polrelid, 'policy', 0, p.polname::text, json_build_object(
  'name', p.polname,
  'uses', (
    SELECT coalesce(json_agg(DISTINCT a.attname), '[]')
    FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.classid = 'pg_policy'::regclass AND d.objid = p.oid
      AND d.refclassid = 'pg_class'::regclass AND d.refobjid = p.polrelid AND d.refobjsubid > 0
  )
)
FROM wanted w JOIN pg_policy p ON p.polrelid = w.oid`

/** Without the SELECT rule that makes a view. */
export const rules = `
SELECT r.ev_class, 'rule', 0, r.rulename::text, json_build_object(
  'name', r.rulename,
  -- Opens the table and those the rule's actions name.
  'definition', CASE WHEN r.ev_class NOT IN (SELECT oid FROM locked) THEN pg_get_ruledef(r.oid) END
)
FROM wanted w JOIN pg_rewrite r ON r.ev_class = w.oid
WHERE r.ev_type <> '1'`

/** pg_get_partkeydef opens the table; of a locked one the columns are named, and an expression reads `…`. */
export const partitionKeys = `
SELECT p.partrelid, 'partition key', 0, NULL, to_json(CASE
  WHEN p.partrelid IN (SELECT oid FROM locked) THEN format(
    '%s (%s)',
    CASE p.partstrat WHEN 'r' THEN 'RANGE' WHEN 'l' THEN 'LIST' ELSE 'HASH' END,
    (
      SELECT string_agg(coalesce(quote_ident(a.attname), '…'), ', ' ORDER BY key.position)
      FROM unnest(p.partattrs::int2[]) WITH ORDINALITY AS key(number, position)
      LEFT JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = key.number AND a.attnum > 0
    )
  )
  ELSE pg_get_partkeydef(p.partrelid)
END)
FROM wanted w JOIN pg_partitioned_table p ON p.partrelid = w.oid`
