import type { CatalogSnapshot } from '../../src/catalog/snapshot.ts'
import { defaultPolicy, type Policy, parsePolicy } from '../../src/policy/policy.ts'
import { type Facts, nothingGathered } from '../../src/review/facts.ts'
import { publicCatalog } from '../../src/review/public-catalog.ts'
import type { Finding, Review } from '../../src/review/result.ts'
import { review } from '../../src/review/review.ts'
import { readMigrations } from '../../src/runners/read-migrations.ts'
import type { Migration } from '../../src/runners/runner.ts'
import { loadParser } from '../../src/sql/parse.ts'
import { readShop } from './shop.ts'

await loadParser()

export interface ReviewSqlOptions {
  /** Default: the shop. Null: none was given. */
  snapshot?: CatalogSnapshot | null
  /** Each statement on its own instead of one transaction a file. */
  autocommit?: boolean
  /** YAML of the policy file. */
  policy?: string
  disclosure?: Facts['disclosure']
  facts?: Partial<Facts>
  runner?: string
}

const shop = readShop()

/** Reviews plain SQL, one file or several by name, against the shop. */
export function reviewSql(sql: string | Record<string, string>, options: ReviewSqlOptions = {}): Review {
  const policy = policyOf(options)
  const snapshot = options.snapshot === undefined ? shop : options.snapshot
  const migrations = migrationsOf(sql, options)
  const facts: Facts = {
    ...nothingGathered,
    catalog: snapshot === null ? { kind: 'none' } : { kind: 'snapshot', snapshot },
    disclosure: options.disclosure ?? 'exact',
    ...options.facts,
  }
  if (facts.disclosure === 'exact') return review(migrations, facts, policy)
  // Here the names of the reviewed files are public too, so that something is found to speak about.
  const published = [...facts.base, ...migrations]
  return review(migrations, { ...facts, catalog: publicCatalog(facts.catalog, published, policy) }, policy)
}

export function migrationsOf(sql: string | Record<string, string>, options: ReviewSqlOptions = {}): Migration[] {
  const files = typeof sql === 'string' ? { '1.sql': sql } : sql
  const sources = Object.entries(files).map(([path, text]) => ({ path, text, problem: null }))
  return readMigrations(sources, { paths: new Set(Object.keys(files)), text: () => null }, policyOf(options))
}

function policyOf({ policy: yaml, autocommit, runner }: ReviewSqlOptions): Policy {
  const { policy, problems } =
    yaml === undefined ? { policy: defaultPolicy, problems: [] } : parsePolicy(yaml, 'policy')
  if (!policy) throw new Error(problems.map(({ message }) => message).join('; '))
  return {
    ...policy,
    runner: runner ?? 'plain',
    migrations: autocommit ? [{ paths: '**/*.sql', transaction: 'none' as const }] : policy.migrations,
  }
}

/** `hazard severity`, sorted: what a test compares. */
export function told(reviewed: Review): string[] {
  return reviewed.findings.map(({ hazard, severity }) => `${hazard} ${severity}`).sort()
}

export function only(reviewed: Review, hazard: string): Finding {
  const found = reviewed.findings.filter((finding) => finding.hazard === hazard)
  const [first] = found
  if (!first || found.length > 1) throw new Error(`${found.length} findings of ${hazard}, of ${told(reviewed)}`)
  return first
}

/** The shop with some relations changed. */
export function shopWith(
  change: (relation: CatalogSnapshot['relations'][number]) => Partial<CatalogSnapshot['relations'][number]>,
): CatalogSnapshot {
  return { ...shop, relations: shop.relations.map((relation) => ({ ...relation, ...change(relation) })) }
}
