import { numbers } from '../test/truth/random.ts'

/**
 * Histories as projects write them, from a seed: tables come and grow, and most of what is done later is small. The shares
 * of statements follow what was counted in 13,978 public migration files (53 % of plain CREATE INDEX and 63 % of foreign
 * keys are on tables of the same file; 42 % of the files hold one statement).
 */
export function generatedHistory(seed: number, files: number): { path: string; text: string }[] {
  const history = new History(numbers(seed))
  return Array.from({ length: files }, (_, i) => ({
    path: `db/migration/V${i + 1}__change.sql`,
    text: i < 3 ? history.newTable() : history.change(),
  }))
}

interface Table {
  name: string
  columns: string[]
}

class History {
  readonly #random: () => number
  readonly #tables: Table[] = []
  #names = 0

  constructor(random: () => number) {
    this.#random = random
  }

  /** One file. */
  change(): string {
    const count = this.#random() < 0.42 ? 1 : 2 + Math.floor(this.#random() * 2)
    const kinds = Array.from({ length: count }, () => this.#kind())
    // What must stand alone has a file of its own.
    const alone = kinds.find((kind) => kind === 'index concurrently')
    return (alone ? [alone] : kinds).map((kind) => this.#statement(kind)).join('\n')
  }

  newTable(): string {
    const name = this.#name('t')
    const other = this.#table()
    const refers = other && this.#random() < 0.6 ? `,\n  ${other.name}_id bigint REFERENCES ${other.name} (id)` : ''
    const columns = ['name', 'state', 'amount']
    this.#tables.push({ name, columns })
    const index = this.#random() < 0.7 ? `CREATE INDEX ${name}_name_idx ON ${name} (name);\n` : ''
    return `CREATE TABLE ${name} (\n  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n  name text NOT NULL,\n  state varchar(20),\n  amount integer,\n  created_at timestamptz NOT NULL DEFAULT now()${refers}\n);\n${index}`
  }

  #kind(): string {
    let at = this.#random() * total
    for (const [kind, weight] of weights) {
      at -= weight
      if (at < 0) return kind
    }
    return 'column'
  }

  #statement(kind: string): string {
    const table = this.#table()
    if (!table || kind === 'table') return this.newTable()
    const { name } = table
    const column = table.columns[Math.floor(this.#random() * table.columns.length)] ?? 'name'
    const added = this.#name('c')
    switch (kind) {
      case 'column':
        table.columns.push(added)
        return `ALTER TABLE ${name} ADD COLUMN ${added} text;`
      case 'column with default':
        table.columns.push(added)
        return `ALTER TABLE ${name} ADD COLUMN ${added} boolean NOT NULL DEFAULT false;`
      case 'index':
        return `CREATE INDEX ${this.#name('i')} ON ${name} (${column});`
      case 'index concurrently':
        return `CREATE INDEX CONCURRENTLY ${this.#name('i')} ON ${name} (${column});`
      case 'foreign key': {
        const other = this.#table() ?? table
        table.columns.push(added)
        return `ALTER TABLE ${name} ADD COLUMN ${added} bigint;\nALTER TABLE ${name} ADD CONSTRAINT ${added}_fkey FOREIGN KEY (${added}) REFERENCES ${other.name} (id);`
      }
      case 'drop column': {
        // Other files write the name.
        if (table.columns.length < 2 || column === 'name') return `COMMENT ON TABLE ${name} IS 'small';`
        table.columns.splice(table.columns.indexOf(column), 1)
        return `ALTER TABLE ${name} DROP COLUMN ${column};`
      }
      case 'longer':
        return `ALTER TABLE ${name} ALTER COLUMN created_at SET DEFAULT clock_timestamp();`
      case 'one row':
        return `UPDATE ${name} SET name = 'x' WHERE id = ${Math.floor(this.#random() * 1000)};`
      case 'backfill':
        return `UPDATE ${name} SET name = 'x' WHERE name = '';`
      case 'reference data':
        return `INSERT INTO ${name} (name) VALUES ('a'), ('b');`
      case 'view':
        return `CREATE VIEW ${this.#name('v')} AS SELECT id FROM ${name};`
      case 'function':
        return `CREATE FUNCTION ${this.#name('f')}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;`
      case 'drop table': {
        // What others refer to stays.
        const own = this.newTable()
        const made = this.#tables.pop()
        return `${own}DROP TABLE ${made?.name};`
      }
      default:
        return `COMMENT ON TABLE ${name} IS '${kind}';`
    }
  }

  #table(): Table | null {
    return this.#tables[Math.floor(this.#random() * this.#tables.length)] ?? null
  }

  #name(prefix: string): string {
    return `${prefix}${++this.#names}`
  }
}

const weights: [kind: string, weight: number][] = [
  ['table', 30],
  ['column', 18],
  ['column with default', 8],
  ['index', 6],
  ['index concurrently', 3],
  ['foreign key', 4],
  ['drop column', 3],
  ['longer', 3],
  ['one row', 2],
  ['backfill', 3],
  ['reference data', 7],
  ['view', 4],
  ['function', 4],
  ['comment', 4],
  ['drop table', 1],
]

const total = weights.reduce((sum, [, weight]) => sum + weight, 0)
