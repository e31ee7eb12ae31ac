import type pg from 'pg'
import { askExtensions, type ExtensionFacts } from './ask-extensions.ts'
import { askSyntax } from './ask-syntax.ts'

/** Facts of one kind on one server: what identifies the fact, and what is said of it. */
export type FactList = [key: string, value: string][]

/** What one server has. Types are named as in pg_type: `int4`, `_text` for an array. */
export interface ServerFacts {
  /** `name(types)` to `volatility kind result` and flags, see {@link functionQuery}. */
  functions: FactList
  /** `name left right`, `-` for a missing side, to `volatility result`. */
  operators: FactList
  /**
   * Name to `format_type category kind input output`, the last two being volatilities of the text form; of a domain then
   * `of base`, and `checked` when it has constraints.
   */
  types: FactList
  /** `from>to` to method, context and the volatility of the function. */
  casts: FactList
  /** `method name` to the type and `default`. */
  operatorClasses: FactList
  /** `left right`: equal by a default btree family's operator, to nothing. */
  equalTypes: FactList
  extensions: Record<string, ExtensionFacts>
  /** The words of a feature to nothing: the server parses its example. */
  syntax: FactList
}

export async function askServer(client: pg.Client, major: number): Promise<ServerFacts> {
  return {
    functions: await list(client, functionQuery(major, "p.pronamespace = 'pg_catalog'::regnamespace")),
    operators: await list(client, operators),
    types: await list(client, typeQuery("t.typnamespace = 'pg_catalog'::regnamespace")),
    casts: await list(client, castQuery('c.oid < 16384')),
    operatorClasses: await list(client, operatorClassQuery('c.oid < 16384')),
    equalTypes: await list(client, equalTypes),
    // The npm package of 10 holds the extension files of a later version.
    extensions: major === 10 ? {} : await askExtensions(client, major),
    syntax: await askSyntax(client),
  }
}

/** The rows of a query with the columns `key` and `value`. */
export async function list(client: pg.Client, query: string): Promise<FactList> {
  const { rows } = await client.query<{ key: string; value: string }>(query)
  return rows.map(({ key, value }) => [key, value])
}

/** What SQL can call: no function that takes or gives what only the server has. */
const uncallable =
  "array['internal', 'language_handler', 'fdw_handler', 'index_am_handler', 'table_am_handler', 'tsm_handler', 'cstring']"

/**
 * The value is `volatility kind result`: i, s or v; f (function), a (aggregate), w (window) or p (procedure); then the
 * number of arguments that have defaults when there are some, and `variadic`.
 */
export function functionQuery(major: number, condition: string): string {
  const kind = major < 11 ? "case when p.proisagg then 'a' when p.proiswindow then 'w' else 'f' end" : 'p.prokind::text'
  return `
    select p.proname || '(' || coalesce((select string_agg(t.typname, ',' order by i)
        from unnest(p.proargtypes) with ordinality a(type, i) join pg_type t on t.oid = a.type), '') || ')' as key,
      p.provolatile::text || ' ' || ${kind} || ' ' || r.typname
        || case when p.pronargdefaults > 0 then ' ' || p.pronargdefaults else '' end
        || case when p.provariadic <> 0 then ' variadic' else '' end as value
    from pg_proc p join pg_type r on r.oid = p.prorettype
    where ${condition} and r.typname <> all (${uncallable})
      and not exists (select from unnest(p.proargtypes) a(type) join pg_type t on t.oid = a.type
        where t.typname = any (${uncallable}))
    order by 1`
}

const operators = `
  select o.oprname || ' ' || coalesce(l.typname, '-') || ' ' || coalesce(r.typname, '-') as key,
    coalesce(p.provolatile::text, 'v') || ' ' || t.typname as value
  from pg_operator o left join pg_type l on l.oid = o.oprleft left join pg_type r on r.oid = o.oprright
    join pg_type t on t.oid = o.oprresult left join pg_proc p on p.oid = o.oprcode
  where o.oprnamespace = 'pg_catalog'::regnamespace
  order by 1`

/** Base, range, multirange and pseudo types; not the row types of the system's relations and not arrays. */
export function typeQuery(condition: string): string {
  return `
    select t.typname as key,
      replace(format_type(t.oid, null), ' ', '~') || ' ' || t.typcategory::text || ' ' || t.typtype::text || ' '
        || coalesce(i.provolatile::text, '-') || ' ' || coalesce(o.provolatile::text, '-')
        || case when t.typispreferred then ' preferred' else '' end
        || case when t.typtype = 'd' then ' of ' || b.typname || case when exists (
            select from pg_constraint c where c.contypid = t.oid) then ' checked' else '' end else '' end as value
    from pg_type t left join pg_type b on b.oid = t.typbasetype left join pg_proc i on i.oid = t.typinput left join pg_proc o on o.oid = t.typoutput
    where ${condition} and t.typtype <> 'c'
      and not exists (select from pg_type e where e.typarray = t.oid)
    order by 1`
}

/** The value is method (b binary, f function, i text) and context (i implicit, a assignment, e explicit), then volatility. */
export function castQuery(condition: string): string {
  return `
    select s.typname || '>' || t.typname as key,
      c.castmethod::text || c.castcontext::text || coalesce(' ' || p.provolatile::text, '') as value
    from pg_cast c join pg_type s on s.oid = c.castsource join pg_type t on t.oid = c.casttarget
      left join pg_proc p on p.oid = c.castfunc
    where c.castsource <> c.casttarget and ${condition}
    order by 1`
}

/** `method name` to the type, and `default` when an index on the type needs no name. */
export function operatorClassQuery(condition: string): string {
  return `
    select a.amname || ' ' || c.opcname as key, t.typname || case when c.opcdefault then ' default' else '' end as value
    from pg_opclass c join pg_am a on a.oid = c.opcmethod join pg_type t on t.oid = c.opcintype
    where ${condition}
    order by 1`
}

const equalTypes = `
  select distinct l.typname || ' ' || r.typname as key, '' as value
  from pg_amop o join pg_am a on a.oid = o.amopmethod
    join pg_type l on l.oid = o.amoplefttype join pg_type r on r.oid = o.amoprighttype
  where a.amname = 'btree' and o.amopstrategy = 3 and o.amoplefttype <> o.amoprighttype
    and exists (select from pg_opclass c where c.opcfamily = o.amopfamily and c.opcdefault)
  order by 1`
