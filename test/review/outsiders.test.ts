import { describe, expect, test } from 'vitest'
import type { CatalogSnapshot } from '../../src/catalog/snapshot.ts'
import { bytesText, rangeText, rowsText } from '../../src/forecast/numbers.ts'
import { annotations } from '../../src/report/annotations.ts'
import { checkSummary, checkText, inlineComment, summaryComment } from '../../src/report/github-texts.ts'
import { json } from '../../src/report/json.ts'
import { sarif } from '../../src/report/sarif.ts'
import { text } from '../../src/report/text.ts'
import type { Review } from '../../src/review/result.ts'
import { reportOf } from '../report/made.ts'
import { only, type ReviewSqlOptions, reviewSql, shopWith } from '../support/review.ts'
import { readScenarios } from '../support/scenarios.ts'
import { readShop } from '../support/shop.ts'

/** Everything that readers of a public repository get to see, in every form. */
function everything(review: Review): string {
  const disclosure = 'buckets' as const
  const report = { ...reportOf(review), disclosure }
  return [
    json({ ...review, files: review.files.map((file) => ({ ...file, statements: file.statements.map(withoutSql) })) }),
    sarif(review),
    annotations(review),
    text(review, { colour: false, width: 100, detail: true }),
    checkSummary(report),
    checkText(report, ''),
    summaryComment(report, { hidden: '', fixed: [], details: null }),
    inlineComment(review.findings, review, disclosure, '', ''),
  ].join('\n')
}

const withoutSql = <T extends object>(statement: T) => ({ ...statement, sql: '' })

/** The shop in which everything that no file names is called something that cannot be anything else. */
function disguised(snapshot: CatalogSnapshot, files: string[]): CatalogSnapshot {
  const said = new Set(
    files.flatMap((sql) => [...sql.matchAll(/[\p{L}_][\p{L}\p{N}_]*/gu)].map(([word]) => word.toLowerCase())),
  )
  const names = new Map<string, string>()
  const other = (name: string): string => {
    if (said.has(name) || name === 'public' || name === '') return name
    const known = names.get(name) ?? `zq${names.size}zq`
    names.set(name, known)
    return known
  }
  const named = <T extends { name: string }>(item: T): T => ({ ...item, name: other(item.name) })
  const relations = snapshot.relations.map((relation) => ({
    ...named(relation),
    columns: relation.columns.map(named),
    constraints: relation.constraints.map((constraint) => ({
      ...named(constraint),
      columns: constraint.columns.map(other),
      index: constraint.index === null ? null : other(constraint.index),
      references: constraint.references && {
        ...constraint.references,
        columns: constraint.references.columns.map(other),
      },
    })),
    indexes: relation.indexes.map((index) => ({
      ...named(index),
      keys: index.keys.map((key) => key && other(key)),
      include: index.include.map(other),
      uses: index.uses.map(other),
    })),
    triggers: relation.triggers.map(named),
    policies: relation.policies.map((policy) => ({ ...named(policy), uses: policy.uses.map(other) })),
    rules: relation.rules.map(named),
    reads: relation.reads.map((read) => ({ ...read, columns: read.columns.map(other) })),
    ownedBy: relation.ownedBy && { ...relation.ownedBy, column: other(relation.ownedBy.column) },
  }))
  return {
    ...snapshot,
    relations,
    types: snapshot.types.map((type) => ({ ...named(type), labels: type.labels.map(other) })),
    functions: snapshot.functions.map(named),
    publications: snapshot.publications.map(named),
    roleSettings: snapshot.roleSettings.map((setting) => ({ ...setting, role: setting.role && other(setting.role) })),
    warnings: ['zq: something could not be read'],
  }
}

/** What the migrations below reach on their own: cascades, partitions, indexes, constraints, views, keys. */
const reaching: Record<string, string> = {
  'foreign key': 'ALTER TABLE shipments ADD FOREIGN KEY (order_id) REFERENCES orders (id);',
  'drop cascade': 'DROP TABLE orders CASCADE;',
  drop: 'DROP TABLE customers;',
  truncate: 'TRUNCATE orders CASCADE;',
  partitions: 'CREATE INDEX ON events (payload);',
  'not null': 'ALTER TABLE orders ALTER COLUMN coupon_code SET NOT NULL;',
  'type change': 'ALTER TABLE orders ALTER COLUMN total TYPE numeric;',
  'drop column': 'ALTER TABLE orders DROP COLUMN status;',
  'drop column cascade': 'ALTER TABLE orders DROP COLUMN id CASCADE;',
  reindex: 'REINDEX TABLE orders;',
  unique: 'ALTER TABLE orders ADD UNIQUE (reference);',
  delete: 'DELETE FROM customers WHERE id < 10;',
  update: "UPDATE orders SET status = 'x';",
  rename: 'ALTER TABLE orders RENAME TO bestellungen;',
  'a name that is taken': 'CREATE TABLE orders (id int);',
  'a name that is missing': 'ALTER TABLE orders DROP CONSTRAINT gone;',
  lock: 'LOCK TABLE orders;',
}

describe('on a public repository nothing is told that only the database knows', () => {
  const scenarios = readScenarios().filter((scenario) => scenario.catalog === 'shop')
  const cases: [string, Record<string, string>, ReviewSqlOptions][] = [
    ...Object.entries(reaching).map(([name, sql]): [string, Record<string, string>, ReviewSqlOptions] => [
      name,
      { '1.sql': sql },
      {},
    ]),
    ...scenarios.map((scenario): [string, Record<string, string>, ReviewSqlOptions] => [
      scenario.name,
      Object.fromEntries(Object.entries(scenario.files).filter(([path]) => path.endsWith('.sql'))),
      {},
    ]),
  ]

  test.each(cases)('%s', (_, files, options) => {
    const snapshot = disguised(readShop(), Object.values(files))
    const reviewed = reviewSql(files, { ...options, snapshot, disclosure: 'buckets' })
    const told = everything(reviewed)
    expect(told.match(/.{0,60}zq\d*zq.{0,20}/g) ?? []).toEqual([])
    expect(exactNumbers(reviewSql(files, { ...options, snapshot })).filter((number) => told.includes(number))).toEqual(
      [],
    )
  })
})

/** Rows, bytes and times as an exact review tells them, when they are not round by themselves. */
function exactNumbers(review: Review): string[] {
  const forecasts = review.files
    .flatMap(({ statements }) => statements)
    .flatMap(({ effects }) => effects.flatMap(({ forecast }) => forecast ?? []))
  return (
    forecasts
      .flatMap(({ rows, bytes, lowMs, highMs }) => [
        ...(rows !== null && rows >= 10_000 && !/^10*$/.test(String(rows)) ? [String(rows), rowsText(rows)] : []),
        ...(bytes !== null && bytes >= 1024 ** 2 ? [String(bytes), bytesText(bytes)] : []),
        ...(highMs >= 1_000 ? [rangeText(lowMs, highMs), String(highMs)] : []),
      ])
      // `over 1 M rows` of exactly so many is what a bucket says.
      .filter((number) => !/^1(0|00)?( [kMGT])? rows$|^(1|10|100) [kMGT]?B$/.test(number))
  )
}

test('with no numbers at all there is no forecast', () => {
  const reviewed = reviewSql('CREATE INDEX ON orders (total);', { disclosure: 'none' })
  expect(reviewed.files[0]?.statements[0]?.forecast).toBeNull()
})

test('a name of the base branch’s files may be told: readers have them', () => {
  const reviewed = reviewSql('ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers;', {
    disclosure: 'buckets',
  })
  expect(JSON.stringify(reviewed.findings)).toContain('customers')
})

test('a trigger of the database that leads to another table is not named', () => {
  const audit = 'CREATE TRIGGER audit AFTER INSERT ON public.orders FOR EACH ROW EXECUTE FUNCTION archive()'
  const snapshot = shopWith(({ name }) =>
    name === 'orders' ? { triggers: [{ name: 'audit', enabled: true, definition: audit }] } : {},
  )
  const archive =
    'CREATE OR REPLACE FUNCTION archive() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN LOCK TABLE customers; RETURN NEW; END $$;'
  const sql = `${archive}\nINSERT INTO orders DEFAULT VALUES;`
  const why = (disclosure: 'exact' | 'buckets') =>
    only(reviewSql(sql, { snapshot, disclosure }), 'lock-on-other-table').why
  expect(why('exact')).toContain('trigger `audit` of `orders` calls `archive()`')
  expect(why('buckets')).not.toContain('audit')
})

test('a plan does not carry over what only the database says', () => {
  const grants = [{ privilege: 'SELECT', grantee: 'zq_reader', grantable: false }]
  const snapshot = shopWith((relation) => {
    const columns = relation.columns.map(({ name }) => {
      return { name, comment: 'zq remark', grants, target: null, options: [], collation: null, local: true }
    })
    const none = { constraints: [], indexes: [], triggers: [], policies: [], statistics: [], dependents: [] }
    const alone = {
      owner: 'zq_owner',
      rowSecurityForced: false,
      comment: null,
      options: [],
      grants: [],
      view: null,
      sequence: null,
    }
    return relation.name === 'audit_log' ? { definition: { ...alone, ...none, columns } } : {}
  })
  const sql = 'ALTER TABLE audit_log ALTER COLUMN action TYPE varchar(20);'
  expect(json(reviewSql(sql, { snapshot }))).toContain('zq_reader')
  expect(json(reviewSql(sql, { snapshot, disclosure: 'buckets' }))).not.toContain('zq')
})
