import type { Relation } from '../../catalog/catalog.ts'
import { columnOf } from '../../catalog/catalog.ts'
import type { Effect, Mark } from '../../effects/judging.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { alternative, indexSql, notNullByCheck, outside, outsideHow, own, same } from '../alternatives.ts'
import { blockingHazard, lockOf } from '../blocked.ts'
import { big } from '../example.ts'
import type { Alternative, Scene, Step } from '../scene.ts'

const before = `CREATE TABLE customers (id bigint NOT NULL, email text NOT NULL);
INSERT INTO customers SELECT n, n || '@example.com' FROM generate_series(1, 100) n;`

export const hazard = blockingHazard({
  id: 'blocking-unique',
  group: 'blocking',
  title: 'A key builds its index under ACCESS EXCLUSIVE',
  page: {
    what: 'ADD UNIQUE, PRIMARY KEY and EXCLUDE build their index under ACCESS EXCLUSIVE; PRIMARY KEY USING INDEX over nullable columns reads all rows for nulls.',
    why: 'Neither reads nor writes go on until the index is built.',
    instead: 'Build a unique index CONCURRENTLY first, then add the constraint USING INDEX, which takes a moment.',
    harmless: 'On a small or new table.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source:
    'ATExecAddIndex in src/backend/commands/tablecmds.c runs DefineIndex under the AccessExclusiveLock that ADD CONSTRAINT has taken; ATExecAddIndexConstraint only takes an index over.',
  applies: (effect, step) => !effect.rewrite && addedKey(step) !== null && (effect.builds.length > 0 || effect.scan),
  why: (blocked) => {
    const key = addedKey(blocked.step)
    return key?.usingIndex
      ? `A primary key needs NOT NULL columns, so every row is read under ${lockOf(blocked)}.`
      : `The index behind the ${key?.type === 'unique' ? 'UNIQUE' : (key?.type ?? 'key')} constraint is built under ${lockOf(blocked)}; reads wait as well as writes.`
  },
  alternative: (blocked, main, scene) => alternativeFor(blocked.step, main, scene),
  examples: {
    bad: [
      {
        title: 'ADD UNIQUE',
        before,
        tables: { customers: big },
        migration: 'ALTER TABLE customers ADD CONSTRAINT customers_email_key UNIQUE (email);',
      },
      {
        title: 'ADD PRIMARY KEY',
        before,
        tables: { customers: big },
        migration: 'ALTER TABLE customers ADD PRIMARY KEY (id);',
      },
    ],
    good: [
      {
        title: 'the index is built CONCURRENTLY first',
        before,
        tables: { customers: big },
        transaction: 'none',
        migration: {
          '1.sql': 'CREATE UNIQUE INDEX CONCURRENTLY customers_email_key ON customers (email);',
          '2.sql':
            "SET lock_timeout = '3s';\nALTER TABLE customers ADD CONSTRAINT customers_email_key UNIQUE USING INDEX customers_email_key;",
        },
      },
      {
        title: 'a key of a new table',
        before,
        migration: 'CREATE TABLE refunds (id bigint);\nALTER TABLE refunds ADD PRIMARY KEY (id);',
      },
    ],
  },
})

export function addedKey(step: Step) {
  for (const mark of step.judgement.marks) {
    if (mark.kind === 'adds constraint' && ['unique', 'primary key', 'exclusion'].includes(mark.type)) return mark
  }
  return null
}

export function alternativeFor(step: Step, main: Effect, scene: Scene): Alternative | null {
  const key = addedKey(step)
  if (!key) return null
  const { relation } = key
  if (key.type === 'exclusion') return null
  const nullable =
    key.type === 'primary key' ? key.columns.filter((column) => !columnOf(relation, column)?.notNull) : []
  const proofs = nullable.flatMap((column, i) => notNullByCheck(relation, column, 1 + i * 3, scene.catalog))
  const next = 1 + nullable.length * 3
  const name = quoteName(key.constraint)
  const kind = key.type === 'primary key' ? 'PRIMARY KEY' : 'UNIQUE'
  if (key.usingIndex) {
    return alternative('Prove the columns NOT NULL first; the key then only takes over the index.', [
      ...proofs,
      own(
        next,
        `ALTER TABLE ${quoteRelation(relation)} ADD CONSTRAINT ${name} PRIMARY KEY USING INDEX ${quoteName(key.usingIndex)};`,
      ),
    ])
  }
  const index = main.builds.find(({ name }) => name === key.constraint) ?? main.builds[0]
  if (isParent(relation)) return onPartitions(step, key)
  if (!index) return null
  return alternative(
    `Build the unique index CONCURRENTLY first, then let the constraint take it over: ${outsideHow(step)}.`,
    [
      ...proofs,
      outside(next, indexSql(relation, index, key.constraint)),
      own(next + 1, `ALTER TABLE ${quoteRelation(relation)} ADD CONSTRAINT ${name} ${kind} USING INDEX ${name};`),
    ],
  )
}

/** A key of a partitioned table: on the parent ONLY, each partition's over an index built CONCURRENTLY, then attached. */
function onPartitions(step: Step, key: Extract<Mark, { kind: 'adds constraint' }>): Alternative {
  const kind = key.type === 'primary key' ? 'PRIMARY KEY' : 'UNIQUE'
  const columns = key.columns.map(quoteName).join(', ')
  const parts = step.effects.flatMap(({ effect }) =>
    effect.builds.map((index) => ({ partition: effect.relation, index })),
  )
  const home = (schema: string, name: string): string => quoteRelation({ schema, name })
  const builds = parts.map(({ partition, index }, i) => outside(2 + i, indexSql(partition, index, index.name)))
  const last = 2 + parts.length
  const attaches = parts.flatMap(({ partition, index }) => [
    `ALTER TABLE ${quoteRelation(partition)} ADD CONSTRAINT ${quoteName(index.name)} ${kind} USING INDEX ${quoteName(index.name)};`,
    `ALTER INDEX ${home(key.relation.schema, key.constraint)} ATTACH PARTITION ${home(partition.schema, index.name)};`,
  ])
  return alternative(
    `Add it to the parent ONLY, build each partition’s index CONCURRENTLY, then attach: ${outsideHow(step)}.`,
    [
      own(
        1,
        `ALTER TABLE ONLY ${quoteRelation(key.relation)} ADD CONSTRAINT ${quoteName(key.constraint)} ${kind} (${columns});`,
      ),
      ...builds,
      ...attaches.map((sql, i) => (i === 0 ? own(last, sql) : same(last, sql))),
    ],
  )
}

function isParent(relation: Relation): boolean {
  return relation.kind === 'partitioned table'
}
