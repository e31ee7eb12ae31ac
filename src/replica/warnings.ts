import type { SnapshotRelation } from '../catalog/snapshot.ts'
import type { CatalogReading } from './assemble-catalog.ts'

/** Warnings on how the catalog was read, one sentence each. */
export function warnings(read: CatalogReading, relations: SnapshotRelation[]): string[] {
  return [...ofVersion(read), ...ofRights(read), ...ofStandby(read), ...ofLocks(read, relations), ...ofStatistics(read)]
}

function ofVersion({ server: { version } }: CatalogReading): string[] {
  if (version >= 130_000) return []
  return [
    `The server is PostgreSQL ${Math.floor(version / 10_000)}. What Lockcast knows of locks was measured on 13 and newer.`,
  ]
}

function ofRights({ server, relations }: CatalogReading): string[] {
  if (server.powers.length > 0) {
    return [`The role that reads the catalog ${server.powers.join(' and ')}. It should only read: see docs/replica.md.`]
  }
  const writable = relations.filter((it) => it.writable).map(nameOf)
  if (writable.length === 0) return []
  return [`The role that reads the catalog may write to ${list(writable)}. It should only read: see docs/replica.md.`]
}

function ofStandby({ server: { lag, detached } }: CatalogReading): string[] {
  const known = lag !== null && lag >= 60
  if (detached) {
    const since = known ? `; its last change is ${age(lag)} old` : ''
    return [`The standby does not stream from a primary${since}. What was deployed since is missing here.`]
  }
  return known ? [`The standby is ${age(lag)} behind. What was deployed since is missing here.`] : []
}

function ofLocks({ structure, sizes }: CatalogReading, relations: SnapshotRelation[]): string[] {
  const locked = new Set(structure.locked)
  const texts = relations.filter(({ id }) => locked.has(id)).map(nameOf)
  const held = new Set(sizes?.flatMap((size) => (size.part === 'sequence' && size.locked ? [size.relation] : [])))
  const sequences = relations.filter(({ id }) => held.has(id)).map(nameOf)
  const stale = relations.filter(({ size, kind }) => !size.current && kind !== 'partitioned table').map(nameOf)
  return [
    ...(structure.blind
      ? ['A table was locked while definitions were read: checks and expressions of all tables are missing.']
      : []),
    ...(texts.length > 0
      ? [`Locked while the catalog was read, so checks and expressions are missing: ${list(texts)}.`]
      : []),
    ...(sequences.length > 0
      ? [`Locked while sequences were read, so how far they are is not known: ${list(sequences)}.`]
      : []),
    ...(sizes === null
      ? ['A table was locked while sizes were read: all sizes are those of the last ANALYZE.']
      : stale.length > 0
        ? [`Locked while sizes were read, so they are those of the last ANALYZE: ${list(stale)}.`]
        : []),
  ]
}

function ofStatistics({ server, relations }: CatalogReading): string[] {
  const hidden = server.statistics === 'stats' ? relations.filter((it) => it.hidden).map(nameOf) : []
  return [
    ...(hidden.length > 0 ? [`Column statistics unreadable for ${list(hidden)}: see docs/replica.md.`] : []),
    ...(server.values === 'missing'
      ? ['The policy turns value statistics on, and the view lockcast.value_sizes is not granted: see docs/replica.md.']
      : []),
  ]
}

function nameOf({ schema, name }: { schema: string; name: string }): string {
  return `${schema}.${name}`
}

function list(names: string[]): string {
  const shown = names.slice(0, 3).join(', ')
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown
}

function age(seconds: number): string {
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`
}
