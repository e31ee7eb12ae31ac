import type { BenchTable } from './tables.ts'

/** One statement of the bench. Those that leave dead rows behind come last, and run once. */
export interface BenchStatement {
  family: string
  sql: string
  once?: true
  /** Refuses a transaction; what it does stays. */
  stays?: true
}

export function statementsFor({ name, shape, rows }: BenchTable): BenchStatement[] {
  const list = shape === 'wide' ? onWide(name) : shape === 'TOASTed' ? onToasted(name) : onNarrow(name, shape)
  // What takes a minute and more tells no more than its like on smaller tables.
  return rows < 5_000_000 ? list : list.filter(({ family }) => !tooLong.has(family))
}

const tooLong = new Set([
  'UPDATE of all rows',
  'REINDEX',
  'VACUUM FULL',
  'INSERT … SELECT',
  'hash index',
  'type change',
])

function onNarrow(t: string, shape: string): BenchStatement[] {
  const whole = shape === 'narrow' || shape === 'eight indexes'
  return [
    { family: 'SET NOT NULL', sql: `ALTER TABLE ${t} ALTER COLUMN amount SET NOT NULL` },
    { family: 'CHECK', sql: `ALTER TABLE ${t} ADD CHECK (amount >= 0)` },
    { family: 'foreign key', sql: `ALTER TABLE ${t} ADD FOREIGN KEY (customer_id) REFERENCES customers` },
    { family: 'index on numbers', sql: `CREATE INDEX ON ${t} (amount)` },
    { family: 'index on text', sql: `CREATE INDEX ON ${t} (code)` },
    { family: 'index on few values', sql: `CREATE INDEX ON ${t} (status)` },
    { family: 'index on two columns', sql: `CREATE INDEX ON ${t} (customer_id, created_at)` },
    { family: 'expression index', sql: `CREATE INDEX ON ${t} (lower(code))` },
    { family: 'partial index', sql: `CREATE INDEX ON ${t} (amount) WHERE status = 'open'` },
    { family: 'brin index', sql: `CREATE INDEX ON ${t} USING brin (created_at)` },
    { family: 'unique', sql: `ALTER TABLE ${t} ADD UNIQUE (id, code)` },
    { family: 'type change', sql: `ALTER TABLE ${t} ALTER COLUMN amount TYPE bigint` },
    { family: 'volatile default', sql: `ALTER TABLE ${t} ADD COLUMN token uuid DEFAULT gen_random_uuid()` },
    ...(whole
      ? [
          { family: 'hash index', sql: `CREATE INDEX ON ${t} USING hash (code)` },
          { family: 'REINDEX', sql: `REINDEX TABLE ${t}` },
          { family: 'VACUUM FULL', sql: `VACUUM FULL ${t}`, stays: true as const },
          { family: 'INSERT … SELECT', sql: insertFrom(t), once: true as const },
        ]
      : []),
    { family: 'UPDATE of a quarter', sql: `UPDATE ${t} SET amount = 0 WHERE status = 'void'`, once: true },
    { family: 'DELETE of a quarter', sql: `DELETE FROM ${t} WHERE status = 'open'`, once: true },
    { family: 'UPDATE of all rows', sql: `UPDATE ${t} SET amount = amount + 1`, once: true },
  ]
}

function insertFrom(t: string): string {
  const columns = 'customer_id, amount, status, code, created_at'
  return `INSERT INTO ${t} (id, ${columns}) SELECT -id, ${columns} FROM ${t}`
}

function onWide(t: string): BenchStatement[] {
  return [
    { family: 'SET NOT NULL', sql: `ALTER TABLE ${t} ALTER COLUMN time_9 SET NOT NULL` },
    { family: 'CHECK', sql: `ALTER TABLE ${t} ADD CHECK (int_5 >= 0)` },
    { family: 'index on numbers', sql: `CREATE INDEX ON ${t} (int_3)` },
    { family: 'index on text', sql: `CREATE INDEX ON ${t} (text_4)` },
    { family: 'gin index', sql: `CREATE INDEX ON ${t} USING gin (tags)` },
    { family: 'type change', sql: `ALTER TABLE ${t} ALTER COLUMN int_1 TYPE bigint` },
    { family: 'volatile default', sql: `ALTER TABLE ${t} ADD COLUMN token uuid DEFAULT gen_random_uuid()` },
    { family: 'VACUUM FULL', sql: `VACUUM FULL ${t}`, stays: true },
    { family: 'DELETE of a third', sql: `DELETE FROM ${t} WHERE int_3 > 1431655765`, once: true },
    { family: 'UPDATE of all rows', sql: `UPDATE ${t} SET int_1 = 0`, once: true },
  ]
}

function onToasted(t: string): BenchStatement[] {
  return [
    { family: 'SET NOT NULL', sql: `ALTER TABLE ${t} ALTER COLUMN kind SET NOT NULL` },
    { family: 'index on numbers', sql: `CREATE INDEX ON ${t} (kind)` },
    { family: 'type change', sql: `ALTER TABLE ${t} ALTER COLUMN kind TYPE bigint` },
    { family: 'volatile default', sql: `ALTER TABLE ${t} ADD COLUMN token uuid DEFAULT gen_random_uuid()` },
    { family: 'VACUUM FULL', sql: `VACUUM FULL ${t}`, stays: true },
    { family: 'UPDATE of all rows', sql: `UPDATE ${t} SET kind = 0`, once: true },
  ]
}
