import { bytesText } from '../../forecast/numbers.ts'
import { readDefaults, readWholeCatalog } from '../../replica/read-replica.ts'
import { type Shop, withClient } from './shop.ts'

/** A table's size as each asks for it. */
interface TableNumbers {
  table: string
  counted: number
  /** The rows that Lockcast reads on the standby. */
  lockcast: number | null
  heap: string
  liveOnPrimary: number
  liveOnStandby: number
}

export interface ShopNumbers {
  tables: TableNumbers[]
  /** Share of nulls in orders.coupon_code, 0 to 1; null when the role may not read it. */
  nulls: number | null
  /** Lockcast's warnings about its own reading; empty when all is well. */
  warnings: string[]
}

const names = ['countries', 'customers', 'orders', 'events']

/** Counts the rows on the primary, and reads the sizes on the standby as Lockcast does, as its own role. */
export async function readNumbers(shop: Shop): Promise<ShopNumbers> {
  const facts = await readWholeCatalog(shop.lockcastUrl, readDefaults)
  if (facts.kind !== 'replica') {
    throw new Error(facts.kind === 'unreachable' ? facts.reason : 'the standby gave no catalog')
  }
  const { relations, warnings } = facts.snapshot
  const counted = await withClient(shop.primaryUrl, async (client) => {
    const { rows } = await client.query<Record<string, string>>(
      `SELECT ${names.map((name) => `(SELECT count(*) FROM ${name}) AS ${name}`).join(', ')}`,
    )
    return rows[0] ?? {}
  })
  const [onPrimary, onStandby] = [await liveTuples(shop.primaryUrl), await liveTuples(shop.standbyUrl)]
  const find = (name: string) => relations.find((relation) => relation.schema === 'public' && relation.name === name)
  return {
    tables: names.map((name) => ({
      table: name,
      counted: Number(counted[name]),
      lockcast: find(name)?.size?.rows ?? null,
      heap: bytesText(find(name)?.size?.heapBytes ?? 0),
      liveOnPrimary: onPrimary(name),
      liveOnStandby: onStandby(name),
    })),
    nulls: find('orders')?.columns.find(({ name }) => name === 'coupon_code')?.statistics?.nullFraction ?? null,
    warnings,
  }
}

/** `n_live_tup`, which most tools read; of a partitioned table the sum of its partitions. */
async function liveTuples(url: string): Promise<(table: string) => number> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ name: string; live: string }>(`
      SELECT coalesce(i.inhparent::regclass::text, s.relname::text) AS name, sum(s.n_live_tup) AS live
      FROM pg_stat_user_tables s LEFT JOIN pg_inherits i ON i.inhrelid = s.relid GROUP BY 1`)
    return (table) => Number(rows.find((row) => row.name === table)?.live ?? 0)
  })
}
