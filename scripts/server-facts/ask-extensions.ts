import type pg from 'pg'
import { castQuery, type FactList, functionQuery, list, operatorClassQuery, typeQuery } from './ask.ts'

/** What CREATE EXTENSION makes, by name. */
export interface ExtensionFacts {
  /** The empty key: the server brings the extension. */
  available: FactList
  types: FactList
  functions: FactList
  casts: FactList
  operatorClasses: FactList
  /** Extensions that it needs. */
  requires: FactList
}

/** Creates every extension that the server brings and can load, each in a transaction that is rolled back. */
export async function askExtensions(client: pg.Client, major: number): Promise<Record<string, ExtensionFacts>> {
  const { rows } = await client.query<{ name: string }>('select name from pg_available_extensions order by name')
  const facts: Record<string, ExtensionFacts> = {}
  for (const { name } of rows) {
    await client.query('begin')
    try {
      if (await create(client, name)) facts[name] = await membersOf(client, major, name)
    } finally {
      await client.query('rollback')
    }
  }
  return facts
}

/** False for one whose library needs what this machine lacks: Perl, Python, Tcl. */
async function create(client: pg.Client, name: string): Promise<boolean> {
  try {
    await client.query(`create extension if not exists "${name}" cascade`)
    return true
  } catch (error) {
    const { code = '' } = error as { code?: string }
    // A missing library (58P01, XX000 of dlopen) or language; anything else is a fault of the script.
    if (/^(58P01|XX000|42704|0A000|55000)$/.test(code)) return false
    throw error
  }
}

async function membersOf(client: pg.Client, major: number, name: string): Promise<ExtensionFacts> {
  const member = (catalog: string, oid: string): string =>
    `exists (select from pg_depend d join pg_extension e on e.oid = d.refobjid and d.refclassid = 'pg_extension'::regclass
      where d.deptype = 'e' and d.classid = '${catalog}'::regclass and d.objid = ${oid} and e.extname = '${name}')`
  return {
    available: [['', '']],
    types: await list(client, typeQuery(member('pg_type', 't.oid'))),
    functions: await list(client, functionQuery(major, member('pg_proc', 'p.oid'))),
    casts: await list(client, castQuery(member('pg_cast', 'c.oid'))),
    operatorClasses: await list(client, operatorClassQuery(member('pg_opclass', 'c.oid'))),
    requires: await list(
      client,
      `select r.extname as key, '' as value from pg_extension e
         join pg_depend d on d.classid = 'pg_extension'::regclass and d.objid = e.oid
         join pg_extension r on r.oid = d.refobjid and d.refclassid = 'pg_extension'::regclass
       where e.extname = '${name}' order by 1`,
    ),
  }
}
