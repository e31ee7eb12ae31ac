import type { Relation } from '../../catalog/relation.ts'
import { quoteRelation } from '../../sql/quote.ts'
import { alternative, own, same } from '../alternatives/alternative.ts'
import { defineHazard } from '../hazard.ts'
import { isUnseen } from '../scene/blocked.ts'
import { marksOf, stepsOf } from '../scene/marks.ts'
import type { Scene, Step } from '../scene/scene.ts'
import { subcommands } from '../scene/written.ts'

const before = `CREATE TABLE items (id bigint CONSTRAINT items_pkey PRIMARY KEY, price int);
INSERT INTO items VALUES (1, 1);
CREATE PUBLICATION news FOR TABLE items;`
const timeout = "SET LOCAL lock_timeout = '3s';\n"

export const hazard = defineHazard({
  id: 'replica-identity-lost',
  group: 'compatibility',
  title: 'A published table loses what logical replication tells its rows apart by',
  page: {
    what: 'The primary key of a published table goes, or its replica identity becomes NOTHING.',
    why: 'From this moment every UPDATE and DELETE on the table is refused on the publisher itself, not only on the subscriber.',
    instead:
      'Set another replica identity in the same transaction: USING INDEX of a unique index over columns that are NOT NULL, or FULL.',
    harmless:
      'A table that no publication holds, or one that has another primary key or identity by the end of the change.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: ['55000'],
  source: 'CheckCmdReplicaIdentity in execReplication.c refuses UPDATE and DELETE; seen on PostgreSQL 17.',
  detect(scene) {
    const seen = new Set<number>()
    const steps = stepsOf(
      subcommands(scene, 'AT_ReplicaIdentity', 'AT_DropConstraint'),
      marksOf(scene, 'drops constraint'),
      marksOf(scene, 'drops column'),
    )
    return steps.flatMap((step) =>
      step.effects.flatMap(({ effect: { relation } }) => {
        if (isUnseen(relation) || seen.has(relation.id) || !loses(step, relation)) return []
        const after = scene.after(relation)
        const [publication = null] = publicationsOf(relation, scene)
        const unsure = publication === null && scene.catalog.knowledge === 'assumed'
        if ((!publication && !unsure) || !after || (after.known && isIdentified(after))) return []
        seen.add(relation.id)
        const severity = unsure ? ('medium' as const) : ('high' as const)
        return [{ step, severity, relation, rows: relation.size.rows, publication }]
      }),
    )
  },
  tell: ({ step, relation, publication }) => ({
    message:
      publication === null
        ? `Breaks every UPDATE and DELETE on \`${quoteRelation(relation)}\` if a publication holds it, which is not known`
        : `Breaks every UPDATE and DELETE on \`${quoteRelation(relation)}\`: publication \`${publication}\` has nothing to tell its rows apart by`,
    why: 'Without a primary key or another replica identity PostgreSQL refuses them on the publisher itself (SQLSTATE 55000).',
    alternative: alternative('Set another replica identity first; FULL writes the whole old row into the WAL.', [
      own(1, `ALTER TABLE ${quoteRelation(relation)} REPLICA IDENTITY FULL;`),
      ...(setsNothing(step) ? [] : [same(1, `${step.statement.sql};`)]),
    ]),
  }),
  examples: {
    bad: [
      {
        title: 'the primary key is dropped',
        before,
        migration: `${timeout}ALTER TABLE items DROP CONSTRAINT items_pkey;`,
        application: 'UPDATE items SET price = 2',
      },
      {
        title: 'the identity becomes nothing',
        before,
        migration: `${timeout}ALTER TABLE items REPLICA IDENTITY NOTHING;`,
        application: 'UPDATE items SET price = 2',
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
        before: 'CREATE TABLE items (id bigint CONSTRAINT items_pkey PRIMARY KEY, price int);',
        migration: `${timeout}ALTER TABLE items REPLICA IDENTITY NOTHING;`,
      },
    ],
  },
})

/** The statement itself is the change of the identity: the other one stands in its place. */
function setsNothing({ statement: { node } }: Step): boolean {
  const commands = node && 'AlterTableStmt' in node ? (node.AlterTableStmt.cmds ?? []) : []
  return commands.some((one) => 'AlterTableCmd' in one && one.AlterTableCmd.subtype === 'AT_ReplicaIdentity')
}

function loses({ judgement, statement: { node } }: Step, relation: Relation): boolean {
  const key = relation.constraints.find(({ kind }) => kind === 'primary key')
  const commands = node && 'AlterTableStmt' in node ? (node.AlterTableStmt.cmds ?? []) : []
  for (const one of commands) {
    const command = 'AlterTableCmd' in one ? one.AlterTableCmd : null
    const def = command?.def
    if (command?.subtype === 'AT_ReplicaIdentity')
      return def !== undefined && 'ReplicaIdentityStmt' in def && def.ReplicaIdentityStmt.identity_type === 'n'
    // Without a catalog the name that PostgreSQL makes up is all there is to go by.
    if (command?.subtype === 'AT_DropConstraint' && !relation.known && /_pkey$/.test(command.name ?? '')) return true
  }
  return judgement.marks.some(
    (mark) =>
      (mark.kind === 'drops constraint' &&
        mark.relation.id === relation.id &&
        mark.constraint.kind === 'primary key') ||
      (mark.kind === 'drops column' && mark.relation.id === relation.id && key?.columns.includes(mark.column)),
  )
}

function isIdentified({ replicaIdentity, constraints }: Relation): boolean {
  if (replicaIdentity === 'full' || replicaIdentity === 'index') return true
  return replicaIdentity === 'default' && constraints.some(({ kind }) => kind === 'primary key')
}

function publicationsOf(relation: Relation, { catalog }: Scene): string[] {
  return catalog.publications.flatMap(({ name, allTables, relations }) =>
    allTables || relations.includes(relation.id) ? [name] : [],
  )
}
