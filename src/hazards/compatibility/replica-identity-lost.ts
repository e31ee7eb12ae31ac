import { identityOf, publicationsOf, type Refusal, refusalOf } from '../../catalog/publications.ts'
import type { Relation } from '../../catalog/relation.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { textOf } from '../../sql/statement.ts'
import { type Alternative, alternative, outside, own, same } from '../alternatives/alternative.ts'
import type { ReviewContext, Step } from '../context/review-context.ts'
import { changesOf, stepsOf } from '../context/schema-changes.ts'
import { statementsOfKind, subcommands } from '../context/statements-of-kind.ts'
import { defineHazard } from '../hazard.ts'
import type { Severity } from '../severity.ts'

const before = `CREATE TABLE items (id bigint CONSTRAINT items_pkey PRIMARY KEY, price int, code int NOT NULL);
CREATE UNIQUE INDEX items_code ON items (code);
INSERT INTO items VALUES (1, 1, 1);
CREATE PUBLICATION news FOR TABLE items;`
const timeout = "SET LOCAL lock_timeout = '3s';\n"
const update = 'UPDATE items SET price = 2'

export const hazard = defineHazard({
  id: 'replica-identity-lost',
  group: 'compatibility',
  title: 'A published table loses the identity of its rows for logical replication',
  page: {
    what: 'The primary key or the index that is the replica identity of a published table goes, the identity becomes NOTHING, or a column list or row filter of the publication no longer fits it. Or a table without a key is made where everything is published.',
    why: 'From this moment every UPDATE and DELETE on the table is refused on the publisher itself, not only on the subscriber.',
    instead:
      'Set another replica identity in the same transaction: USING INDEX of a unique index over columns that are NOT NULL, or FULL, which a column list does not allow. A column list must hold all columns of the identity, a row filter may read no others.',
    harmless:
      'A table in no publication of updates and deletes, or one with an identity again at the end of the change. A table whose updates were refused before the change is not reported.',
  },
  facts: ['catalog'],
  sqlstates: ['55000', '42P10'],
  source:
    'CheckCmdReplicaIdentity in execReplication.c refuses UPDATE and DELETE: 55000 without an identity, from PostgreSQL 15 42P10 for a list or filter that does not fit; 35 cases seen on 13 to 18.',
  detect: (context) => [...lost(context), ...neverHad(context)],
  describe({ step, relation, refusal, isNew }, context) {
    const table = `\`${quoteRelation(relation)}\``
    if (!refusal) {
      return {
        message: `Breaks every UPDATE and DELETE on ${table} if a publication holds it, which is not known`,
        why: unidentified,
        alternative: identified(step, relation),
      }
    }
    const publication = `publication \`${quoteName(refusal.publication.name)}\``
    const breaks = isNew ? `No UPDATE or DELETE will work on ${table}` : `Breaks every UPDATE and DELETE on ${table}`
    return {
      message: `${breaks}: ${publication} ${reasons[refusal.by]}`,
      why:
        refusal.by === 'identity'
          ? unidentified
          : 'The publication then lacks what the subscriber needs, and PostgreSQL refuses them on the publisher itself (SQLSTATE 42P10).',
      alternative: isNew
        ? alternative('Give the table a primary key.', [])
        : refusal.by === 'identity'
          ? identified(step, relation)
          : fitting(context.after(relation) ?? relation, refusal),
    }
  },
  examples: {
    bad: [
      {
        title: 'the primary key is dropped',
        before,
        migration: `${timeout}ALTER TABLE items DROP CONSTRAINT items_pkey;`,
        application: update,
      },
      {
        title: 'the identity becomes nothing',
        before,
        migration: `${timeout}ALTER TABLE items REPLICA IDENTITY NOTHING;`,
        application: update,
      },
      {
        title: 'the index goes that is the identity',
        before: `${before}\nALTER TABLE items REPLICA IDENTITY USING INDEX items_code;`,
        transaction: 'none',
        migration: 'DROP INDEX CONCURRENTLY items_code;',
        application: update,
      },
      {
        title: 'the whole row as identity, under a column list',
        before: before.replace('TABLE items;', 'TABLE items (id, price);'),
        migration: `${timeout}ALTER TABLE items REPLICA IDENTITY FULL;`,
        application: update,
      },
      {
        title: 'a column list that leaves the key out',
        before,
        migration: 'ALTER PUBLICATION news SET TABLE items (price, code);',
        application: update,
      },
      {
        title: 'a row filter over another column',
        before: before
          .replace('TABLE items;', "TABLE items WITH (publish = 'insert');")
          .replace('items WITH', 'items WHERE (price > 0) WITH'),
        migration: "ALTER PUBLICATION news SET (publish = 'insert, update');",
        application: update,
      },
      {
        title: 'a new table without a key, where every table is published',
        before: 'CREATE PUBLICATION news FOR ALL TABLES;',
        migration: 'CREATE TABLE visits (at timestamptz);',
        application: 'UPDATE visits SET at = now()',
        seen: 'fails',
      },
    ],
    good: [
      {
        title: 'another identity in the same transaction',
        before,
        migration: `${timeout}ALTER TABLE items REPLICA IDENTITY FULL;\nALTER TABLE items DROP CONSTRAINT items_pkey;`,
      },
      {
        title: 'no publication',
        before: before.replace(/CREATE PUBLICATION.*/, ''),
        migration: `${timeout}ALTER TABLE items REPLICA IDENTITY NOTHING;`,
      },
      {
        title: 'only inserts are published',
        before: before.replace('TABLE items;', "TABLE items WITH (publish = 'insert');"),
        migration: `${timeout}ALTER TABLE items REPLICA IDENTITY NOTHING;`,
      },
      {
        title: 'a column list with the key',
        before,
        migration: 'ALTER PUBLICATION news SET TABLE items (id, price);',
      },
    ],
  },
})

interface Found {
  step: Step
  severity: Severity
  relation: Relation
  rows: number | null
  /** Null: whether a publication holds it is not known. */
  refusal: Refusal | null
  isNew: boolean
}

const unidentified =
  'Without a primary key or another replica identity PostgreSQL refuses them on the publisher itself (SQLSTATE 55000).'

const reasons: Record<Refusal['by'], string> = {
  identity: 'has no replica identity',
  list: 'lists columns that do not hold its replica identity',
  filter: 'has a row filter over columns beyond its replica identity',
}

/** Tables that existed before, and whose UPDATE worked. */
function lost(context: ReviewContext): Found[] {
  const { catalog, publications } = context
  const seen = new Set<number>()
  const published = [
    ...statementsOfKind(context, 'AlterPublicationStmt'),
    ...statementsOfKind(context, 'CreatePublicationStmt'),
  ]
  const statements = new Set(published.map(({ step }) => step))
  const steps = stepsOf(
    published,
    subcommands(context, 'AT_ReplicaIdentity', 'AT_DropConstraint'),
    ...(['drops constraint', 'drops column', 'drops index'] as const).map((kind) => changesOf(context, kind)),
  )
  return steps.flatMap((step) => {
    const all = statements.has(step) ? [...catalog.all()] : step.effects.map(({ effect }) => effect.relation)
    return all.flatMap((relation): Found[] => {
      const after = context.after(relation)
      if (relation.isNew || !after || seen.has(relation.id)) return []
      if (!statements.has(step) && !concerns(step, relation)) return []
      const found = { step, relation, rows: relation.size.rows, isNew: false }
      const refusal = refusalOf(after, publications, catalog)
      if (refusal && !refusedBefore(relation, context)) {
        seen.add(relation.id)
        return [{ ...found, severity: 'high', refusal }]
      }
      // Without a catalog it may be published, with an index as its identity.
      const unsure = catalog.knowledge === 'assumed' && publicationsOf(after, publications, catalog).length === 0
      if (!unsure || identityOf(after) !== null || (after.replicaIdentity === 'index' && !after.known)) return []
      seen.add(relation.id)
      return [{ ...found, severity: 'medium', refusal: null }]
    })
  })
}

/** New tables of which no row can ever be changed. */
function neverHad(context: ReviewContext): Found[] {
  return changesOf(context, 'creates relation').flatMap(({ step, change }): Found[] => {
    const relation = context.after(change.relation)
    if (!relation?.isNew || relation.partitionOf || relation.kind === 'view') return []
    const refusal = refusalOf(relation, context.publications, context.catalog)
    return refusal ? [{ step, severity: 'medium', relation, rows: 0, refusal, isNew: true }] : []
  })
}

function refusedBefore({ id }: Relation, { catalog }: ReviewContext): boolean {
  const { snapshot } = catalog
  const before = snapshot?.relations.find((relation) => relation.id === id)
  return (
    before !== undefined &&
    refusalOf({ ...before, known: true, isNew: false }, snapshot?.publications ?? [], catalog) !== null
  )
}

/** The statement changes the replica identity. */
function concerns({ analysis, statement: { node } }: Step, relation: Relation): boolean {
  const identity = identityOf(relation)
  const commands = node && 'AlterTableStmt' in node ? (node.AlterTableStmt.cmds ?? []) : []
  const says = commands.some((command) => {
    const { subtype, name = '' } = 'AlterTableCmd' in command ? command.AlterTableCmd : {}
    // Without a catalog the name that PostgreSQL makes up is all there is to go by.
    return (
      subtype === 'AT_ReplicaIdentity' || (subtype === 'AT_DropConstraint' && !relation.known && /_pkey$/.test(name))
    )
  })
  return (
    says ||
    analysis.changes.some((change) => {
      if (!('relation' in change) || change.relation?.id !== relation.id) return false
      if (change.kind === 'drops constraint') return change.constraint.kind === 'primary key'
      if (change.kind === 'drops index') return change.index.replicaIdentity
      return change.kind === 'drops column' && Array.isArray(identity) && identity.includes(change.column)
    })
  )
}

function identified(step: Step, relation: Relation): Alternative {
  const sql = textOf(step.statement)
  const rest = /\bCONCURRENTLY\b/i.test(sql) ? outside(2, `${sql};`) : same(1, `${sql};`)
  return alternative('Set another replica identity first; FULL writes the whole old row into the WAL.', [
    own(1, `ALTER TABLE ${quoteRelation(relation)} REPLICA IDENTITY FULL;`),
    ...(setsIdentity(step) ? [] : [rest]),
  ])
}

/** The statement itself is the change of the identity: the other one replaces it. */
function setsIdentity({ statement: { node } }: Step): boolean {
  const commands = node && 'AlterTableStmt' in node ? (node.AlterTableStmt.cmds ?? []) : []
  return commands.some(
    (command) => 'AlterTableCmd' in command && command.AlterTableCmd.subtype === 'AT_ReplicaIdentity',
  )
}

/** The table is added to the publication again with the columns of the identity. */
function fitting(relation: Relation, { by, columns, publication }: Refusal): Alternative {
  const identity = identityOf(relation)
  if (by === 'filter' || !Array.isArray(identity))
    return alternative(
      by === 'filter'
        ? 'Let the row filter read columns of the replica identity only, or publish inserts alone.'
        : 'Keep a key as the replica identity, with its columns in the list; FULL fits no column list.',
      [],
    )
  const [name, table] = [quoteName(publication.name), quoteRelation(relation)]
  const all = [...new Set([...identity, ...columns])].map(quoteName).join(', ')
  return alternative('Put the columns of the replica identity into the list, in the same transaction.', [
    own(1, `ALTER PUBLICATION ${name} DROP TABLE ${table};`),
    same(1, `ALTER PUBLICATION ${name} ADD TABLE ${table} (${all});`),
  ])
}
