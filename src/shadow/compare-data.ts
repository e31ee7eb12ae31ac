import type pg from 'pg'
import type { InSession } from './follow-plan.ts'

interface Column {
  name: string
  /** Filled from a sequence: the order of the rows decides. */
  counted: boolean
}

/**
 * Compares tables whose rows differ column by column: where the statement itself fills a column otherwise each time, as by
 * `random()`, only how many nulls and different values there are; where a sequence fills it, the values without their rows.
 *
 * @param sessions of the original, of the original run once more, and of the plan
 */
export async function compareData(tables: string[], sessions: InSession[]): Promise<string[]> {
  const wrong: string[] = []
  for (const table of tables) {
    const seen: Seen[] = []
    for (const session of sessions)
      seen.push(
        await session(async (client) => {
          // Functions that were made by what ran are not taken for the server's own.
          await client.query('SET search_path = pg_catalog')
          return seenIn(client, table)
        }),
      )
    const [original, again, planned] = seen
    if (!original || !again || !planned) continue
    for (const [name, first] of original.columns) {
      const [second, third] = [again.columns.get(name), planned.columns.get(name)]
      const isChance = second?.digest !== first.digest
      const same = isChance ? third?.shape === first.shape : third?.digest === first.digest
      if (!same) wrong.push(`data of ${table}.${name} differ`)
    }
    if (original.rows === again.rows && planned.rows !== original.rows && wrong.length === 0)
      wrong.push(`rows of ${table} differ`)
  }
  return wrong
}

interface Seen {
  columns: Map<string, { digest: string; shape: string }>
  /** Of whole rows, without columns that a sequence fills. */
  rows: string
}

async function seenIn(client: pg.Client, table: string): Promise<Seen> {
  const { rows: columns } = await client.query<Column>(
    `SELECT quote_ident(a.attname) AS name,
       a.attidentity <> '' OR coalesce(pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%', false) AS counted
     FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attname`,
    [table],
  )
  const found: Seen = { columns: new Map(), rows: '' }
  for (const { name } of columns) {
    const { rows } = await client.query<{ digest: string; shape: string }>(
      `SELECT ${digest(`coalesce(${name}::text, '∅')`)} AS digest,
         format('%s of %s, %s different', count(${name}), count(*), count(DISTINCT ${name}::text)) AS shape FROM ONLY ${table}`,
    )
    const [row] = rows
    if (row) found.columns.set(name, row)
  }
  const own = columns.filter(({ counted }) => !counted).map(({ name }) => `coalesce(${name}::text, '∅')`)
  if (own.length === 0) return found
  const { rows } = await client.query<{ digest: string }>(
    `SELECT ${digest(`concat_ws('|', ${own.join(', ')})`)} AS digest FROM ONLY ${table}`,
  )
  found.rows = rows[0]?.digest ?? ''
  return found
}

function digest(text: string): string {
  return `coalesce(sum(hashtextextended(${text}, 0)::numeric), 0)::text`
}
