import { columnsFilledIn } from '../catalog/filled-columns.ts'
import { inlinedCallsOfText } from '../catalog/inlined-functions.ts'
import type { CatalogSnapshot } from '../catalog/snapshot.ts'
import { loadParser } from '../sql/parse.ts'
import type { Session } from './session.ts'

export type CodeFacts = Pick<CatalogSnapshot, 'types' | 'functions' | 'casts' | 'operators' | 'publications'>

/**
 * Types, functions and casts that are not built in, and publications without their relations.
 *
 * `texts`: also the definitions of functions. `schemas` null: of every schema. Otherwise of those schemas only when the database has very many, so that a database
 * with a schema per tenant costs no more memory than another.
 */
export async function askCode(
  { ask, attempt }: Pick<Session, 'ask' | 'attempt'>,
  schemas: string[] | null,
  version: number,
  texts: boolean,
): Promise<CodeFacts> {
  // Printing a body in BEGIN ATOMIC opens the tables that it names, so it may wait behind a lock.
  const whole = texts && version >= 110_000 ? await attempt<ReadFacts>(sql(version, functionText), [schemas]) : null
  const [facts] = whole ?? (await ask<ReadFacts>(sql(version, 'NULL'), [schemas]))
  if (!facts) throw new Error('one row of JSON')
  await loadParser()
  return { ...facts, functions: facts.functions.map(withInlined) }
}

/** Aggregates and window functions have no text. */
const functionText = `CASE WHEN p.prokind IN ('f', 'p') AND NOT EXISTS (
          SELECT FROM of_extension e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid
        ) THEN pg_get_functiondef(p.oid) END`

/** A body leaves this file only as the names of functions that it calls, or of columns that it fills. */
function withInlined({ body, strict, ...fn }: ReadFunction): CodeFacts['functions'][number] {
  if (body === null || fn.trigger) return { ...fn, inlined: null, fills: body === null ? [] : columnsFilledIn(body) }
  return { ...fn, inlined: inlinedCallsOfText(body, strict), fills: [] }
}

type ReadFunction = Omit<CodeFacts['functions'][number], 'inlined' | 'fills'> & { body: string | null; strict: boolean }
type ReadFacts = Omit<CodeFacts, 'functions'> & { functions: ReadFunction[] }

/** 20,000 functions are about 3 MB of JSON. 16384 is FirstNormalObjectId: ids below it come from initdb. */
const sql = (version: number, text: string) => `
WITH
place AS MATERIALIZED (
  SELECT oid, nspname FROM pg_namespace
  WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'lockcast')
    AND ($1::text[] IS NULL OR nspname = ANY ($1::text[])
      OR (SELECT count(*) FROM pg_proc WHERE oid >= 16384)
        + (SELECT count(*) FROM pg_type WHERE oid >= 16384 AND typtype <> 'c' AND typelem = 0) <= 20000)
),
of_extension AS MATERIALIZED (
  SELECT classid, objid FROM pg_depend WHERE deptype = 'e' AND classid IN ('pg_type'::regclass, 'pg_proc'::regclass)
)
SELECT json_build_object(
  'types', (
    SELECT coalesce(json_agg(json_build_object(
        'schema', place.nspname,
        'name', t.typname,
        'kind', CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'c' THEN 'composite'
          WHEN 'r' THEN 'range' WHEN 'm' THEN 'range' ELSE 'base' END,
        'labels', (
          SELECT coalesce(json_agg(e.enumlabel ORDER BY e.enumsortorder), '[]') FROM pg_enum e WHERE e.enumtypid = t.oid
        ),
        'base', CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END,
        'notNull', t.typnotnull,
        'checks', (
          SELECT coalesce(json_agg(json_build_object(
            'name', c.conname, 'definition', pg_get_constraintdef(c.oid), 'validated', c.convalidated
          ) ORDER BY c.conname), '[]')
          FROM pg_constraint c WHERE c.contypid = t.oid AND c.contype = 'c'
        ),
        'default', t.typdefault
      ) ORDER BY place.nspname, t.typname), '[]')
    FROM pg_type t JOIN place ON place.oid = t.typnamespace
    LEFT JOIN pg_class row_of ON row_of.oid = t.typrelid
    -- Not the row types of tables, nor the array types that come with every type.
    WHERE (t.typrelid = 0 OR row_of.relkind = 'c') AND NOT (t.typelem <> 0 AND t.typlen = -1 AND t.typname ~ '^_')
  ),
  'functions', (
    SELECT coalesce(json_agg(json_build_object(
        'schema', place.nspname,
        'name', p.proname,
        'arguments', pg_get_function_identity_arguments(p.oid),
        'volatility', CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
        'language', l.lanname,
        'strict', p.proisstrict,
        'body', CASE WHEN l.lanname = 'sql' AND p.provolatile = 'v' AND NOT p.prosecdef AND NOT p.proretset
          AND p.proconfig IS NULL AND length(p.prosrc) < 1000
          OR l.lanname = 'plpgsql' AND p.prorettype = 'trigger'::regtype AND length(p.prosrc) < 20000 THEN p.prosrc END,
        'trigger', p.prorettype IN ('trigger'::regtype, 'event_trigger'::regtype),
        'reads', coalesce(tied.reads, '[]'),
        'definition', ${text}
      ) ORDER BY place.nspname, p.proname, p.oid), '[]')
    FROM pg_proc p JOIN place ON place.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
    -- A body in BEGIN ATOMIC, and the row types of arguments; of the array of a row type PostgreSQL keeps no less.
    LEFT JOIN LATERAL (
      SELECT json_agg(json_build_object('relation', one.relation, 'columns', one.columns)) AS reads
      FROM (
        SELECT coalesce(t.typrelid, d.refobjid)::bigint AS relation,
          coalesce(json_agg(DISTINCT a.attname) FILTER (WHERE a.attname IS NOT NULL), '[]') AS columns
        FROM pg_depend d
        LEFT JOIN pg_type t ON d.refclassid = 'pg_type'::regclass AND t.oid = d.refobjid
        LEFT JOIN pg_attribute a
          ON d.refclassid = 'pg_class'::regclass AND a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND a.attnum > 0
        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
          AND (d.refclassid = 'pg_class'::regclass OR t.typrelid <> 0)
        GROUP BY 1
      ) one
    ) tied ON true
    -- Of an extension only what can stand in a column's default without naming a value: uuid_generate_v4().
    WHERE p.pronargs = 0
      OR NOT EXISTS (SELECT FROM of_extension e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid)
  ),
  'casts', (
    SELECT coalesce(json_agg(json_build_object(
        'from', format_type(castsource, NULL),
        'to', format_type(casttarget, NULL),
        'method', CASE castmethod WHEN 'b' THEN 'binary' WHEN 'i' THEN 'inout' ELSE 'function' END
      ) ORDER BY oid), '[]')
    -- Also the built-in one that is made implicit by hand where code compares numbers with booleans.
    FROM pg_cast WHERE oid >= 16384
      OR (castsource = 'int4'::regtype AND casttarget = 'bool'::regtype AND castcontext <> 'e')
  ),
  'operators', (
    SELECT coalesce(json_agg(json_build_object(
        'name', oprname,
        'left', CASE WHEN oprleft <> 0 THEN format_type(oprleft, NULL) END,
        'right', format_type(oprright, NULL)
      ) ORDER BY oid), '[]')
    FROM pg_operator WHERE oid >= 16384 AND oprright <> 0
  ),
  'publications', (
    SELECT coalesce(json_agg(json_build_object(
        'name', pubname,
        'allTables', puballtables,
        'publishes', array_to_json(array_remove(ARRAY[
            CASE WHEN pubinsert THEN 'insert' END, CASE WHEN pubupdate THEN 'update' END,
            CASE WHEN pubdelete THEN 'delete' END
          ], NULL)),
        'relations', '[]'::json,
        'schemas', ${version >= 150_000 ? publishedSchemas : "'[]'::json"},
        'parts', '[]'::json
      ) ORDER BY pubname), '[]')
    FROM pg_publication
  )
)`

/** FOR TABLES IN SCHEMA came with 15. */
const publishedSchemas = `(
          SELECT coalesce(json_agg(ns.nspname ORDER BY ns.nspname), '[]')
          FROM pg_publication_namespace s JOIN pg_namespace ns ON ns.oid = s.pnnspid WHERE s.pnpubid = pg_publication.oid
        )`
