/** One way in which servers behave from some version on. */
interface VersionBehaviour {
  /** The first major version that behaves so. */
  since: number
  /** For the page: one sentence about the server from that version on. */
  what: string
  /** The function or file of PostgreSQL's source that decides it, or how it was measured. */
  source: string
}

/**
 * Every difference between server versions that the model knows of. Cases of test/truth compare each with servers of 13 to
 * 18, and those of 10 to 12 with `npm run truth -- --version 10`. What a version lacks altogether is not here: the facts in
 * server-facts/ say it.
 */
export const versionBehaviours = {
  'constant-default-writes-no-row': {
    since: 11,
    what: 'ADD COLUMN with a constant or stable default writes no row.',
    source: 'ATExecAddColumn, pg_attribute.attmissingval',
  },
  'partitioned-table-has-indexes': {
    since: 11,
    what: 'A partitioned table may have indexes, unique and primary keys, and foreign keys.',
    source: 'DefineIndex',
  },
  'not-partitioned-says-table': {
    since: 11,
    what: 'ATTACH PARTITION to an ordinary table says `table "x" is not partitioned`; up to 10 without the word.',
    source: 'transformPartitionCmd',
  },
  'drop-column-names-column-first': {
    since: 11,
    what: 'DROP COLUMN with dependents says `column x of table t`; up to 10 `table t column x`.',
    source: 'getObjectDescription',
  },
  'check-proves-not-null': {
    since: 12,
    what: 'SET NOT NULL and a primary key over an index read no row when a valid CHECK proves IS NOT NULL.',
    source: 'NotNullImpliedByRelConstraints',
  },
  'utc-timestamps-convert-in-place': {
    since: 12,
    what: 'timestamp to timestamptz and back writes no row while TimeZone is UTC.',
    source: 'TimestampTimestampTzRequiresRewrite',
  },
  'false-condition-locks-no-partition': {
    since: 12,
    what: 'UPDATE and DELETE with WHERE false lock no partition.',
    source: 'expand_inherited_rtentry, measured',
  },
  'attach-partition-is-concurrent': {
    since: 12,
    what: 'ATTACH PARTITION takes SHARE UPDATE EXCLUSIVE on the parent; up to 11 ACCESS EXCLUSIVE.',
    source: 'AlterTableGetLockLevel',
  },
  'enum-value-in-transaction': {
    since: 12,
    what: 'ALTER TYPE … ADD VALUE may run in a transaction.',
    source: 'AlterEnum',
  },
  'default-refuses-columns-as-unsupported': {
    since: 12,
    what: 'A DEFAULT that names a column fails with 0A000; up to 11 with 42P10.',
    source: 'cookDefault, transformColumnRef',
  },
  'null-violation-names-relation': {
    since: 13,
    what: 'A violated NOT NULL names the relation in the message.',
    source: 'ExecConstraints',
  },
  'detach-locks-partition': {
    since: 14,
    what: 'DETACH PARTITION takes ACCESS EXCLUSIVE on the partition; up to 13 SHARE UPDATE EXCLUSIVE, unless it is the default partition or foreign keys refer to the parent.',
    source: 'ATExecDetachPartition, measured',
  },
  'ctid-range-reads-its-pages': {
    since: 14,
    what: 'A condition `ctid >= … AND ctid < …` reads only the pages between; up to 13 the whole table.',
    source: 'TidRangeScan, measured',
  },
  'reindex-takes-partitions': {
    since: 14,
    what: 'REINDEX of a partitioned table or index rebuilds the indexes of all partitions, outside a transaction; up to 13 it only warns.',
    source: 'ReindexPartitions',
  },
  'reindex-can-be-concurrent': {
    since: 12,
    what: 'REINDEX CONCURRENTLY exists.',
    source: 'ReindexRelationConcurrently',
  },
  'reindex-options-in-parentheses': {
    since: 14,
    what: 'REINDEX (CONCURRENTLY) is understood; in 12 and 13 the word is behind the kind.',
    source: 'gram.y',
  },
  'generated-column-refuses-value': {
    since: 14,
    what: 'A value for a generated column fails with 428C9 and `cannot insert a non-DEFAULT value into`; up to 13 with 42601 and `cannot insert into`.',
    source: 'rewriteTargetListIU',
  },
  'checks-survive-same-type': {
    since: 14,
    what: 'ALTER COLUMN TYPE to the same type does not read the rows for the CHECKs of the column.',
    source: 'measured',
  },
  'generated-column-holds-its-source': {
    since: 15,
    what: 'A generated column prevents that the column it reads is dropped, and its type is refused with 0A000; up to 14 it is dropped too, and the SQLSTATE is 42601.',
    source: 'RememberAllDependentForRebuilding, measured',
  },
  'new-partition-locks-referencing-tables': {
    since: 15,
    what: 'A new partition locks the tables whose foreign keys refer to the parent.',
    source: 'CloneFkReferenced, measured',
  },
  'wrong-kind-names-the-action': {
    since: 15,
    what: 'A statement on a relation of the wrong kind names the action that cannot be performed; up to 14 the kinds that it could be performed on.',
    source: 'ATSimplePermissions, DefineIndex',
  },
  'storage-parameters-of-partitioned-table': {
    since: 16,
    what: 'Storage parameters of a partitioned table are refused with 42809; up to 15 with 22023, as unknown.',
    source: 'partitioned_table_reloptions, measured',
  },
  'input-can-be-tested': {
    since: 16,
    what: 'pg_input_is_valid() tests whether a text is a value of a type.',
    source: 'pg_input_is_valid',
  },
  'partitions-share-identity': {
    since: 17,
    what: 'An identity column may be added to a partitioned table with partitions.',
    source: 'ATPrepAddColumn',
  },
  'partitioned-table-has-exclusions': {
    since: 17,
    what: 'A partitioned table may have exclusion constraints.',
    source: 'DefineIndex',
  },
  'not-null-is-a-constraint': {
    since: 18,
    what: 'NOT NULL is a constraint: children have it of their parents, it may be NOT VALID, and VALIDATE CONSTRAINT takes it. DROP NOT NULL of a column without it drops nothing below.',
    source: 'dropconstraint_internal, ATExecValidateConstraint',
  },
  'not-valid-key-of-partitioned-table': {
    since: 18,
    what: 'A foreign key of a partitioned table may be NOT VALID.',
    source: 'ATAddForeignKeyConstraint',
  },
  'add-constraint-locks-children-first': {
    since: 18,
    what: 'ADD CONSTRAINT locks all children, whether or not they get the constraint.',
    source: 'measured',
  },
  'returning-old-and-new': {
    since: 18,
    what: 'RETURNING knows `old` and `new`.',
    source: 'addNSItemForReturning',
  },
  'child-named-in-not-null-error': {
    since: 18,
    what: 'INHERIT of a column that lacks NOT NULL names the child table.',
    source: 'MergeAttributesIntoExisting',
  },
  'action-refused-by-relation-kind': {
    since: 18,
    what: 'ATTACH PARTITION to an ordinary table, and SET LOGGED or UNLOGGED of a partitioned one, fail with 42809 `ALTER action … cannot be performed`; before, the second did nothing.',
    source: 'ATSimplePermissions',
  },
} as const satisfies Record<string, VersionBehaviour>

export type VersionBehaviourName = keyof typeof versionBehaviours
