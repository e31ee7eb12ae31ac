import { Catalog } from '../src/catalog/catalog.ts'
import { analyzeStatement } from '../src/effects/analyze.ts'
import { loadParser, parseSql } from '../src/sql/parse.ts'

/** Parsing and modelling of one file with so many statements, each for itself: seconds, and how they grow. */
export async function modelling(): Promise<void> {
  await loadParser()
  // Once before it counts, so that the small size does not pay for compilation.
  once(statements(2_000))
  for (const count of [1_000, 10_000, 100_000]) {
    const text = statements(count)
    const runs = Array.from({ length: count > 10_000 ? 1 : 3 }, () => once(text))
    const best = runs.reduce((a, b) => (a.parse + a.model < b.parse + b.model ? a : b))
    console.log(
      `${count} statements in one file: parsed in ${best.parse.toFixed(2)} s, modelled in ${best.model.toFixed(2)} s, ${(best.model / best.parse).toFixed(1)} times the parsing`,
    )
  }
}

function once(text: string): { parse: number; model: number } {
  const start = performance.now()
  const parsed = parseSql(text).statements
  const middle = performance.now()
  const catalog = new Catalog({ snapshot: null, knowledge: 'read', serverVersion: 170_000 })
  for (const { node } of parsed) {
    if (node && analyzeStatement(node, catalog, { timeZone: 'UTC' }).fails)
      throw new Error('the bench must run through')
  }
  return { parse: (middle - start) / 1_000, model: (performance.now() - middle) / 1_000 }
}

/** Tables with what a history does to them. */
function statements(count: number): string {
  const lines: string[] = []
  for (let i = 0; lines.length < count; i++) {
    lines.push(
      `CREATE TABLE t${i} (id bigint PRIMARY KEY, name text NOT NULL, parent_id bigint REFERENCES t${i} (id), at timestamptz DEFAULT now());`,
      `CREATE INDEX t${i}_name ON t${i} (name);`,
      `ALTER TABLE t${i} ADD COLUMN note varchar(50);`,
      `ALTER TABLE t${i} ADD CONSTRAINT t${i}_note CHECK (note <> '');`,
      `UPDATE t${i} SET note = 'x' WHERE note IS NULL;`,
      `ALTER TABLE t${i} ALTER COLUMN note SET NOT NULL;`,
      `ALTER TABLE t${i} ALTER COLUMN note TYPE text;`,
      `INSERT INTO t${i} (id, name, note) VALUES (1, 'a', 'b'), (2, 'c', 'd');`,
      `ALTER TABLE t${i} RENAME COLUMN name TO title;`,
      `DROP INDEX t${i}_name;`,
    )
  }
  return lines.slice(0, count).join('\n')
}
