import { z } from 'zod'
import { profileSchema } from './profile.ts'

/**
 * A database at one moment: schema, sizes and column statistics, never a value of a row.
 *
 * The replica reader writes it, `lockcast snapshot` prints it, and the evolving {@link Catalog} starts from it, so a
 * review from the file and a review from the replica see the same thing. Sizes are bytes and rows.
 *
 * An id (of a referenced, inherited, owning or read relation) may name one that is not among `relations`. An expression
 * reads `…` when its relation was under ACCESS EXCLUSIVE: PostgreSQL would wait for the lock to print it.
 */

const column = z.strictObject({
  name: z.string(),
  /** As `format_type` prints it: `character varying(50)`, `numeric(10,2)`, `public.mood`, `integer[]`. */
  type: z.string(),
  notNull: z.boolean(),
  /** The default's expression as `pg_get_expr` prints it; null when there is none. */
  default: z.string().nullable(),
  identity: z.enum(['always', 'by default']).nullable(),
  /** The kind of generated column; its expression is in `default`. */
  generated: z.enum(['stored', 'virtual']).nullable(),
  collation: z.string().nullable(),
  /** Null when the role may not read them or the table was never analysed. */
  statistics: z
    .strictObject({
      /** Share of nulls, 0 to 1. */
      nullFraction: z.number(),
      /** As `pg_stats.n_distinct`: above 0 a count, below 0 minus the share of the rows. */
      distinct: z.number(),
      /** Bytes. */
      averageWidth: z.number(),
      /** What the values in the statistics require of a type; absent unless the policy turned it on. */
      known: z
        .strictObject({
          /** Characters of the longest text. */
          characters: z.number().nullable(),
          /** Digits before and behind the point of the numbers. */
          digits: z.number().nullable(),
          decimals: z.number().nullable(),
          /** The smallest integer type for the numbers; null for others, and when bigint is too small. */
          integer: z.enum(['smallint', 'integer', 'bigint']).nullable(),
          /** Types that a text is no value of. */
          not: z.array(z.enum(['integer', 'numeric', 'uuid'])),
        })
        .nullish(),
    })
    .nullable(),
})

const constraint = z.strictObject({
  name: z.string(),
  kind: z.enum(['check', 'foreign key', 'unique', 'primary key', 'exclusion', 'not null']),
  columns: z.array(z.string()),
  validated: z.boolean(),
  deferrable: z.boolean(),
  /** As `pg_get_constraintdef` prints it; `CHECK (…)` when the relation was locked, so that it could not be printed. */
  definition: z.string(),
  references: z
    .strictObject({
      /** The referenced relation's id. It may be missing here when it is two steps from what was asked for. */
      relation: z.number(),
      columns: z.array(z.string()),
      onDelete: z.enum(['no action', 'restrict', 'cascade', 'set null', 'set default']),
      onUpdate: z.enum(['no action', 'restrict', 'cascade', 'set null', 'set default']),
    })
    .nullable(),
  /** The index behind a unique, primary key or exclusion constraint. */
  index: z.string().nullable(),
})

const index = z.strictObject({
  name: z.string(),
  method: z.string(),
  unique: z.boolean(),
  primary: z.boolean(),
  /** `pg_index.indisvalid`: false after a failed CREATE INDEX CONCURRENTLY. */
  valid: z.boolean(),
  /** Key columns in order; null for an expression. */
  keys: z.array(z.string().nullable()),
  include: z.array(z.string()),
  /** Every column the index reads: keys, included, in expressions and in the predicate. */
  uses: z.array(z.string()),
  predicate: z.string().nullable(),
  definition: z.string(),
  bytes: z.number().nullable(),
  /** `pg_index.indisreplident`: it identifies rows on subscribers. */
  replicaIdentity: z.boolean().default(false),
  /** How often queries of the standby it was read on have read it, since `countsSince`; null elsewhere. */
  reads: z
    .strictObject({
      scans: z.number(),
      /** ISO 8601; null when never, and before PostgreSQL 16. */
      last: z.string().nullable(),
    })
    .nullable()
    .default(null),
})

const size = z.strictObject({
  /** Null when unknown: never analysed and without bytes to estimate from. */
  rows: z.number().nullable(),
  /** `statistics`: reltuples / relpages × today's pages. `bytes`: never analysed, from bytes and widths. */
  rowsFrom: z.enum(['statistics', 'bytes', 'declared']).nullable(),
  heapBytes: z.number().nullable(),
  toastBytes: z.number().nullable(),
  indexBytes: z.number().nullable(),
  /** False when the pages are the last ANALYZE's because the relation was locked while sizes were read. */
  current: z.boolean(),
  /** Dead rows among all, 0 to 1, by the cumulative statistics of a primary; null on a standby, where they are not kept. */
  deadShare: z.number().nullable().default(null),
})

/** The values that a sequence gives. */
const sequence = z.strictObject({
  increment: z.number(),
  minimum: z.number(),
  maximum: z.number(),
  /** Starts again at its end. */
  cycles: z.boolean(),
  /** The value given out last, or the one before the first; null when it was not read. */
  last: z.number().nullable(),
})

const grant = z.strictObject({
  privilege: z.string(),
  /** As GRANT writes it: quoted, or PUBLIC. */
  grantee: z.string(),
  grantable: z.boolean(),
})

/** Definitions that a plan carries over when it makes a column or a view again. Read from the replica only, by `definitions.ts`. */
const definition = z.strictObject({
  owner: z.string(),
  comment: z.string().nullable(),
  /** Storage parameters: `fillfactor=80`. */
  options: z.array(z.string()),
  /** Without the owner's own. */
  grants: z.array(grant),
  columns: z.array(
    z.strictObject({
      name: z.string(),
      comment: z.string().nullable(),
      grants: z.array(grant),
      /** SET STATISTICS; null: the default. */
      target: z.number().nullable(),
      options: z.array(z.string()),
      /** With its schema, quoted; null: the type's own. */
      collation: z.string().nullable(),
      /** Not inherited. */
      local: z.boolean(),
    }),
  ),
  constraints: z.array(
    z.strictObject({ name: z.string(), comment: z.string().nullable(), local: z.boolean(), noInherit: z.boolean() }),
  ),
  indexes: z.array(
    z.strictObject({
      name: z.string(),
      comment: z.string().nullable(),
      clustered: z.boolean(),
      tablespace: z.string().nullable(),
      /** Expressions with statistics targets of their own. */
      targets: z.boolean(),
      /** Part of a partitioned index. */
      attached: z.boolean(),
    }),
  ),
  /** `state`: `pg_trigger.tgenabled`, O for one that fires as usual. */
  triggers: z.array(z.strictObject({ name: z.string(), comment: z.string().nullable(), state: z.string() })),
  /** `CREATE POLICY name ON table` and then `definition`; null when the table was locked. */
  policies: z
    .array(z.strictObject({ name: z.string(), definition: z.string(), comment: z.string().nullable() }))
    .nullable(),
  /** Row security counts for the owner too. */
  rowSecurityForced: z.boolean().default(false),
  /** The query of a view or materialized view; null for others, and when it was locked. */
  view: z.string().nullable(),
  /** Of a sequence; 64-bit numbers as text. */
  sequence: z
    .strictObject({
      type: z.string(),
      start: z.string(),
      increment: z.string(),
      minimum: z.string(),
      maximum: z.string(),
      cache: z.string(),
      cycles: z.boolean(),
    })
    .nullable(),
  statistics: z.array(
    z.strictObject({
      schema: z.string(),
      name: z.string(),
      definition: z.string(),
      comment: z.string().nullable(),
      target: z.number().nullable(),
    }),
  ),
  /** The kind of an object that depends on a column: `index`, `sequence`, `relation`, else the system catalog's name. */
  dependents: z.array(z.strictObject({ column: z.string(), kind: z.string(), name: z.string().nullable() })),
})

const relation = z.strictObject({
  /** The relation's OID; unique within the snapshot. */
  id: z.number(),
  schema: z.string(),
  name: z.string(),
  kind: z.enum([
    'table',
    'partitioned table',
    'view',
    'materialized view',
    'sequence',
    'foreign table',
    'composite type',
  ]),
  persistence: z.enum(['permanent', 'unlogged', 'temporary']),
  columns: z.array(column),
  constraints: z.array(constraint),
  indexes: z.array(index),
  triggers: z.array(
    z.strictObject({
      name: z.string(),
      enabled: z.boolean(),
      /** As `pg_get_triggerdef` prints it. */
      definition: z.string(),
    }),
  ),
  policies: z.array(z.strictObject({ name: z.string(), uses: z.array(z.string()) })),
  /** The definition as `pg_get_ruledef` prints it; null or not there when it was not read. */
  rules: z.array(z.strictObject({ name: z.string(), definition: z.string().nullish() })),
  /** Set for a partition. */
  partitionOf: z
    .strictObject({
      relation: z.number(),
      /** As `pg_get_expr(relpartbound)` prints it. */
      bound: z.string(),
      default: z.boolean(),
    })
    .nullable(),
  /** As `pg_get_partkeydef` prints it, for a partitioned table. */
  partitionKey: z.string().nullable(),
  /** Plain inheritance: the parents' ids. */
  inherits: z.array(z.number()),
  /** The relations that a view or materialized view reads and, where they are named, their columns. */
  reads: z.array(z.strictObject({ relation: z.number(), columns: z.array(z.string()) })),
  /** For a sequence: the table and column that own it. */
  ownedBy: z.strictObject({ relation: z.number(), column: z.string() }).nullable(),
  /** Set for a sequence; null when it was not read. */
  sequence: sequence.nullable().default(null),
  replicaIdentity: z.enum(['default', 'nothing', 'full', 'index']),
  rowSecurity: z.boolean(),
  /** Null when it was not read; in a snapshot file only with `--definitions`. */
  definition: definition.nullable().default(null),
  size,
})

export const catalogSnapshot = z.strictObject({
  lockcastSnapshot: z.literal(1),
  /** ISO 8601, UTC. */
  takenAt: z.string(),
  /** `server_version_num`: 170010. */
  serverVersion: z.number(),
  /** Read on a standby: cumulative statistics there are not the primary's. */
  standby: z.boolean(),
  /** Since when the standby's own counters count, ISO 8601; null on a primary, and when unknown. */
  countsSince: z.string().nullable().default(null),
  /** TimeZone, lock_timeout, statement_timeout, maintenance_work_mem, max_parallel_maintenance_workers, search_path … as SHOW prints them. */
  settings: z.record(z.string(), z.string()),
  /** `pg_db_role_setting` for this database: settings that a migrating role gets at login; role null means every role. */
  roleSettings: z.array(z.strictObject({ role: z.string().nullable(), settings: z.record(z.string(), z.string()) })),
  /** The schemas an unqualified name is looked for in, in order, without pg_catalog. */
  searchPath: z.array(z.string()),
  schemas: z.array(z.string()),
  extensions: z.array(z.string()),
  /** Types that are not built in. */
  types: z.array(
    z.strictObject({
      schema: z.string(),
      name: z.string(),
      kind: z.enum(['enum', 'domain', 'composite', 'range', 'base']),
      /** An enum's labels in order. */
      labels: z.array(z.string()),
      /** A domain's base type as `format_type` prints it. */
      base: z.string().nullable(),
      notNull: z.boolean(),
      /** A domain's CHECK constraints. */
      checks: z.array(z.strictObject({ name: z.string(), definition: z.string(), validated: z.boolean() })),
      default: z.string().nullable(),
    }),
  ),
  /** Functions and procedures that are not built in. */
  functions: z.array(
    z.strictObject({
      schema: z.string(),
      name: z.string(),
      /** As `pg_get_function_identity_arguments` prints them. */
      arguments: z.string(),
      volatility: z.enum(['immutable', 'stable', 'volatile']),
      language: z.string(),
      /** Its dependencies as PostgreSQL records them: relations and columns of a body in BEGIN ATOMIC, row types of its arguments. */
      reads: z.array(z.strictObject({ relation: z.number(), columns: z.array(z.string()) })).default([]),
      /** It returns trigger or event_trigger, so that nothing else can call it. */
      trigger: z.boolean().default(false),
      /** As `pg_get_functiondef` prints it; null or not there when it was not read: with `--definitions` and for a proof only. */
      definition: z.string().nullish(),
      /** The calls in the body of an SQL function that the planner puts in place of a call; null: it keeps the call. */
      inlined: z
        .array(z.strictObject({ schema: z.string().nullable(), name: z.string(), count: z.number().nullable() }))
        .nullable()
        .default(null),
      /** The columns of the new row that a trigger function in PL/pgSQL assigns. */
      fills: z.array(z.string()).default([]),
    }),
  ),
  /** Casts that are not built in. */
  casts: z.array(z.strictObject({ from: z.string(), to: z.string(), method: z.enum(['binary', 'function', 'inout']) })),
  /** Operators that are not built in, an extension's too, with types as `format_type` prints them; null when not read. */
  operators: z
    .array(z.strictObject({ name: z.string(), left: z.string().nullable(), right: z.string() }))
    .nullable()
    .default(null),
  publications: z.array(
    z.strictObject({
      name: z.string(),
      allTables: z.boolean(),
      publishes: z.array(z.enum(['insert', 'update', 'delete'])).default(['insert', 'update', 'delete']),
      relations: z.array(z.number()),
      /** FOR TABLES IN SCHEMA. */
      schemas: z.array(z.string()).default([]),
      /** Of its relations those with a column list or a row filter: from 15. */
      parts: z
        .array(
          z.strictObject({
            relation: z.number(),
            /** Null: all columns. */
            columns: z.array(z.string()).nullable(),
            /** The columns that the row filter reads. */
            filter: z.array(z.string()),
          }),
        )
        .default([]),
    }),
  ),
  relations: z.array(relation),
  /** The measurement of `lockcast calibrate`; null without one. */
  profile: profileSchema.nullable().default(null),
  /** Parts that could not be read, one sentence each. */
  warnings: z.array(z.string()),
})

export type CatalogSnapshot = z.infer<typeof catalogSnapshot>
export type SnapshotRelation = z.infer<typeof relation>
export type SnapshotColumn = z.infer<typeof column>
export type SnapshotConstraint = z.infer<typeof constraint>
export type SequenceFacts = z.infer<typeof sequence>
export type SnapshotIndex = z.infer<typeof index>
export type Size = z.infer<typeof size>
