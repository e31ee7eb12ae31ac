import { quoteRelation } from '../../sql/quote.ts'
import { addedTables } from '../context/added-objects.ts'
import { defineHazard } from '../hazard.ts'

export const hazard = defineHazard({
  id: 'no-primary-key',
  group: 'advice',
  title: 'A new table has no primary key',
  page: {
    what: 'A table is made without a primary key and none is added in the same change.',
    why: 'Its rows cannot be identified: batches, logical replication and most tools need a key, and adding one to a table with rows blocks it.',
    instead: 'Give it one while it is empty.',
    harmless:
      'Temporary and unlogged tables, partitions, which have their parent’s, and children of other tables, where it is the parent’s matter.',
  },
  facts: ['effects'],
  sqlstates: [],
  source:
    'CheckCmdReplicaIdentity in execReplication.c: without a key UPDATE and DELETE of a published table are refused.',
  detect: (context) =>
    addedTables(context).flatMap(({ step, relation }) =>
      relation.persistence === 'unlogged' || relation.constraints.some(({ kind }) => kind === 'primary key')
        ? []
        : [{ step, severity: 'low' as const, relation, rows: null }],
    ),
  describe: ({ relation }) => ({
    message: `\`${relation && quoteRelation(relation)}\` has no primary key`,
    why: 'Batches, logical replication and most tools identify rows by it, and adding one later blocks the table.',
    alternative: { summary: 'Give it one while it is empty.', steps: [] },
  }),
  examples: {
    bad: [{ title: 'a table without one', before: '', migration: 'CREATE TABLE visits (url text, at timestamptz);' }],
    good: [
      {
        title: 'one that is added below',
        before: '',
        migration: 'CREATE TABLE visits (id bigint, url text);\nALTER TABLE visits ADD PRIMARY KEY (id);',
      },
    ],
  },
})
