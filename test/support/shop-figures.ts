import type { CatalogSnapshot, SnapshotRelation } from '../../src/catalog/snapshot.ts'

/** What production's shop looks like: rows, sizes and column statistics by table, over what a small real server says. */

const [MB, GB] = [1024 ** 2, 1024 ** 3]

interface Figures {
  rows: number
  heapBytes: number
  toastBytes?: number
  /** By index name. */
  indexes?: Record<string, number>
  /** By column: share of nulls, n_distinct, average width; else no nulls, many values, eight bytes. */
  columns?: Record<string, [nullFraction: number, distinct: number, averageWidth: number]>
  neverAnalysed?: true
}

const figures: Record<string, Figures> = {
  countries: {
    rows: 120,
    heapBytes: 8192,
    toastBytes: 8192,
    indexes: { countries_pkey: 16_384 },
    columns: { code: [0, -1, 3], name: [0, -1, 10], dial_code: [0.05, -0.9, 4] },
  },
  customers: {
    rows: 12_000_000,
    heapBytes: 1.8 * GB,
    indexes: { customers_pkey: 257 * MB, customers_country_code_idx: 80 * MB },
    columns: {
      email: [0, -1, 24],
      phone: [0.4, -0.55, 14],
      full_name: [0, -0.6, 15],
      country_code: [0.01, 118, 3],
      referred_by: [0.9, -0.05, 8],
    },
  },
  orders: {
    rows: 80_000_000,
    heapBytes: 41 * GB,
    toastBytes: 512 * MB,
    indexes: {
      orders_pkey: 1.7 * GB,
      orders_customer_id_idx: 1.7 * GB,
      orders_placed_at_idx: 1.7 * GB,
      orders_reference_key: 2.4 * GB,
    },
    columns: {
      id: [0, -1, 8],
      customer_id: [0, 11_500_000, 8],
      state: [0, 4, 4],
      status: [0.33, 9, 8],
      currency: [0, 31, 4],
      channel: [0.02, 6, 6],
      region: [0.3, 240, 9],
      reference: [0, -0.4, 12],
      shipping_code: [0.1, -0.9, 22],
      total: [0, 90_000, 6],
      shipped_at: [0.2, -0.6, 8],
    },
  },
  line_items: {
    rows: 1_530_000_000,
    heapBytes: 98 * GB,
    indexes: { line_items_pkey: 33 * GB, line_items_order_id_idx: 33 * GB },
    columns: { id: [0, -1, 4], order_id: [0, 79_000_000, 8], sku: [0, 40_000, 11], quantity: [0, 60, 4] },
  },
  shipments: {
    rows: 45_000_000,
    heapBytes: 3 * GB,
    indexes: { shipments_pkey: 964 * MB, shipments_order_id_idx: 964 * MB },
    columns: { order_id: [0, -0.97, 8], tracking: [0.08, -0.92, 18], weight_grams: [0.5, 9_000, 4] },
  },
  order_disputes: {
    rows: 340,
    heapBytes: 40_960,
    indexes: { order_disputes_pkey: 16_384 },
    columns: { reason: [0, 12, 20] },
  },
  campaigns: {
    rows: 60,
    heapBytes: 8192,
    indexes: { campaigns_pkey: 16_384 },
    columns: { title: [0, -1, 24], ended_at: [0.2, -0.7, 4] },
  },
  campaign_clicks: {
    rows: 20_000_000,
    heapBytes: 996 * MB,
    indexes: { campaign_clicks_pkey: 428 * MB, campaign_clicks_campaign_id_idx: 140 * MB },
    columns: { campaign_id: [0, 60, 4] },
  },
  events_2026_04: { rows: 31_000_000, heapBytes: 2.2 * GB, columns: { kind: [0, 40, 9] } },
  events_2026_05: { rows: 29_000_000, heapBytes: 2.1 * GB, columns: { kind: [0, 40, 9] } },
  events_default: { rows: 5_000_000, heapBytes: 360 * MB, columns: { kind: [0, 40, 9] } },
  // What 12 GB hold by the widths of the columns' types, as the planner would guess.
  audit_log: { rows: 13_900_000, heapBytes: 12 * GB, neverAnalysed: true },
  legacy_exports: {
    rows: 2_400,
    heapBytes: 204_800,
    indexes: { legacy_exports_pkey: 73_728 },
    columns: { path: [0, -1, 60] },
  },
  customer_totals: { rows: 11_500_000, heapBytes: 486 * MB, indexes: { customer_totals_customer_id_idx: 246 * MB } },
}

/** The snapshot as production would have given it. Also for one of a few relations only. */
export function withFigures(snapshot: CatalogSnapshot): CatalogSnapshot {
  const relations = snapshot.relations.map(figured)
  for (const relation of relations) {
    if (relation.kind === 'partitioned table') relation.size = sumOf(relation, relations)
  }
  return {
    ...snapshot,
    takenAt: '2026-06-01T06:00:00.000Z',
    serverVersion: 160_004,
    standby: true,
    settings: { ...snapshot.settings, synchronous_commit: 'on' },
    relations,
  }
}

function figured(relation: SnapshotRelation): SnapshotRelation {
  // The shop's role may not read its sequences.
  if (relation.sequence) return { ...relation, sequence: { ...relation.sequence, last: null } }
  if (relation.kind !== 'table' && relation.kind !== 'materialized view') return { ...relation }
  const known = figures[relation.name]
  if (!known) throw new Error(`shop-figures.ts says nothing of ${relation.name}`)
  const indexBytes = relation.indexes.reduce((sum, { name }) => sum + indexSize(known, name), 0)
  return {
    ...relation,
    columns: relation.columns.map((column) => {
      const [nullFraction, distinct, averageWidth] = known.columns?.[column.name] ?? [0, -1, 8]
      return { ...column, statistics: known.neverAnalysed ? null : { nullFraction, distinct, averageWidth } }
    }),
    indexes: relation.indexes.map((index) => ({ ...index, bytes: indexSize(known, index.name) })),
    size: {
      rows: known.rows,
      rowsFrom: known.neverAnalysed ? 'bytes' : 'statistics',
      heapBytes: Math.round(known.heapBytes),
      toastBytes: known.toastBytes ?? 0,
      indexBytes,
      current: true,
      deadShare: null,
    },
  }
}

function indexSize(known: Figures, name: string): number {
  const bytes = known.indexes?.[name]
  if (bytes === undefined) throw new Error(`shop-figures.ts says nothing of ${name}`)
  return Math.round(bytes)
}

function sumOf(parent: SnapshotRelation, all: SnapshotRelation[]): SnapshotRelation['size'] {
  const parts = all.filter(({ partitionOf }) => partitionOf?.relation === parent.id)
  const total = (pick: (size: SnapshotRelation['size']) => number | null) =>
    parts.reduce((sum, { size }) => sum + (pick(size) ?? 0), 0)
  return {
    rows: total((size) => size.rows),
    rowsFrom: 'statistics',
    heapBytes: total((size) => size.heapBytes),
    toastBytes: total((size) => size.toastBytes),
    indexBytes: total((size) => size.indexBytes),
    current: true,
    deadShare: null,
  }
}
