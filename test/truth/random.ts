import type { Catalog } from '../../src/catalog/catalog.ts'
import type { Relation } from '../../src/catalog/relation.ts'

/** A small repeatable generator of pseudo-random numbers (mulberry32): a seed names a whole run. */
export function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const types = [
  'int',
  'bigint',
  'smallint',
  'text',
  'varchar(20)',
  'varchar(50)',
  'varchar',
  'char(5)',
  'numeric(10,2)',
  'numeric(12,2)',
  'numeric',
  'timestamp',
  'timestamptz',
  'timestamp(3)',
  'date',
  'boolean',
  'uuid',
  'jsonb',
  'json',
  'text[]',
  'double precision',
  'real',
  'bit(4)',
  'bit varying(8)',
  'interval',
  'inet',
  'cidr',
  'mood',
  'short_text',
  'plain_text',
  'oid',
  'bytea',
]
const defaults: Record<string, string[]> = {
  int: ['1', '(random() * 10)::int', 'null'],
  bigint: ['1', 'txid_current()::bigint'],
  text: ["'x'", 'current_user', 'gen_random_uuid()::text'],
  timestamptz: ['now()', 'clock_timestamp()', 'statement_timestamp()'],
  timestamp: ['now()', 'localtimestamp'],
  date: ['current_date'],
  uuid: ['gen_random_uuid()'],
  boolean: ['true', 'false'],
  'double precision': ['0', 'random()'],
  jsonb: ["'{}'"],
}

/** What must stand before the first {@link randomStatement}. */
export const typesOfRandomStatements = [
  "create type mood as enum ('a', 'b')",
  'create domain short_text as text check (length(value) < 10)',
  'create domain plain_text as text',
  "create function touch() returns trigger language plpgsql as 'begin return new; end'",
]

/** One DDL or data statement for the schema as it stands; one in ten names something that is not there. */
export function randomStatement(next: () => number, catalog: Catalog): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T
  const some = (chance: number): boolean => next() < chance
  const relations = [...catalog.all()].filter((relation) => relation.schema === 'public')
  const tables = relations.filter((relation) => relation.kind === 'table' || relation.kind === 'partitioned table')
  const plain = tables.filter((relation) => relation.kind === 'table' && !relation.partitionOf)
  const parents = tables.filter((relation) => relation.kind === 'partitioned table')
  if (tables.length < 3 || some(0.08)) return createTable()
  const table = pick(tables)
  const fresh = `n${Math.floor(next() * 1e6)}`
  const column = columnOf(table)
  const other = columnOf(table)
  switch (Math.floor(next() * 48)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return `alter table ${table.name} add column ${fresh} ${columnType()}`
    case 4:
      return `alter table ${table.name} drop column ${column}${some(0.3) ? ' cascade' : ''}`
    case 5:
    case 6:
    case 7: {
      const type = pick(types)
      return `alter table ${table.name} alter column ${column} type ${type}${some(0.3) ? ` using ${column}::${type}` : ''}`
    }
    case 8:
    case 9:
      return `alter table ${table.name} alter column ${column} ${pick(['set not null', 'set not null', 'drop not null', 'drop default', 'set statistics 50', 'set storage plain'])}`
    case 10:
      return `alter table ${table.name} add constraint ${fresh} check (${column} is not null)${some(0.5) ? ' not valid' : ''}`
    case 11:
    case 12:
      return `alter table ${table.name} add ${some(0.5) ? `constraint ${fresh} ` : ''}unique (${column}${some(0.3) && other !== column ? `, ${other}` : ''})`
    case 13:
      return `alter table ${table.name} add primary key (${column})`
    case 14:
    case 15: {
      const target = pick(tables)
      const key = target.constraints.find((constraint) => constraint.kind === 'primary key')
      return `alter table ${table.name} add constraint ${fresh} foreign key (${column}) references ${target.name}${key && some(0.5) ? ` (${key.columns.join(', ')})` : ''}${some(0.4) ? ' not valid' : ''}`
    }
    case 16:
      return `alter table ${table.name} validate constraint ${pick(table.constraints)?.name ?? 'nothing'}`
    case 17:
    case 18:
      return `alter table ${table.name} drop constraint ${pick(table.constraints)?.name ?? 'nothing'}${some(0.3) ? ' cascade' : ''}`
    case 19:
    case 20:
      return `create ${some(0.3) ? 'unique ' : ''}index ${some(0.6) ? fresh : ''} on ${table.name} ${some(0.1) ? 'using hash ' : ''}(${column}${some(0.3) && other !== column ? `, ${other}` : ''})`
    case 21:
      return `drop index ${pick(table.indexes)?.name ?? 'nothing'}`
    case 22:
      return `alter table ${table.name} rename column ${column} to ${fresh}`
    case 23:
      return `alter table ${table.name} rename to ${fresh}`
    case 24:
      return `drop table ${table.name}${some(0.4) ? ' cascade' : ''}`
    case 25:
      return `truncate ${table.name}${some(0.5) ? ' cascade' : ''}`
    case 26:
      return `alter table ${table.name} add column ${fresh} int, alter column ${column} set not null, add constraint ${fresh}c check (${other} is not null)`
    case 27:
      return `create ${some(0.5) ? 'view' : 'materialized view'} ${fresh} as select ${column} from ${table.name}`
    case 28:
      return `alter table ${table.name} ${pick(['set (fillfactor = 80)', 'set logged', 'set unlogged', 'enable row level security', 'replica identity full', 'disable trigger all'])}`
    case 29:
      return parents.length > 0 ? partition(pick(parents)) : createTable()
    case 30:
      return plain.length > 0 && parents.length > 0
        ? `alter table ${pick(parents).name} attach partition ${pick(plain).name} for values from (${7_000}) to (${8_000})`
        : `lock table ${table.name} in share mode`
    case 31: {
      const child = tables.find((relation) => relation.partitionOf)
      const parent = child?.partitionOf && catalog.get(child.partitionOf.relation)
      return child && parent
        ? `alter table ${parent.name} detach partition ${child.name}`
        : `comment on table ${table.name} is 'x'`
    }
    case 32:
      return `delete from ${table.name}`
    case 33:
    case 34:
    case 35:
    case 36: {
      const commands = Array.from({ length: 2 + Math.floor(next() * 2) }, () => subcommand(columnOf(table)))
      return `alter table ${table.name} ${commands.join(', ')}`
    }
    case 37:
      return some(0.6)
        ? `create trigger ${fresh} ${pick(['before insert', 'after update', 'before delete or update'])} on ${table.name} for each row execute procedure touch()`
        : `drop trigger ${pick(table.triggers)?.name ?? 'nothing'} on ${table.name}`
    case 38:
      return `create function ${fresh}() returns void language sql as '${pick(['delete from', 'update', 'select from'])} ${table.name}${''}'`.replace(
        /(update \S+)'$/,
        `$1 set ${column} = null'`,
      )
    case 39:
      return pick([
        `alter domain short_text add constraint ${fresh} check (value <> '${fresh}')${some(0.5) ? ' not valid' : ''}`,
        `alter type mood add value '${fresh}'`,
        `alter domain plain_text drop not null`,
      ])
    case 40:
      return `create ${some(0.3) ? 'unique ' : ''}index on ${table.name} (${some(0.5) ? `(${column} is null)` : column}) ${some(0.4) && other !== column ? `include (${other}) ` : ''}${some(0.4) ? `where ${other} is not null` : ''}`
    case 41: {
      const view = relations.find((relation) => relation.kind === 'view')
      return `${pick(['insert into', 'update', 'delete from'])} ${view?.name ?? table.name}`
        .replace(/^insert.*$/, (text) => `${text} default values`)
        .replace(
          /^update.*$/,
          (text) => `${text} set ${view ? (view.columns[0]?.name ?? column) : column} = null where false`,
        )
    }
    case 42:
      return `alter table ${table.name} ${some(0.7) ? 'inherit' : 'no inherit'} ${pick(tables).name}`
    case 43: {
      const constraint = pick(table.constraints)
      const index = pick(table.indexes)
      return some(0.5)
        ? `alter table ${table.name} rename constraint ${constraint?.name ?? 'nothing'} to ${fresh}`
        : `alter index ${index?.name ?? 'nothing'} rename to ${fresh}`
    }
    case 44:
      return `comment on ${some(0.5) ? `table ${table.name}` : `column ${table.name}.${column}`} is 'x'`
    case 45:
      return `alter table ${table.name} alter column ${column} set default null`
    case 46:
      return `create table ${fresh} as select ${column} from ${table.name}`
    default:
      return `${pick(['drop view', 'drop materialized view', 'refresh materialized view'])} ${relations.find((relation) => relation.kind === 'view' || relation.kind === 'materialized view')?.name ?? 'nothing'}`
  }

  function columnOf(relation: Relation): string {
    return some(0.07) || relation.columns.length === 0 ? 'nothing' : pick(relation.columns).name
  }

  function subcommand(column: string): string {
    const fresh = `m${Math.floor(next() * 1e6)}`
    return pick([
      `add column ${fresh} ${columnType()}`,
      `drop column ${column}`,
      `alter column ${column} type ${pick(types)}`,
      `alter column ${column} set not null`,
      `alter column ${column} drop not null`,
      `alter column ${column} drop default`,
      `add constraint ${fresh} check (${column} is not null)`,
      `add unique (${column})`,
      `drop constraint ${pick(table.constraints)?.name ?? 'nothing'}`,
    ])
  }

  function columnType(): string {
    const type = pick(types)
    if (some(0.1))
      return pick(['serial', 'bigint generated always as identity', 'int generated always as (1 + 1) stored'])
    const given = some(0.4) ? defaults[type] : undefined
    return `${type}${given ? ` default ${pick(given)}` : ''}${some(0.15) ? ' not null' : ''}${some(0.05) ? ' unique' : ''}`
  }

  function createTable(): string {
    const name = `t${Math.floor(next() * 1e6)}`
    const columns = Array.from(
      { length: 2 + Math.floor(next() * 4) },
      (_, i) => `c${i} ${pick(types)}${some(0.2) ? ' not null' : ''}`,
    )
    if (some(0.2)) return `create table ${name} (k int not null, ${columns.join(', ')}) partition by range (k)`
    if (tables.length > 0 && some(0.1)) return `create table ${name} (like ${pick(tables).name} including all)`
    if (plain.length > 0 && some(0.1)) return `create table ${name} () inherits (${pick(plain).name})`
    const target = tables.find((relation) =>
      relation.constraints.some((key) => key.kind === 'primary key' && key.columns.length === 1),
    )
    const key = some(0.7) ? 'id int primary key, ' : ''
    return `create table ${name} (${key}${columns.join(', ')}${target && some(0.4) ? `, ref int references ${target.name}` : ''})`
  }

  function partition(parent: Relation): string {
    const from = Math.floor(next() * 6) * 1_000
    return `create table p${Math.floor(next() * 1e6)} partition of ${parent.name} ${some(0.3) ? 'default' : `for values from (${from}) to (${from + 1_000})`}`
  }
}
