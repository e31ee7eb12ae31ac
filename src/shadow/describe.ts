import type pg from 'pg'

/** All that pg_dump would print of a database, as lines, and a digest of each table's rows. */
export interface Description {
  schema: string[]
  data: Record<string, string>
}

const user = `n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_%'`

const parts = (major: number): string[] => [
  `SELECT format('relation %s.%s %s %s owner %s options %s rls %s/%s identity %s acl %s bound %s key %s of type %s', n.nspname, c.relname, c.relkind, c.relpersistence,
     c.relowner::regrole, c.reloptions, c.relrowsecurity, c.relforcerowsecurity, c.relreplident, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(c.relacl) a), pg_get_expr(c.relpartbound, c.oid),
     CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END, c.reloftype::regtype)
   FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${user} AND c.relkind IN ('r','p','v','m','S','f')`,
  `SELECT format('column %s.%s.%s %s null %s default %s identity %s generated %s collation %s storage %s statistics %s options %s acl %s', n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
     NOT a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated, a.attcollation::regcollation, a.attstorage, coalesce(nullif(a.attstattarget, -1)::text, ''), a.attoptions, (SELECT array_agg(x::text ORDER BY x::text) FROM unnest(a.attacl) x))
   FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   WHERE ${user} AND c.relkind IN ('r','p','v','m','f') AND a.attnum > 0 AND NOT a.attisdropped`,
  `SELECT format('constraint %s.%s.%s %s valid %s deferrable %s/%s local %s', n.nspname, c.relname, x.conname, pg_get_constraintdef(x.oid), x.convalidated, x.condeferrable, x.condeferred, x.conislocal)
   FROM pg_constraint x JOIN pg_class c ON c.oid = x.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${user}
     -- The copies that point to each partition of a referenced table are the server’s own, and pg_dump leaves them out.
     AND NOT (x.contype = 'f' AND EXISTS (SELECT FROM pg_constraint above WHERE above.oid = x.conparentid AND above.conrelid = x.conrelid))`,
  `SELECT format('index %s.%s valid %s cluster %s identity %s options %s parent %s constraint %s', pg_get_indexdef(i.indexrelid), ic.relname, i.indisvalid, i.indisclustered, i.indisreplident, ic.reloptions,
     (SELECT inhparent::regclass FROM pg_inherits WHERE inhrelid = i.indexrelid), (SELECT conname FROM pg_constraint WHERE conindid = i.indexrelid AND contype IN ('p','u','x')))
   FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${user} AND c.relkind <> 't'`,
  `SELECT format('trigger %s enabled %s', pg_get_triggerdef(t.oid), t.tgenabled) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${user} AND NOT t.tgisinternal`,
  `SELECT format('policy %s.%s %s %s %s using %s check %s permissive %s', n.nspname, c.relname, p.polname, p.polcmd, p.polroles::regrole[], pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid), p.polpermissive)
   FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${user}`,
  `SELECT format('view %s.%s %s', n.nspname, c.relname, pg_get_viewdef(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${user} AND c.relkind IN ('v','m')`,
  `SELECT format('function %s', pg_get_functiondef(p.oid)) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${user} AND p.prokind IN ('f','p')`,
  `SELECT format('sequence %s.%s %s start %s by %s from %s to %s cache %s cycle %s owned by %s', n.nspname, c.relname, s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle,
     (SELECT format('%s.%s %s', r.relname, a.attname, d.deptype) FROM pg_depend d JOIN pg_class r ON r.oid = d.refobjid JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a','i') AND d.refobjsubid > 0))
   FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${user}`,
  `SELECT format('statistics %s target %s', pg_get_statisticsobjdef(s.oid), ${major >= 13 ? "coalesce(nullif(s.stxstattarget, -1)::text, '')" : "''"}) FROM pg_statistic_ext s`,
  `SELECT format('publication %s %s.%s %s', p.pubname, n.nspname, c.relname, ${major >= 15 ? `format('%s %s', (SELECT array_agg(a.attname ORDER BY a.attname) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (r.prattrs)), pg_get_expr(r.prqual, c.oid))` : "''"})
   FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace`,
  `SELECT format('comment on %s %s: %s', i.type, i.identity, d.description) FROM pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) i
   WHERE i.schema IS NULL OR i.schema NOT IN ('pg_catalog', 'information_schema')`,
  `SELECT format('type %s %s %s %s', n.nspname, t.typname, t.typtype, (SELECT array_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid))
   FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE ${user} AND t.typtype IN ('e','d')`,
  `SELECT format('domain %s %s %s', x.contypid::regtype, x.conname, pg_get_constraintdef(x.oid)) FROM pg_constraint x WHERE x.contypid <> 0 AND x.contypid::regtype::text NOT LIKE 'information_schema%'`,
  `SELECT format('inherits %s from %s', i.inhrelid::regclass, i.inhparent::regclass) FROM pg_inherits i`,
]

/** Reads schema and rows. */
export async function describeDatabase(client: pg.Client, major: number): Promise<Description> {
  const schema: string[] = []
  for (const sql of parts(major)) {
    const { rows } = await client.query<{ format: string }>(sql)
    schema.push(...rows.map(({ format }) => format))
  }
  const data: Record<string, string> = {}
  const { rows: tables } = await client.query<{ name: string; columns: string }>(
    `SELECT c.oid::regclass::text AS name, (SELECT string_agg(format('%I::text', a.attname), ', ' ORDER BY a.attname) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${user} AND c.relkind IN ('r','m') AND c.relispopulated`,
  )
  for (const { name, columns } of tables) {
    const { rows } = await client.query<{ digest: string }>(
      `SELECT format('%s rows %s', count(*), sum(hashtextextended(concat_ws('|', ${columns
        .split(', ')
        .map((column) => `coalesce(${column}, '∅')`)
        .join(', ')}), 0)::numeric)) AS digest FROM ONLY ${name}`,
    )
    data[name] = rows[0]?.digest ?? ''
  }
  return { schema: schema.sort(), data }
}

/** Lines that only one of them has. */
export function differences(original: Description, plan: Description): string[] {
  const found: string[] = []
  const [a, b] = [count(original.schema), count(plan.schema)]
  for (const [line, many] of a) if ((b.get(line) ?? 0) < many) found.push(`missing: ${line}`)
  for (const [line, many] of b) if ((a.get(line) ?? 0) < many) found.push(`extra: ${line}`)
  for (const [table, digest] of Object.entries(original.data)) {
    if (plan.data[table] !== digest) found.push(`data of ${table}: ${digest} and ${plan.data[table]}`)
  }
  return found
}

function count(lines: string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1)
  return counts
}
