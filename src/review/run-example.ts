import { Catalog } from '../catalog/catalog.ts'
import { relationName, unknownSize } from '../catalog/relation.ts'
import type { CatalogSnapshot, SnapshotRelation } from '../catalog/snapshot.ts'
import { snapshotOf } from '../catalog/snapshot-of.ts'
import { analyzeStatement } from '../effects/analyze.ts'
import type { ActivityRead, SeenTransaction } from '../forecast/activity.ts'
import { type Example, type Figures, small } from '../hazards/example.ts'
import { defaultPolicy, type Policy, parsePolicy } from '../policy/policy.ts'
import { chooseMigrations } from '../runners/choosing/choose.ts'
import { readMigrations } from '../runners/read-migrations.ts'
import type { Migration } from '../runners/runner.ts'
import { parseSql } from '../sql/parse.ts'
import { codeFacts } from '../uses/code-uses.ts'
import { finder } from '../uses/search.ts'
import { codeNames } from './code-names.ts'
import { type Facts, nothingGathered } from './facts.ts'
import type { Review } from './result.ts'
import { review } from './review.ts'

/** The server that the examples are reviewed for and run on: PostgreSQL 17. */
const exampleVersion = 170_000

/** Reviews an example as its database would have it; `facts` replaces the known facts. The parser must be loaded. */
export function reviewExample(example: Example, facts: Partial<Facts> = {}): Review {
  return review(exampleMigrations(example), { ...exampleFacts(example), ...facts }, policyOf(example))
}

export function exampleFacts(example: Example): Facts {
  const snapshot = withFigures(catalogBefore(example), example)
  return {
    ...nothingGathered,
    catalog: { kind: 'replica', snapshot },
    activity: activityOf(example, snapshot),
    code: codeOf(example),
    history: historyOf(example),
  }
}

/** The example's migration as its runner would run it. */
export function exampleMigrations(example: Example): Migration[] {
  const files = typeof example.migration === 'string' ? { [pathOf(example)]: example.migration } : example.migration
  const sources = Object.entries(files).map(([path, text]) => ({ path, text, problem: null }))
  const [project, policy] = [{ paths: new Set(Object.keys(files)), text: () => null }, policyOf(example)]
  return readMigrations(chooseMigrations(sources, project, policy).files, project, policy)
}

/** Gives the tables of a catalog the sizes and statistics that the example declares. */
export function withFigures(snapshot: CatalogSnapshot, example: Example): CatalogSnapshot {
  const relations = snapshot.relations.map((relation) => figured(relation, example))
  return {
    ...snapshot,
    standby: true,
    countsSince: long,
    relations: relations.map((relation) => summed(relation, relations)),
  }
}

/** Before this, nothing was counted. */
const long = '2020-01-01T00:00:00.000Z'
const takenAt = '2026-01-01T00:00:00.000Z'

const nothingKnown = { characters: null, digits: null, decimals: null, integer: null, not: [] }

function activityOf({ traffic = {}, unread = {} }: Example, { relations }: CatalogSnapshot): ActivityRead | null {
  if (Object.keys({ ...traffic, ...unread }).length === 0) return null
  const seen = Object.entries(traffic).map(([name, one]) => ({ relation: `public.${name}`, ...one }))
  return {
    kind: 'read',
    takenAt,
    serverVersion: exampleVersion,
    countsSince: long,
    indexes: relations.flatMap((relation) =>
      relation.indexes.flatMap(({ name }) =>
        unread[name] === undefined
          ? []
          : [{ relation: relationName(relation), name, scans: 1, lastScan: daysBefore(takenAt, unread[name]) }],
      ),
    ),
    standbys: 1,
    relations: seen.map(({ relation, reads, writes, inserts = 0 }) => ({
      relation,
      readsPerSecond: reads,
      writesPerSecond: writes,
      insertsPerSecond: inserts,
      seconds: 60,
    })),
    transactions: seen.flatMap(({ relation, longest }, i): SeenTransaction[] =>
      longest === undefined ? [] : [reader(relation, longest, i)],
    ),
    replicas: [],
    warnings: [],
  }
}

function reader(relation: string, ageSeconds: number, pid: number): SeenTransaction {
  return {
    kind: 'client',
    pid,
    gid: null,
    role: 'report',
    application: 'report',
    state: 'active',
    ageSeconds,
    running: true,
    wraparound: false,
    snapshot: true,
    locks: [{ relation, lock: 'AccessShareLock', granted: true, waitedSeconds: null }],
    blockedBy: [],
  }
}

function catalogBefore({ before }: Example): CatalogSnapshot {
  const catalog = new Catalog({ snapshot: null, knowledge: 'read', serverVersion: exampleVersion })
  for (const { node, sql, error } of parseSql(before).statements) {
    const { fails, unknown } = node
      ? analyzeStatement(node, catalog, { timeZone: 'UTC' })
      : { fails: error, unknown: null }
    const problem = fails?.message ?? unknown?.reason
    if (problem) throw new Error(`${problem}: ${sql}`)
  }
  return snapshotOf(catalog)
}

function codeOf(example: Example): Facts['code'] {
  if (!example.code) return null
  const files = Object.entries(example.code)
  const { find } = finder(codeNames(exampleMigrations(example)))
  const uses = files.flatMap(([path, text]) => find(path, text))
  return codeFacts({
    where: 'the working tree',
    uses,
    removed: [],
    searched: files.length,
    leftOut: {},
    unsearched: {},
  })
}

function historyOf(example: Example): Facts['history'] {
  const { base, removes = [], migration } = example
  if (!base) return null
  const read = (path: string, text: string): Migration[] =>
    readMigrations([{ path, text, problem: null }], { paths: new Set([path]), text: () => null }, policyOf(example))
  const now = typeof migration === 'string' ? {} : migration
  const changed = Object.entries(base).flatMap(([path, text]) => {
    const how = removes.includes(path) ? 'removed' : path in now ? 'edited' : null
    return how ? [{ path, how, to: null, before: read(path, text) } as const] : []
  })
  const migrations = Object.entries(base).flatMap(([path, text]) => read(path, text))
  return { changed, merged: Object.keys(base), project: null, migrations }
}

export function policyOf({ policy: yaml, runner = 'plain', transaction = 'file' }: Example): Policy {
  const { policy, problems } = yaml ? parsePolicy(yaml, 'example') : { policy: defaultPolicy, problems: [] }
  if (!policy) throw new Error(problems.map(({ message }) => message).join('; '))
  if (runner === 'detected') return policy
  return { ...policy, runner, migrations: [{ paths: '**', runner, transaction }] }
}

function pathOf({ runner }: Example): string {
  return runner === 'flyway' ? 'V1__change.sql' : '1.sql'
}

function figured(relation: SnapshotRelation, example: Example): SnapshotRelation {
  const { tables = {}, invalid = [], sequences = {}, unread = {} } = example
  const { sequence } = relation
  if (sequence) return { ...relation, sequence: { ...sequence, last: sequences[relation.name] ?? null } }
  const { rows, bytes, columns = {} }: Figures = tables[relation.name] ?? small
  if (relation.kind !== 'table' && relation.kind !== 'materialized view') return relation
  const indexBytes = rows === null ? null : rows * 24
  return {
    ...relation,
    columns: relation.columns.map((column) => {
      const { nulls = 0, distinct = -1, width = 8, known } = columns?.[column.name] ?? {}
      const statistics =
        columns === null
          ? null
          : {
              nullFraction: nulls,
              distinct,
              averageWidth: width,
              ...(known ? { known: { ...nothingKnown, ...known } } : {}),
            }
      return { ...column, statistics }
    }),
    indexes: relation.indexes.map((index) => ({
      ...index,
      bytes: indexBytes,
      valid: !invalid.includes(index.name),
      reads: index.name in unread ? { scans: 0, last: null } : null,
    })),
    size: {
      ...unknownSize,
      rows,
      rowsFrom: rows === null ? null : 'statistics',
      heapBytes: bytes,
      toastBytes: rows === null ? null : 0,
      indexBytes: indexBytes === null ? null : indexBytes * relation.indexes.length,
    },
  }
}

/** A partitioned table has the rows of its partitions. */
function summed(relation: SnapshotRelation, all: SnapshotRelation[]): SnapshotRelation {
  if (relation.kind !== 'partitioned table') return relation
  const parts = all.filter(({ partitionOf }) => partitionOf?.relation === relation.id)
  const total = (key: 'rows' | 'heapBytes' | 'indexBytes'): number | null =>
    parts.reduce<number | null>((sum, { size }) => (sum === null || size[key] === null ? null : sum + size[key]), 0)
  const size = { ...relation.size, rows: total('rows'), heapBytes: total('heapBytes'), indexBytes: total('indexBytes') }
  return { ...relation, size }
}

function daysBefore(time: string, days: number): string {
  return new Date(Date.parse(time) - days * 86_400_000).toISOString()
}
