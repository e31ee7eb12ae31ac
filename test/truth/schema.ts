import type pg from 'pg'
import type { Catalog } from '../../src/catalog/catalog.ts'

/** Columns, constraints and indexes of every table, each as one line, by `schema.name`. */
type Schema = Record<string, string[]>

const kinds: Record<string, string> = {
  c: 'check',
  f: 'foreign key',
  p: 'primary key',
  u: 'unique',
  x: 'exclusion',
}

/** What the server has. NOT NULL is compared at the column, not as a constraint. */
export async function serverSchema(client: pg.Client): Promise<Schema> {
  const { rows } = await client.query<{
    name: string
    columns: [string, string, boolean][]
    constraints: [string, string, string[], boolean][]
    indexes: [string, boolean, boolean, string[]][]
  }>(`
    select n.nspname || '.' || c.relname as name,
      coalesce((select json_agg(json_build_array(attname, format_type(atttypid, atttypmod), attnotnull) order by attnum)
        from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped), '[]') as columns,
      coalesce((select json_agg(json_build_array(conname, contype,
          (select array_agg(attname order by attname) from pg_attribute where attrelid = c.oid and attnum = any (conkey)), convalidated) order by conname)
        from pg_constraint k where conrelid = c.oid and contype in ('c', 'f', 'p', 'u', 'x')
          -- The server's own entries, one for each partition of the referenced table.
          and not exists (select from pg_constraint p where p.oid = k.conparentid and p.conrelid = c.oid)), '[]') as constraints,
      coalesce((select json_agg(json_build_array(i.relname, x.indisunique, x.indisvalid,
          (select array_agg(coalesce(attname, '') order by k) from unnest(x.indkey::int2[]) with ordinality u(a, k)
            left join pg_attribute on attrelid = c.oid and attnum = a and a > 0 where k <= x.indnkeyatts)))
        from pg_index x join pg_class i on i.oid = x.indexrelid where x.indrelid = c.oid), '[]') as indexes
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`)
  return Object.fromEntries(
    rows.map((row) => [
      row.name,
      [
        ...row.columns.map(([name, type, notNull]) => columnLine(name, type, notNull)),
        ...row.constraints.map(([name, kind, columns, validated]) =>
          constraintLine(name, kinds[kind] ?? kind, columns ?? [], validated),
        ),
        ...row.indexes.map(([name, unique, valid, keys]) => indexLine(name, unique, valid, keys ?? [])),
      ].sort(),
    ]),
  )
}

/** What the model has; relations whose columns it does not know are left out. */
function modelSchema(catalog: Catalog): Schema {
  const tables = [...catalog.all()].filter(
    (relation) =>
      (relation.kind === 'table' || relation.kind === 'partitioned table') &&
      relation.persistence !== 'temporary' &&
      relation.known,
  )
  return Object.fromEntries(
    tables.map((table) => [
      `${table.schema}.${table.name}`,
      [
        ...table.columns.map((column) => columnLine(column.name, column.type, column.notNull)),
        ...table.constraints
          .filter((constraint) => constraint.kind !== 'not null')
          .map((constraint) =>
            constraintLine(constraint.name, constraint.kind, [...constraint.columns].sort(), constraint.validated),
          ),
        ...table.indexes.map((index) =>
          indexLine(
            index.name,
            index.unique,
            index.valid,
            index.keys.map((key) => key ?? ''),
          ),
        ),
      ].sort(),
    ]),
  )
}

/** Where the two differ, each a sentence. `hidden`: names of relations that the model does not know by column. */
export function schemaDifferences(server: Schema, catalog: Catalog): string[] {
  const model = modelSchema(catalog)
  const hidden = new Set(
    [...catalog.all()].filter((relation) => !relation.known).map((relation) => `${relation.schema}.${relation.name}`),
  )
  const found: string[] = []
  for (const name of new Set([...Object.keys(server), ...Object.keys(model)])) {
    if (hidden.has(name)) continue
    const [theirs, ours] = [server[name], model[name]]
    if (!theirs || !ours) {
      found.push(`${name}: ${theirs ? 'the model does not have it' : 'the server does not have it'}`)
      continue
    }
    for (const line of theirs) if (!ours.includes(line)) found.push(`${name}: only the server has ${line}`)
    for (const line of ours) if (!theirs.includes(line)) found.push(`${name}: only the model has ${line}`)
  }
  return found
}

function columnLine(name: string, type: string, notNull: boolean): string {
  return `column ${name} ${type === '' ? '?' : type.replace(/^(?:public|"\$user")\./, '')}${notNull ? ' not null' : ''}`
}

function constraintLine(name: string, kind: string, columns: string[], validated: boolean): string {
  return `constraint ${name} ${kind} (${[...columns].sort().join(', ')})${validated ? '' : ' not valid'}`
}

function indexLine(name: string, unique: boolean, valid: boolean, keys: string[]): string {
  return `index ${name}${unique ? ' unique' : ''} (${keys.join(', ')})${valid ? '' : ' invalid'}`
}
